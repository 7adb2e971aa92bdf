import { describe, expect, it } from 'vitest'
import { plant, type SourceChange } from './plant.js'

const change: SourceChange = { in: 'settle', find: '$list.length > 1 && isOpen', replace: '$list.length > 0' }
const source = `export function settle(edits: string[], isOpen: boolean) {\n  return edits.length > 1 && isOpen\n}\n`
const planted = (text: string, ...changes: SourceChange[]): string | undefined =>
  plant(new Map([['sync/settle.ts', text]]), changes).get('sync/settle.ts')

describe('a change is planted', () => {
  it('in the function that it names', () => {
    expect(planted(source, change)).toBe(source.replace('edits.length > 1 && isOpen', 'edits.length > 0'))
  })

  it.each([
    ['a comment', 'function settle(edits) { return edits.length > /* several */ 1 && isOpen }'],
    ['another layout', 'function settle(edits) {\n  return (\n    edits.length > 1 &&\n    isOpen\n  )\n}'],
    ['another name of a local', 'function settle(pending) { return pending.length > 1 && isOpen }'],
    ['parentheses', 'function settle(edits) { return (edits.length > 1) && isOpen }'],
    ['a method', 'const lane = { settle(edits) { return edits.length > 1 && isOpen } }'],
    ['a variable', 'const settle = (edits) => edits.length > 1 && isOpen'],
  ])('in any code around it: %s', (_, text) => {
    expect(planted(`const isOpen = true\n${text}`, change)).toMatch(/\w+\.length > 0/)
  })

  it('in any file that has the function', () => {
    const sources = new Map([
      ['sync/other.ts', source.replace('settle', 'other')],
      ['sync/lane/moved.ts', source],
    ])
    expect([...plant(sources, [change]).keys()]).toEqual(['sync/lane/moved.ts'])
  })

  it('after another one in the same file', () => {
    const second = { in: 'settle', find: '$list.length > 0', replace: '$list.length > 7' }
    expect(planted(source, change, second)).toContain('edits.length > 7')
  })

  it.each([
    [
      'statements',
      'const $a = 1; return $b',
      'return $b',
      'function settle() { const one = 1; return two }',
      '{ return two }',
    ],
    [
      'any number of arguments',
      'call($$all, last)',
      'call($$all)',
      'function settle() { call(a, b, last) }',
      'call(a, b)',
    ],
    [
      'properties, short or long',
      '({ a: $a, $$rest })',
      '{ a: 0, $$rest }',
      'function settle() { f({ a, b, c: 1 }) }',
      '{ a: 0, b, c: 1 }',
    ],
    [
      'quotes of either kind',
      "kind === 'gone'",
      "kind !== 'gone'",
      'function settle() { return kind === "gone" }',
      "kind !== 'gone'",
    ],
    [
      'the same name twice',
      '$a = $a + 1',
      '$a = $a',
      'function settle() { n = m + 1; n = n + 1 }',
      'n = m + 1; n = n ',
    ],
  ])('by the shape of %s', (_, find, replace, text, expected) => {
    expect(planted(text, { in: 'settle', find, replace })).toContain(expected)
  })
})

describe('a change that has no place says so', () => {
  it.each([
    ['no function of that name', source.replace('settle', 'end'), 'no function has that name any more'],
    ['no such code in it', source.replace('> 1', '> 2'), 'nothing in sync/settle.ts has that shape any more'],
    ['such code in another function only', `${source.replace('settle', 'end')}function settle() {}`, 'has no place'],
    ['`||` for `&&`', source.replace('&&', '||'), 'has no place'],
    [
      'the code twice',
      `${source}function other() { function settle(list, isOpen) { list.length > 1 && isOpen } }`,
      '2 places',
    ],
  ])('%s', (_, text, said) => {
    expect(() => planted(text, change)).toThrow(said)
    expect(() => planted(text, change)).toThrow('`$list.length > 1 && isOpen` in settle()')
  })

  it('and so does one that uses a name which is not there, and would only throw', () => {
    expect(() => planted(source, { ...change, replace: '$list.length > limit' })).toThrow(
      'uses limit, unknown in sync/settle.ts',
    )
  })

  it('and one whose pattern is no TypeScript, or that puts in what it did not capture', () => {
    expect(() => planted(source, { ...change, find: 'if (' })).toThrow('No TypeScript: if (')
    expect(() => planted(source, { ...change, replace: '$other' })).toThrow('The pattern has no $other')
  })
})
