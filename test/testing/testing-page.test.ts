// The guide is the tested example: each of its samples stands in the example, or passes the type checker by itself.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { samplesOf, typeErrors } from '../support/samples.js'

const samples = samplesOf(readFileSync('docs/testing.md', 'utf8')).map(({ code }) => code)
const example = ['notes-app.ts', 'notes-app.test.ts']
  .map((name) => readFileSync(`test/testing/example/${name}`, 'utf8'))
  .join('\n')
  .replaceAll(/'\.\.\/\.\.\/\.\.\/src\/(\w+)\/index\.js'/g, "'holdfast/$1'")
const isQuoted = (code: string): boolean => example.includes(code)

it('has the whole example, in its order', () => {
  const squeezed = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()
  expect(squeezed(samples.filter(isQuoted).join('\n'))).toBe(squeezed(example))
})

it('passes the type checker where it is no part of the example', { timeout: 60_000 }, () => {
  const others = samples.filter((code) => !isQuoted(code))
  expect(others).toHaveLength(1)
  expect(typeErrors(others)).toEqual([])
})
