/* The names of things, for people. */
import type { Job, Note, Profile } from '../app.js'
import { fullDayOf, wordOfStatus } from './jobs.js'

type Named = Job & Note & Profile

const properties: { readonly [P in keyof Named]: string } = {
  objectId: 'id',
  email: 'e-mail address',
  name: 'name',
  nickname: 'nickname',
  phone: 'phone number',
  title: 'title',
  number: 'order number',
  customer: 'customer',
  place: 'place',
  due: 'date',
  status: 'status',
  jobId: 'job',
  text: 'text',
}

const records: { readonly [collection: string]: string } = { users: 'profile', Job: 'job', Note: 'note' }

export function nameOf(property: string): string {
  return properties[property as keyof Named] ?? property
}

/** "the phone number", "the phone number and the name". */
export function namesOf(all: readonly string[]): string {
  const named = all.map((property) => `the ${nameOf(property)}`)
  return [named.slice(0, -1).join(', '), named.at(-1)].filter(Boolean).join(' and ')
}

export function recordNameOf(collection: string): string {
  return records[collection] ?? collection
}

/** A property's value as a person reads it. */
export function shown(property: string, value: unknown): string {
  if (property === 'due') return fullDayOf(textOf(value)) || 'empty'
  return (property === 'status' ? wordOfStatus(textOf(value)) : textOf(value)) || 'empty'
}

/** A value as an input has it. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value === null || value === undefined ? '' : JSON.stringify(value)
}
