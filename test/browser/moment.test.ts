/* The date formats of the backend's guide: each engine has a parser of its own for what is not ISO. */
import { describe, expect, it } from 'vitest'
import { momentOf } from '../../src/backendless/moment.js'

const day = Date.UTC(2026, 10, 23)
const noon = day + 43_200_000

describe('momentOf', () => {
  it.each([
    ['2026-11-23', day],
    ['2026-11-23T12:00', noon],
    ['2026-11-23 12:00:00', noon],
    ['2026-11-23T12:00:00.000Z', noon],
    ['2026-11-23T14:00:00+0200', noon],
    ['2026-11-23T14:00+02:00', noon],
    ['11/23/2026', day],
    ['11.23.2026', day],
    ['11-23-2026', day],
    ['11/23/2026 12:00', noon],
    ['11-23-2026 12:00:00', noon],
    ['11/23/2026 12:00:00 GMT', noon],
    ['11/23/2026 14:00:00 GMT+0200', noon],
    ['11.23.2026 14:00:00 GMT+02:00', noon],
    ['23-Nov-2026', day],
    ['23/Nov/2026', day],
    ['Mon Nov 23 12:00:00 GMT 2026', noon],
    ['Monday, 23 November 2026', day],
  ])('%s', (text, moment) => {
    expect(momentOf(text)).toBe(moment)
  })

  it.each(['', 'tomorrow', '23/11/2026', '23-Foo-2026'])('%j is none', (text) => {
    expect(momentOf(text)).toBeNaN()
  })
})
