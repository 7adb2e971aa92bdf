import { commonActions } from '../control/check-rule.js'
import type { Action, Match } from '../control/rules.js'
import { createTraffic, freeTraffic, type Traffic, type TrafficSettings } from '../control/traffic.js'
import type { Json } from '../json.js'
import { checkSaving, plainSaving, type SaveBehaviour } from '../save-behaviour.js'
import { checkCors, usualCors, type CorsSettings } from './cors.js'
import { recordJson } from './record-json.js'
import { createRecord, deleteRecord, idTaken, updateRecord, type WriteHook, type WriteRules } from './write-record.js'
import type { AppliedWrite, WritesQuery } from './store/writes.js'
import type { RecordRow } from './store/records.js'
import type { RestStore } from './store/rest-store.js'
import { checkRestSwitches, defaultRestSwitches, type RestSwitches } from './switches.js'

/** Everything a test can do to the server besides talking to its API. */
export interface RestControl extends Traffic {
  readonly settings: RestSettings
  setSwitches(switches: Partial<RestSwitches>): void
  setCors(cors: Partial<CorsSettings>): void
  /** How saving in a collection strays from what was sent; what is left out stays as it is. */
  setSaving(collection: string, saving: Partial<SaveBehaviour>): void
  /** The server's own logic on each write of the API; `undefined` takes it away. */
  setHook(hook: WriteHook | undefined): void
  /** The next request that matches is refused so, and not carried out. Default: the next write of any kind. */
  failNext(problem: Omit<Extract<Action, { do: 'problem' }>, 'do'>, match?: Match): void
  /** The record as the API would send it; `undefined` if there is none. */
  read(collection: string, id: string | number): { [field: string]: Json } | undefined
  /** All records of a collection, in the order in which they were made. */
  all(collection: string): { [field: string]: Json }[]
  /** Makes a record as another device would: checked and logged, past all rules of traffic and of sessions. */
  create(collection: string, record: { readonly [field: string]: Json }): { [field: string]: Json }
  /** Writes to a record as another device would. */
  update(collection: string, id: string | number, patch: { readonly [field: string]: Json }): { [field: string]: Json }
  /** Deletes a record as another device would. */
  delete(collection: string, id: string | number): void
  /** Forgets which records were deleted until now: an older `since` is then answered with 410. */
  forgetDeleted(): void
  /** Ends one session, or all of an account; returns how many there were. */
  endSessions(which: { token: string } | { account: string }): number
  /** Writes as they were applied, read from the disk. */
  log(query?: WritesQuery): AppliedWrite[]
  /** Everything as it was at the start, but for what is stored. */
  reset(): void
}

/** The settings that can be changed while the server runs. */
export interface RestSettings extends TrafficSettings {
  switches: RestSwitches
  cors: CorsSettings
  saving: { readonly [collection: string]: SaveBehaviour }
  hook: WriteHook | undefined
}

export interface RestControlOptions {
  readonly switches: Partial<RestSwitches>
  readonly cors: Partial<CorsSettings>
  readonly hook: WriteHook | undefined
}

const writeMethods = ['POST', 'PUT', 'PATCH', 'DELETE']

/** The control of a store; the options are those that `reset` goes back to. */
export function createRestControl(
  store: RestStore,
  { switches, cors, hook }: RestControlOptions,
  now: () => number,
): RestControl {
  const initial = (): RestSettings => ({
    ...freeTraffic,
    switches: { ...defaultRestSwitches, ...checkRestSwitches(switches) },
    cors: { ...usualCors, ...cors },
    saving: {},
    hook,
  })
  checkCors(cors)
  const traffic = createTraffic(initial(), {
    now,
    routes: routesOf(store),
    actions: new Set<Action['do']>([...commonActions, 'problem', 'hold-work']),
  })
  const { settings } = traffic
  const rules = (): WriteRules => writeRules(settings, now)
  const call = (collection: string) =>
    ({ collection: known(collection), source: 'control', callerId: null, idempotencyKey: null }) as const
  const shown = (row: RecordRow): { [field: string]: Json } => recordJson(store.schema, row)
  const always = (): void => {}

  function known(collection: string): string {
    if (Object.hasOwn(store.schema.collections, collection)) return collection
    throw new Error(`There is no collection ${JSON.stringify(collection)}`)
  }

  return {
    ...traffic,
    setSwitches: (change) => void Object.assign(settings.switches, checkRestSwitches(change)),
    setCors(change) {
      checkCors(change)
      settings.cors = { ...settings.cors, ...change }
    },
    setSaving(collection, saving) {
      checkSaving(saving)
      const before = settings.saving[known(collection)] ?? plainSaving
      settings.saving = { ...settings.saving, [collection]: { ...before, ...saving } }
    },
    setHook: (next) => void (settings.hook = next),
    failNext: (problem, match = { method: writeMethods }) =>
      traffic.rules.add({ match, action: { do: 'problem', ...problem } }),
    read(collection, id) {
      const row = store.records.byId(known(collection), String(id))
      return row?.properties ? shown(row) : undefined
    },
    all: (collection) =>
      store.records
        .page({ collection: known(collection), by: 'position', after: 0, limit: -1, where: [] })
        .map((row) => shown(row)),
    create(collection, { id = null, ...record }) {
      const exists = () => idTaken(settings.switches)
      const made = { id, sent: new Map(Object.entries(record)), exists }
      return shown(store.transaction(() => createRecord(store, call(collection), made, rules())))
    },
    update(collection, id, patch) {
      const change = { id: String(id), sent: new Map(Object.entries(patch)), deep: false, precondition: always }
      return shown(store.transaction(() => updateRecord(store, call(collection), change, rules())))
    },
    delete(collection, id) {
      const which = { id: String(id), precondition: always }
      store.transaction(() => deleteRecord(store, call(collection), which, rules()))
    },
    forgetDeleted: () => store.transaction(() => store.records.forgetDeleted(store.writes.last())),
    endSessions: (which) =>
      'token' in which ? Number(store.sessions.end(which.token)) : store.sessions.endAllOf(which.account),
    log: (query) => store.writes.list(query),
    reset() {
      Object.assign(settings, initial())
      traffic.rules.clear()
      traffic.release()
    },
  }
}

/** The rules of writing as they are now. */
export function writeRules(settings: RestSettings, now: () => number): WriteRules {
  return { ...settings, nowMs: now() }
}

function routesOf({ schema }: RestStore): string[] {
  const collections = Object.keys(schema.collections).flatMap((name) => [`/${name}`, `/${name}/:id`])
  return ['/session', '/me', ...collections]
}
