// Floor 6: properties that the class description does not have. Only answers show whether the backend takes new ones.
import type { Reply } from '../endpoint/endpoint.js'
import { own } from '../model/own.js'
import type { Json, Patch, Properties } from '../model/record.js'
import { undescribed } from './description.js'

/**
 * By property: `true`, refused with 3031, so that every new one would be; `false`, left out in silence, which concerns that
 * one alone.
 */
type Lesson = Properties

/** The lesson after an answer to `patch`. A stored unknown property proves that the backend takes new ones again. */
export function learn(
  lesson: Json | undefined,
  patch: Patch,
  reply: Reply,
  description: Json | undefined,
): Json | undefined {
  const names = undescribed(Object.keys(patch), description).filter((name) => patch[name] !== null)
  const isRefusal = !reply.ok
  if (!names.length || (isRefusal && reply.failure.code !== 3031)) return lesson
  if (!isRefusal && names.some((name) => own(reply.record ?? undefined, name) != null)) return undefined
  return { ...(lesson as Lesson | undefined), ...Object.fromEntries(names.map((name) => [name, isRefusal])) }
}

/**
 * Whether the backend is known to refuse `name`, which the description does not have. When the description has a refused
 * property by now, the refusal proves nothing about other ones.
 */
export function isRefused(name: string, lesson: Json | undefined, description: Json | undefined): boolean {
  const known = (lesson ?? {}) as Lesson
  const refused = Object.keys(known).filter((one) => known[one])
  return (
    Object.hasOwn(known, name) || (refused.length > 0 && undescribed(refused, description).length === refused.length)
  )
}
