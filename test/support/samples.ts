/* The samples of documents: found, type-checked under the package's own names, and run. */
import { join } from 'node:path'
import { compileFunction } from 'node:vm'
import ts from 'typescript'
import packageJson from '../../package.json' with { type: 'json' }

/** The samples in TypeScript, those with JSX too, each with the heading that it stands under. */
export function samplesOf(text: string): { heading: string; code: string }[] {
  let heading = ''
  return [...text.matchAll(/^#+ ([^\n]*)$|^```tsx?\n(.*?)^```$/gms)].flatMap(([, title, code]) => {
    if (title !== undefined) heading = title
    return code === undefined ? [] : [{ heading, code }]
  })
}

/** Runs a sample as a module's code is run, with what it takes for granted. */
export function runSample(code: string, given: { [name: string]: unknown }): Promise<unknown> {
  const body = code.replace(/^import .*$/gm, '')
  const script = ts.transpile(body, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext })
  const run = compileFunction(`return (async () => {${script}})()`, Object.keys(given)) as (
    ...values: unknown[]
  ) => Promise<unknown>
  return run(...Object.values(given))
}

/** The code with the sources in the place of the package's entries. */
function withSources(code: string): string {
  return code.replace(/'holdfast((?:\/[^']*)?)'/g, (_, entry: string) => {
    const target = (packageJson.exports as { [entry: string]: { default: string } | string })[`.${entry}`]
    if (typeof target !== 'object') throw new Error(`package.json does not export holdfast${entry}`)
    return `'${target.default.replace('./dist/', '../src/')}'`
  })
}

/** The type checker's complaints about modules that use the package by its name, under the tests' own settings. */
export function typeErrors(modules: readonly string[], ending: 'ts' | 'tsx' = 'ts'): string[] {
  const config = ts.getParsedCommandLineOfConfigFile(
    'test/tsconfig.json',
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (problem) => {
        throw new Error(ts.flattenDiagnosticMessageText(problem.messageText, '\n'))
      },
    },
  )!
  const sources = new Map(
    modules.map((code, index) => [
      join(process.cwd(), 'test', `readme-${index}.${ending}`),
      `${withSources(code)}\nexport {}\n`,
    ]),
  )
  const host = ts.createCompilerHost(config.options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (path) => sources.has(path) || fileExists(path)
  host.readFile = (path) => sources.get(path) ?? readFile(path)
  host.getSourceFile = (path, version, ...rest) => {
    const code = sources.get(path)
    return code === undefined ? getSourceFile(path, version, ...rest) : ts.createSourceFile(path, code, version)
  }
  const program = ts.createProgram([...sources.keys()], config.options, host)
  return [...sources.keys()].flatMap((path) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(path))
      .map(({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`),
  )
}

/** The cells of each row of the first table below a heading, header left out. */
export function tableAfter(text: string, heading: string): string[][] {
  const rows = text
    .slice(text.indexOf(`\n${heading}`))
    .split('\n\n')
    .find((block) => block.startsWith('|'))!
  return rows
    .trim()
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}
