import { existsSync } from 'node:fs'
import { defineConfig } from 'tsdown'
import packageJson from './package.json' with { type: 'json' }

/** One source entry for each `exports` path of package.json: what is promised is what is built. */
const entry = Object.fromEntries(
  Object.values(packageJson.exports)
    .filter((target) => typeof target === 'object')
    .map(({ default: file }) => file.slice('./dist/'.length, -'.js'.length))
    .map((name) => [name, `src/${name}.ts`]),
)

for (const source of Object.values(entry)) {
  if (!existsSync(source)) throw new Error(`package.json exports ${source}, which does not exist`)
}

export default defineConfig({
  entry,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  dts: true,
  sourcemap: true,
  clean: true,
})
