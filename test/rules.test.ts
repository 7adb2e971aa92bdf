import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readSources } from './support/architecture.js'
import { ruleBreaches } from './support/rules.js'

it('every rule and guarantee that is cited is defined, and every rule is kept and held', () => {
  const files = new Map(
    ['src', 'test'].flatMap((folder) => [...readSources(folder)].map(([path, text]) => [`${folder}/${path}`, text])),
  )
  // These are about numbers, and have some of their own.
  for (const path of ['test/rules.test.ts', 'test/support/rules.ts']) files.delete(path)

  expect(files.size).toBeGreaterThan(100)
  expect(ruleBreaches(readFileSync('ARCHITECTURE.md', 'utf8'), files)).toEqual([])
})

describe('a breach', () => {
  const document = '| R1 Order | Edits keep their order. | `src/order.ts` | `test/order.test.ts` |\n'
  const kept = ['src/order.ts', '// Keeps the order (R1).'] as const
  const held = [
    'test/order.test.ts',
    "describe('order', () => {\n  it.each([1])('%d stays in its place (R1)', () => {})\n})",
  ] as const
  const breachesOf = (text: string, ...files: (readonly [string, string])[]): string[] =>
    ruleBreaches(text, new Map(files))

  it('is none, where a file says that it keeps the rule, and a title or the head of a test that it holds it', () => {
    expect(breachesOf(document, kept, held)).toEqual([])
    expect(breachesOf(document, kept, ['test/order.test.ts', '/* What stays in its place (R1). */'])).toEqual([])
  })

  it('is a number that is cited and not defined, also within a range', () => {
    expect(breachesOf(document, kept, held, ['src/other.ts', '// As R2 says.'])).toEqual([
      'src/other.ts: cites R2, which is not defined',
    ])
    expect(breachesOf(document, kept, held, ['src/other.ts', '// R1 to R3'])).toEqual([
      'src/other.ts: cites R2, which is not defined',
      'src/other.ts: cites R3, which is not defined',
    ])
  })

  it('is a rule that nothing keeps, or nothing holds', () => {
    expect(breachesOf('| R1 Order | Edits keep their order. | | |\n')).toEqual([
      'R1: no file of src/ keeps it',
      'R1: no test holds it',
    ])
  })

  it('is a file that is not there', () => {
    expect(breachesOf(document, held)).toEqual(['R1: src/order.ts is not there'])
    expect(breachesOf(document, kept)).toEqual(['R1: test/order.test.ts is not there'])
  })

  it('is a file that does not say so, or a test that does so only in passing', () => {
    expect(breachesOf(document, ['src/order.ts', '// Keeps the order.'], held)).toEqual([
      'R1: src/order.ts does not say that it keeps it',
    ])
    expect(breachesOf(document, kept, ['test/order.test.ts', "it('stays', () => {\n  // By R1.\n})"])).toEqual([
      'R1: neither a title nor the head of test/order.test.ts says that it holds it',
    ])
  })

  it('is a number that is defined twice', () => {
    expect(breachesOf(document + document, kept, held)).toEqual(['R1: is defined twice'])
  })
})
