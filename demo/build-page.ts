import { join } from 'node:path'
import { build, type Rollup } from 'vite'

/** The page's files by name, built once; `index.html` is without the parts that differ by visitor. */
export type PageFiles = ReadonlyMap<string, string | Uint8Array>

/** Builds the demo's page, in memory. */
export async function buildPage(): Promise<PageFiles> {
  const built = (await build({
    configFile: false,
    root: join(import.meta.dirname, 'app'),
    logLevel: 'warn',
    build: { write: false, target: 'es2022' },
  })) as Rollup.RollupOutput
  return new Map(built.output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source]))
}

/** The page's HTML with values for its script in its head. The values are escaped. */
export function withMeta(html: string, values: Readonly<Record<string, string>>): string {
  const tags = Object.entries(values).map(([name, content]) => `<meta name="${name}" content="${escaped(content)}" />`)
  return html.replace('</head>', () => `${tags.join('')}</head>`)
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
