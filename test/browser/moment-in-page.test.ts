/* Each engine has a parser of its own for dates that are not ISO. */
import { expect, it } from 'vitest'
import { momentOf } from '../../src/backendless/moment.js'
import { dates, momentless } from '../support/dates.js'

it.each(dates)('%s is one moment in every engine', (text, moment) => {
  expect(momentOf(text)).toBe(moment)
})

it.each(momentless)('%j is none', (text) => {
  expect(momentOf(text)).toBeNaN()
})
