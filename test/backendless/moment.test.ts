/* Far from UTC, where a parser would take a text without an offset for local time. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { momentOf } from '../../src/backendless/moment.js'
import { dates, momentless } from '../support/dates.js'

describe.each(['America/New_York', 'Asia/Kathmandu'])('in %s', (zone) => {
  const { TZ } = process.env
  beforeAll(() => {
    process.env.TZ = zone
    expect(new Date(0).getTimezoneOffset()).not.toBe(0)
  })
  afterAll(() => {
    if (TZ === undefined) delete process.env.TZ
    else process.env.TZ = TZ
  })

  it.each(dates)('%s', (text, moment) => {
    expect(momentOf(text)).toBe(moment)
  })

  it.each(momentless)('%j is none', (text) => {
    expect(momentOf(text)).toBeNaN()
  })
})
