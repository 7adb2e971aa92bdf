// Floor 6: creating, changing and deleting a record, and the proof of it (G12).
import type { Refused, Reply, RequestContext, WriteRequest } from '../endpoint/endpoint.js'
import { failed, type ProvenAnswer } from '../endpoint/http.js'
import { unproven } from '../endpoint/proof.js'
import { ruleOf } from '../model/failure.js'
import type { Properties } from '../model/record.js'
import type { Refusal } from './ask.js'
import { offendingIn } from './fault-words.js'
import { below, idAtEnd } from './paths.js'
import type { Reads } from './reads.js'
import { isWhole, recordIn } from './records.js'
import type { Resource } from './resource.js'
import { isAbsent } from './verdict.js'
import { asStale } from './versions.js'

type Create = Extract<WriteRequest, { op: 'create' }>
type Update = Extract<WriteRequest, { op: 'update' }>
type Delete = Extract<WriteRequest, { op: 'delete' }>

export function createWrites(
  { name, one, root, ask, decode, isRecord, addressOf, failureOf, versions }: Resource,
  { see, borneOut }: Reads,
): (request: WriteRequest, context: RequestContext) => Promise<Reply> {
  const { ids, clientKey, idempotencyKey, create: method = 'POST', encode } = one
  const isTrusting = one.proof === 'status'

  /** A text of structured fields is quoted, as the IETF's draft of `Idempotency-Key` has it. */
  const keyHeaders = (key: string): { [name: string]: string } =>
    idempotencyKey === true ? { 'idempotency-key': `"${key}"` } : idempotencyKey ? { [idempotencyKey]: key } : {}

  /** A refusal with the properties at fault, once R27 has borne it out. */
  async function refused(
    refusal: Refusal,
    sent: Properties,
    id: string | undefined,
    context: RequestContext,
  ): Promise<Refused> {
    const stale = versions && id !== undefined ? asStale(refusal) : undefined
    if (stale) return stale
    const found = await borneOut(refusal, id, context)
    const { failure } = found
    const names = ruleOf(failure.kind).class === 'verdict' ? (refusal.words?.names ?? []) : []
    const offending = offendingIn(names, sent, encode && ((properties) => encode(properties, 'update')))
    return offending.length ? { ...found, failure: { ...failure, offending } } : found
  }

  /** The record after an answer that does not show it, or that it is gone. */
  async function seen(id: string, isWanted: boolean, context: RequestContext): Promise<Reply> {
    const now = await see(id, context)
    if (now.ok && isWanted) return now
    const isGone = !now.ok && isAbsent(now.failure.status)
    if (isGone && !isWanted) return { ok: true, record: null }
    if (!now.ok && ruleOf(now.failure.kind).class !== 'verdict') return failed(now.failure)
    const what = isWanted
      ? `accepted "${id}" in "${name}", but shows no record of that id`
      : `deleted "${id}" in "${name}", but shows it still`
    return failed(unproven({ status: now.ok ? 200 : now.failure.status! }, `The server ${what}`))
  }

  async function create(
    { key, properties, editId, idempotencyKey: repeatKey }: Create,
    context: RequestContext,
  ): Promise<Reply> {
    const sent = { ...properties, ...(clientKey && { [clientKey]: editId }) }
    const whole = ids === 'device' ? { id: key.id, ...sent } : sent
    const address = addressOf('create', {}, properties, method === 'PUT' ? key.id : undefined)
    const here = { ...context, record: properties }

    function prove({ json, status, headers }: ProvenAnswer): Extract<Reply, { ok: true }> | Refused | string {
      const found = recordIn(json, decode)
      const location = status === 201 ? headers.get('location') : null
      const named = location === null ? undefined : below(root, location, root.origin + address)
      const id = found?.id ?? (named === undefined ? undefined : idAtEnd(named))
      if (ids === 'device' && id !== undefined && String(id) !== key.id)
        return failed({
          kind: 'configuration',
          reason: 'ids',
          status,
          message: `The server named "${key.id}" itself, as "${String(id)}": set ids: 'server' for "${name}"`,
        })
      if (ids === 'server' && id === undefined)
        return 'names no record: an "id", or a "Location" that CORS lets the page see'
      const isProven = found && isWhole(sent, found.record)
      const own = ids === 'device' ? key.id : id!
      const record = isProven ? found.record : isTrusting ? { ...whole, id: own, ...found?.record } : undefined
      const version = isProven ? versions?.of(record, headers) : undefined
      return { ok: true, id: own, ...(record && { record, ...(version !== undefined && { version }) }) }
    }

    const body = encode ? encode(whole, 'create') : whole
    const made = await ask(
      {
        method,
        address,
        body,
        headers: { ...(method === 'PUT' && { 'if-none-match': '*' }), ...keyHeaders(repeatKey) },
        failureOf,
        isRecord: (json) => isRecord(json, ids === 'device' ? key.id : undefined, sent),
        isOnce: ids === 'server' && !idempotencyKey,
        prove,
      },
      context,
    )
    // The server may have carried the request out all the same: the record is looked for before the request goes out again.
    if (!made.ok && made.isForeign) return failed({ ...made.failure, unanswered: true })
    if (!made.ok) return refused(made, sent, undefined, here)
    return made.record ? made : seen(String(made.id), true, here)
  }

  async function update({ key, patch, version }: Update, context: RequestContext): Promise<Reply> {
    const { id } = key
    const body = { ...patch, ...versions?.properties(version) }
    const changed = await ask(
      {
        method: 'PATCH',
        address: addressOf('update', context, patch, id),
        body: encode ? encode(body, 'update') : body,
        headers: versions?.headers(version) ?? {},
        failureOf,
        isRecord: (json) => isRecord(json, id, patch),
        prove({ json, headers }): Extract<Reply, { ok: true }> | string {
          const found = recordIn(json, decode)
          if (found && String(found.id) !== id) return 'is about another record'
          const isProven = found && isWhole(patch, found.record)
          // Without a record the sender reads it.
          if (!isProven && !isTrusting) return { ok: true }
          const record = isProven ? found.record : { ...patch, ...found?.record }
          // Nobody has changed the rest of the record only where the request carried a version.
          const next = isProven || version !== undefined ? versions?.of(record, headers) : undefined
          return { ok: true, record, ...(next !== undefined && { version: next }) }
        },
      },
      context,
    )
    return changed.ok ? changed : refused(changed, patch, id, context)
  }

  async function remove({ key: { id }, version }: Delete, context: RequestContext): Promise<Reply> {
    const removed = await ask(
      {
        method: 'DELETE',
        address: addressOf('delete', context, undefined, id) + (versions?.query(version) ?? ''),
        headers: versions?.headers(version) ?? {},
        failureOf,
        isRecord: (json) => isRecord(json, id),
        prove: () => ({ ok: true as const }),
      },
      context,
    )
    if (!removed.ok) return refused(removed, {}, id, context)
    return isTrusting ? removed : seen(id, false, context)
  }

  return (request, context) =>
    request.op === 'create'
      ? create(request, context)
      : request.op === 'update'
        ? update(request, context)
        : remove(request, context)
}
