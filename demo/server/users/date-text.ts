/*
 * Dates as text. The formats are those of "Using Dates in Search" (REST guide), where letters have the meaning of Java's
 * SimpleDateFormat, and ISO 8601. A text without a zone is UTC: the guide gives `'23-Mar-2015'` and 1427068800000 for one moment.
 */

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const month = '(?<month>[A-Za-z]{3,9})'
const time = '(?<hour>\\d\\d):(?<minute>\\d\\d)(?::(?<second>\\d\\d)(?:\\.(?<fraction>\\d{1,9}))?)?'
const zone = '(?<zone>Z|[A-Z]{3,4}|(?:GMT|UTC)?[+-]\\d\\d:?\\d\\d)'

const formats = [
  // ISO 8601, with a T or a space.
  `(?<year>\\d{4})-(?<monthNumber>\\d\\d)-(?<day>\\d\\d)(?:[T ]${time} ?${zone}?)?`,
  // MM/dd/yyyy and its like with other separators, with and without a time. The guide's own example has the day first where it
  // cannot be a month ('28-10-1988').
  `(?<first>\\d\\d)(?<separator>[/.-])(?<secondNumber>\\d\\d)\\k<separator>(?<year>\\d{4})(?: ${time}(?: ${zone})?)?`,
  // dd-MMM-yyyy, dd/MMM/yyyy
  `(?<day>\\d\\d)(?<separator>[/-])${month}\\k<separator>(?<year>\\d{4})`,
  // EEE MMM dd HH:mm:ss zzz yyyy
  `[A-Za-z]{3} ${month} (?<day>\\d\\d) ${time} ${zone} (?<year>\\d{4})`,
  // EEEEE, d MMMMM yyyy
  `[A-Za-z]{3,9}, (?<day>\\d{1,2}) ${month} (?<year>\\d{4})`,
  // yyyy/MM/d/HH:mm
  `(?<year>\\d{4})/(?<monthNumber>\\d\\d)/(?<day>\\d{1,2})/${time}`,
].map((format) => new RegExp(`^${format}$`))

/** Hours from UTC. Other names of zones are not known here. */
const zones: { readonly [name: string]: number } = {
  Z: 0,
  UTC: 0,
  GMT: 0,
  EST: -5,
  EDT: -4,
  CST: -6,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
}

/** Epoch milliseconds of a date as text; `undefined` for a text that is no date, the 30th of February included. */
export function momentOfText(text: string): number | undefined {
  for (const format of formats) {
    const parts = format.exec(text)?.groups
    if (parts) return momentOf(parts)
  }
  return undefined
}

function momentOf(parts: Readonly<Record<string, string | undefined>>): number | undefined {
  const { year, hour = 0, minute = 0, second = 0, fraction = '' } = parts
  const [monthNumber, day] = monthAndDay(parts)
  const date = new Date(0)
  // Not `Date.UTC`, which takes the years up to 99 for those of the last century.
  date.setUTCFullYear(Number(year), monthNumber - 1, day)
  date.setUTCHours(Number(hour), Number(minute), Number(second), Number(fraction.slice(0, 3).padEnd(3, '0')))
  // `Date` carries what is beyond a month or a day over to the next.
  const isOfCalendar = date.getUTCMonth() === monthNumber - 1 && date.getUTCDate() === day
  const isOfClock = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60
  const offsetMs = offsetOf(parts.zone ?? 'Z')
  return isOfCalendar && isOfClock && offsetMs !== undefined ? date.getTime() - offsetMs : undefined
}

function monthAndDay({
  month: name,
  monthNumber,
  day,
  first,
  secondNumber,
}: Readonly<Record<string, string | undefined>>): [month: number, day: number] {
  if (first !== undefined) {
    const [a, b] = [Number(first), Number(secondNumber)]
    return a > 12 ? [b, a] : [a, b]
  }
  if (name === undefined) return [Number(monthNumber), Number(day)]
  return [months.indexOf(name.slice(0, 3).toLowerCase()) + 1, Number(day)]
}

function offsetOf(zoneText: string): number | undefined {
  const [, sign, hours, minutes] = /([+-])(\d\d):?(\d\d)$/.exec(zoneText) ?? []
  if (sign !== undefined) return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
  return Object.hasOwn(zones, zoneText) ? zones[zoneText]! * 3_600_000 : undefined
}
