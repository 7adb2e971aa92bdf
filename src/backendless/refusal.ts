// Floor 6: distinguishes a refusal of Backendless from every other answer (G12).
import { isBusy, type AnswerHead } from '../endpoint/proof.js'
import type { Failure } from '../model/failure.js'
import { isProperties } from '../model/own.js'
import type { Json, Patch } from '../model/record.js'
import { describedProperties, undescribed } from './description.js'
import { meaningOf, type FaultKinds } from './fault-codes.js'

/**
 * The failure that an answer states in Backendless' own fault shape, with any status: an object with an integer `code`, and
 * no `objectId` (which a user with columns of those names has). An `errorData` object proves it; the service sends one with
 * each fault. Without it the `message` has to be a text and the code another number than the status, since gateways that
 * speak JSON repeat their status as the code. `undefined`: no refusal.
 */
export function refusalOf(
  { status, retryAfterMs, json }: AnswerHead & { json?: Json },
  faultKinds: FaultKinds,
): Failure | undefined {
  if (!isProperties(json) || 'objectId' in json) return undefined
  const { code, message, errorData } = json
  if (typeof code !== 'number' || !Number.isInteger(code)) return undefined
  const hasText = typeof message === 'string'
  const isProven = typeof errorData === 'object' && errorData !== null
  if (!isProven && (!hasText || code === status)) return undefined
  const { known, ...meaning } = meaningOf(code, faultKinds)
  // These statuses ask for a later repeat. An unknown code does not turn them into a verdict.
  if (!known && isBusy(status)) return undefined
  return {
    ...meaning,
    code,
    status,
    message: hasText ? withoutToken(message) : `The backend refused with code ${code}, and gave no message`,
    details: errorData && isKept(errorData) ? errorData : undefined,
    retryAfterMs,
  }
}

/** The properties of `patch` that a refusal's code concerns, as far as the description shows it. */
export function offendingOf(code: Failure['code'], patch: Patch, description?: Json): string[] {
  const described = describedProperties(description)
  const names = Object.keys(patch)
  if (code === 3018 || code === 3033) {
    const identity = described.find((property) => property.identity)?.name ?? 'email'
    return names.filter((name) => name === identity)
  }
  if (code === 3045) {
    return described.filter(({ name, required }) => required && isEmpty(patch[name])).map(({ name }) => name)
  }
  return code === 3031 ? undescribed(names, description) : []
}

function isEmpty(value: Json | undefined): boolean {
  return value === null || (typeof value === 'string' && !value.trim())
}

/** 3064 quotes the token that it refuses, which may be older than ours (G11). */
function withoutToken(text: string): string {
  return text.replace(/(user token - )\S+/gi, '$1…')
}

/** Not empty, and no such quotation. */
function isKept(details: Json): boolean {
  const text = JSON.stringify(details)
  return text !== '{}' && withoutToken(text) === text
}
