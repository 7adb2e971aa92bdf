const day = Date.UTC(2026, 10, 23)
const noon = day + 43_200_000

/** Texts that the backend takes for dates, and the moment that each means. */
export const dates: readonly [text: string, moment: number][] = [
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
]

/** Texts that are no date anywhere. */
export const momentless: readonly string[] = ['', 'tomorrow', '23/11/2026', '23-Foo-2026']
