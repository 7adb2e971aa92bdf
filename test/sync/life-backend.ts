// A backend on which records are made, changed and deleted, on a way that loses, doubles and delays requests.
import type { Endpoint, Reply, RequestContext, WriteRequest } from '../../src/endpoint/endpoint.js'
import type { FailureKind } from '../../src/model/failure.js'
import type { Operation, Properties } from '../../src/model/record.js'

export type Mode = 'safe' | 'by-key' | 'by-find' | 'never'

/** The fate of a request. `doubled`: the browser sends it again by itself, and sees the second answer. `late`: it arrives when the test says. */
export type Luck = 'answered' | 'not-sent' | 'answer-lost' | 'doubled' | 'late' | 'silent' | 'refused'

/** A write that took effect. */
export interface Written {
  op: Operation
  id: string
  /** The number of the request; copies share it. */
  request: number
  isCopy: boolean
}

export interface LifeBackend {
  endpoint: Endpoint
  records: Map<string, Properties>
  log: Written[]
  /** Every write that was asked for, in order. */
  requests: WriteRequest[]
  /** Requests that must never be. */
  violations: string[]
  /** The fates of the next requests; without any: answered. */
  lucks: Luck[]
  /** Requests that are still on their way arrive. */
  arrive(): void
  /** Another device's change; `null`: it deletes. */
  writeElsewhere(id: string, values: Properties | null): void
}

const fail = (kind: FailureKind, message: string): Reply => ({ ok: false, failure: { kind, message } })
const gone = fail('gone', 'There is no such record')

export function lifeBackend(mode: Mode): LifeBackend {
  const records = new Map<string, Properties>()
  const former = new Set<string>()
  const keys = new Map<string, Reply>()
  const log: Written[] = []
  const requests: WriteRequest[] = []
  const violations: string[] = []
  const lucks: Luck[] = []
  let onTheWay: (() => void)[] = []
  let names = 0

  const apply = (write: WriteRequest, request: number, isCopy: boolean): Reply => {
    const { key, op } = write
    if (op === 'create') {
      const known = mode === 'by-key' ? keys.get(write.idempotencyKey) : undefined
      if (known) return known
      if (Object.values(write.properties).includes('!')) return fail('validation', 'Not valid')
      const id = mode === 'safe' ? key.id : `s${++names}`
      if (records.has(id)) return { ok: false, failure: { kind: 'conflict', reason: 'taken', message: 'It is taken' } }
      // A property that is unique.
      if (mode === 'by-find' && [...records.values()].some(({ editId }) => editId === write.editId))
        return fail('validation', 'It is not unique')
      const record = { ...write.properties, ...(mode === 'by-find' && { editId: write.editId }) }
      records.set(id, record)
      former.add(id)
      log.push({ op, id, request, isCopy })
      const reply: Reply = { ok: true, id, record }
      keys.set(write.idempotencyKey, reply)
      return reply
    }
    const { id } = key
    if (!former.has(id)) violations.push(`${op} of ${id}, which there never was`)
    const before = records.get(id)
    if (!before) return gone
    if (op === 'delete') {
      records.delete(id)
      log.push({ op, id, request, isCopy })
      return { ok: true }
    }
    if (Object.values(write.patch).includes('!')) return fail('validation', 'Not valid')
    const record = { ...before, ...write.patch }
    records.set(id, record)
    log.push({ op, id, request, isCopy })
    return { ok: true, record }
  }

  const untilAborted = ({ signal }: RequestContext): Promise<Reply> =>
    new Promise((resolve) => {
      const give = (): void => resolve(fail('timeout', 'No answer came'))
      if (signal.aborted) give()
      else signal.addEventListener('abort', give)
    })

  const read = <R>(answer: () => R): Promise<R | Reply> => {
    const luck = lucks.shift()
    const isLost = luck !== undefined && luck !== 'answered' && luck !== 'refused' && luck !== 'doubled'
    return Promise.resolve(isLost ? fail('unreachable', luck) : answer())
  }

  const endpoint: Endpoint = {
    backend: { id: 'backend', database: 'holdfast' },
    ids: mode === 'safe' ? 'device' : 'server',
    repeatsCreates: mode,
    async write(write, context) {
      const request = requests.push(write)
      const luck = lucks.shift() ?? 'answered'
      switch (luck) {
        case 'not-sent':
          return fail('unreachable', luck)
        case 'answer-lost':
          apply(write, request, false)
          return fail('unreachable', luck)
        case 'doubled':
          apply(write, request, false)
          return apply(write, request, true)
        case 'late':
          onTheWay.push(() => apply(write, request, true))
          return fail('unreachable', luck)
        case 'silent':
          apply(write, request, false)
          return untilAborted(context)
        case 'refused':
          return fail('validation', 'Not wanted')
        case 'answered':
          return apply(write, request, false)
      }
    },
    read: ({ id }) => read((): Reply => ({ ok: true, record: records.get(id) ?? null })),
    list: () => {
      const found = [...records].map(([id, record]) => ({ id, record }))
      return read(() => ({ ok: true as const, records: found, whole: true })) as never
    },
    ...(mode === 'by-find' && {
      find: ({ editId, keeps }) =>
        read((): Reply => {
          const found = [...records].filter(([, record]) => record.editId === editId)
          const kept = keeps === undefined ? found[0] : found.find(([id]) => id === keeps)
          for (const [id] of kept || keeps === null ? found : []) {
            if (id === kept?.[0]) continue
            records.delete(id)
            log.push({ op: 'delete', id, request: 0, isCopy: false })
          }
          return kept ? { ok: true, id: kept[0], record: kept[1] } : { ok: true, record: null }
        }),
    }),
  }
  return {
    endpoint,
    records,
    log,
    requests,
    violations,
    lucks,
    arrive() {
      const arriving = onTheWay
      onTheWay = []
      for (const run of arriving) run()
    },
    writeElsewhere(id, values) {
      if (values) records.set(id, { ...records.get(id), ...values })
      else records.delete(id)
    },
  }
}
