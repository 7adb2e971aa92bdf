import { describe, expect, it } from 'vitest'
import { checkRecordSize, isSmall } from '../../src/endpoint/record-size.js'

const megabyte = 'x'.repeat(1_000_000)
const record = (megabytes: number): { [name: string]: string } =>
  Object.fromEntries(Array.from({ length: megabytes }, (_, index) => [`text${index}`, megabyte]))

describe('an edit', () => {
  it('counts with its record from 10 kB on', () => {
    expect(isSmall({ text: 'x'.repeat(9_000) })).toBe(true)
    expect(isSmall({ text: 'x'.repeat(11_000) })).toBe(false)
    expect(isSmall({ text: '語'.repeat(2_000) })).toBe(false)
  })

  it('may make a record of 7 MB, and none that no answer could bring', () => {
    expect(checkRecordSize({ more: megabyte }, record(5))).toBeUndefined()
    expect(checkRecordSize({ more: megabyte }, record(7))).toMatchObject({
      name: 'InvalidEditError',
      property: 'more',
      rule: expect.stringContaining('nobody could read it') as unknown,
    })
  })

  it('may make a record shorter that is too long already', () => {
    expect(checkRecordSize({ text0: 'x'.repeat(20_000) }, record(9))).toBeUndefined()
    expect(checkRecordSize({ text0: null }, record(9))).toBeUndefined()
  })
})
