/* The page on React: its samples pass the type checker. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { samplesOf, typeErrors } from '../support/samples.js'

it('passes the type checker', { timeout: 60_000 }, () => {
  const [opening, ...others] = samplesOf(readFileSync('docs/react.md', 'utf8')).map(({ code }) => code)
  expect(others).toHaveLength(2)
  const [root, title] = others.map((code) => code.replace(/^import .* from '\.\/app'$/m, opening!))
  const shown = 'declare function Title(properties: { id: string }): React.ReactElement'
  const modules = [root!.replace("import { Title } from './title'", shown), title!]
  expect(typeErrors(modules, 'tsx')).toEqual([])
})
