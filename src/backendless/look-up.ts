// Floor 6: reads the columns that an answer leaves out: an `after` handler may have removed them.
import { ruleOf } from '../model/failure.js'
import { only, own } from '../model/own.js'
import type { Json, Patch, Properties } from '../model/record.js'
import type { Outcome } from './ask.js'
import { describedProperties } from './description.js'

/**
 * The answer to `patch`, completed by a read with the described columns that it leaves out. While the read has no answer
 * there is no verdict either: the update may have taken effect.
 */
export async function lookUp(
  reply: { ok: true; record: Properties },
  patch: Patch,
  description: Json | undefined,
  read: () => Promise<Outcome<{ record: Properties }>>,
): Promise<Outcome<{ record: Properties }>> {
  const { record } = reply
  const isUnseen = (name: string): boolean => (own(patch, name) ?? null) !== null && !Object.hasOwn(record, name)
  if (!describedProperties(description).some(({ name }) => isUnseen(name))) return reply
  const found = await read()
  if (found.ok) return { ok: true, record: { ...record, ...only(found.record, isUnseen) } }
  return ruleOf(found.failure.kind).class === 'verdict'
    ? reply
    : { ok: false, failure: { ...found.failure, kind: 'server' } }
}
