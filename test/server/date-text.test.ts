import { describe, expect, it } from 'vitest'
import { momentOfText } from '../../demo/server/users/date-text.js'

const noon = Date.UTC(2015, 2, 23, 12, 5, 9)
const midnight = Date.UTC(2015, 2, 23)

describe('a date as text', () => {
  it.each([
    // ISO 8601
    ['2015-03-23', midnight],
    ['2015-03-23T12:05:09.000Z', noon],
    ['2015-03-23T12:05:09', noon],
    ['2015-03-23 12:05:09', noon],
    ['2015-03-23T12:05', noon - 9000],
    ['2015-03-23T12:05:09.7Z', noon + 700],
    ['2015-03-23T14:05:09+02:00', noon],
    ['2015-03-23T09:35:09 -0230', noon],
    ['0015-03-23', Date.parse('0015-03-23')],
    // "Using Dates in Search", each format of its list
    ['Mon Mar 23 12:05:09 UTC 2015', noon],
    ['Mon Mar 23 07:05:09 EST 2015', noon],
    ['03/23/2015 12:05:09 GMT-0000', noon],
    ['03/23/2015 10:05:09 GMT-0200', noon],
    ['03.23.2015 10:05:09 GMT-02:00', noon],
    ['03-23-2015 14:05:09 GMT+0200', noon],
    ['03/23/2015 12:05:09 UTC', noon],
    ['03.23.2015 05:05:09 PDT', noon],
    ['03.23.2015 12:05:09', noon],
    ['03-23-2015 12:05:09', noon],
    ['03/23/2015 12:05:09', noon],
    ['03.23.2015', midnight],
    ['03-23-2015', midnight],
    ['03/23/2015 12:05', noon - 9000],
    ['03/23/2015', midnight],
    ['23/Mar/2015', midnight],
    ['23-Mar-2015', midnight],
    ['Monday, 23 March 2015', midnight],
    ['2015/03/23/12:05', noon - 9000],
    // Its own examples
    ['10/28/1988 00:00:00 GMT-0200', Date.UTC(1988, 9, 28, 2)],
    ['28-10-1988', Date.UTC(1988, 9, 28)],
    ['22-Dec-1980', Date.UTC(1980, 11, 22)],
  ])('%s', (text, moment) => {
    expect(momentOfText(text)).toBe(moment)
  })

  it.each([
    '',
    'soon',
    '2015-02-30',
    '02/30/2015',
    '13/13/2015',
    '00/10/2015',
    '31-Foo-2015',
    '2015-03-23T24:00',
    '2015-03-23T12:60',
    '03/23/2015 12:05:09 XYZ',
    '03/23-2015',
    '3/23/2015',
    '03/23/15',
    '2015-03-23 and more',
    'Mon Mar 23 12:05:09 toString 2015',
    `2015-03-23T12:05:09.${'9'.repeat(100_000)}Z`,
  ])('is none: %s', (text) => {
    expect(momentOfText(text)).toBeUndefined()
  })
})
