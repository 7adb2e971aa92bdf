// Floor 7: what must hold of a device and its backend after any trouble. Each assertion throws an `Error` that names the edit.
import type { Fault } from '../model/fault.js'
import type { Json, Properties } from '../model/record.js'
import { equal } from '../model/same.js'
import type { AppToTest, EditSeen, SettlementToTest } from './app.js'
import type { FakeDevice } from './device.js'
import type { BackendWrite } from './records.js'

/**
 * Each edit that was saved on these devices is still pending, was refused with a fault that a tab has shown, was taken back by the app, or
 * was accepted and reached the backend. Opens a tab where a device has none. Rejects with an `Error` that names the first edit for which
 * that does not hold.
 */
export async function nothingLost(...devices: readonly FakeDevice[]): Promise<void> {
  /** The ids at the backend, by the ids of the device. */
  const names = new Map<string, string | number>()
  const looked: {
    device: FakeDevice
    edit: EditSeen
    later: readonly EditSeen[]
    end: SettlementToTest | undefined
  }[] = []
  for (const device of devices) {
    const tab = device.tabs[0] ?? (await device.openTab())
    const pending = await pendingIds(tab.app, device)
    const saved = [...device.edits.values()].filter(({ isSaved }) => isSaved)
    for (const [at, edit] of saved.entries()) {
      if (pending.has(edit.id)) continue
      const settled = tab.app.settlement(edit.id)
      await device.quiet()
      const end = (await Promise.race([settled, Promise.resolve()])) ?? undefined
      looked.push({ device, edit, later: saved.slice(at + 1), end })
      if (edit.op === 'create' && end?.remoteId !== undefined) names.set(edit.key.id, end.remoteId)
    }
  }
  for (const { device, edit, later, end } of looked) {
    // Of a fault that the app has resolved the client knows no more.
    if (edit.isRefused && (!end || end.outcome === 'unknown')) continue
    if (!end || end.outcome === 'unknown') throw lost(edit, 'is neither pending nor settled')
    if (end.outcome === 'accepted' && !hasArrived(edit, later, end.remoteId, device, names))
      throw lost(edit, 'was accepted, and the backend has carried out no such write')
  }
}

/**
 * No creation of these devices has made two records, and no value was written a second time over a newer one. Rejects with an
 * `Error` that names the record.
 */
export async function nothingDoubled(...devices: readonly FakeDevice[]): Promise<void> {
  for (const device of devices) {
    await device.quiet()
    const edits = [...device.edits.values()]
    const own = device.backend.writes.filter((write) => write.device === device.name)
    const kept = own.filter(
      ({ op, collection, id }) => op === 'create' && device.backend.get(collection, id) !== undefined,
    )
    for (const collection of new Set(kept.map((write) => write.collection))) {
      const made = kept.filter((write) => write.collection === collection)
      const wanted = edits.filter(({ op, key }) => op === 'create' && isNamed(key.collection, collection, device))
      if (made.length > wanted.length)
        throw new Error(
          `Doubled: ${wanted.length} creations have made ${made.length} records of ${collection}: ${made.map(({ id }) => id).join(', ')}`,
        )
    }
    for (const [name, effects] of effectsOf(own)) {
      for (const value of effects) {
        const times = effects.filter((one) => equal(one, value)).length
        const meant = edits.filter(({ patch }) => Object.values(patch).some((one) => equal(one as Json, value))).length
        if (meant && times > meant)
          throw new Error(`Doubled: ${name} became ${JSON.stringify(value)} ${times} times, and ${meant} edits said so`)
      }
    }
  }
}

/**
 * No tab shows a value that the backend has refused, unless it is the backend's own, or pending again. A refused creation stays in
 * view as such, and is left out. Opens a tab where a device has none. Rejects with an `Error` that names the property.
 */
export async function noRefusedShown(...devices: readonly FakeDevice[]): Promise<void> {
  for (const device of devices) {
    if (!device.tabs.length) await device.openTab()
    await device.quiet()
    for (const { app } of device.tabs) {
      const pending = await pendingIds(app, device)
      for (const fault of app.faults.open$.value) {
        if (fault.op === 'create') continue
        const view = await viewOf(app, fault, device)
        if (fault.op === 'delete' && view === null && device.backend.get(fault.collection, fault.recordId))
          throw new Error(`Shown although refused: the deletion of ${fault.collection} ${fault.recordId}`)
        for (const name of fault.properties) {
          const mine = fault.mine?.[name] ?? null
          const isAgain = [...pending.values()].some(({ key, patch }) => isOf(fault, key) && Object.hasOwn(patch, name))
          const isConfirmed = isAtBackend(fault, name, mine, device)
          if (!isAgain && !isConfirmed && equal(view?.[name] ?? null, mine))
            throw new Error(
              `Shown although refused: "${name}" of ${fault.collection} ${fault.recordId} is ${JSON.stringify(mine)} (${fault.message})`,
            )
        }
      }
    }
  }
}

function lost({ op, key, patch }: EditSeen, why: string): Error {
  return new Error(`Lost: the ${op} of ${key.collection} ${key.id}, ${JSON.stringify(patch)}, ${why}`)
}

/** The edits that a tab has pending now. */
async function pendingIds(app: AppToTest, device: FakeDevice): Promise<Map<string, Pick<EditSeen, 'key' | 'patch'>>> {
  const found = new Map<string, Pick<EditSeen, 'key' | 'patch'>>()
  const subscription = app.pending$.subscribe((list) => {
    found.clear()
    for (const edit of list) found.set(edit.id, edit)
  })
  await device.quiet()
  subscription.unsubscribe()
  return found
}

function hasArrived(
  { op, key, patch }: EditSeen,
  later: readonly EditSeen[],
  remoteId: string | number | undefined,
  { backend }: FakeDevice,
  names: ReadonlyMap<string, string | number>,
): boolean {
  const id = String(remoteId ?? key.id)
  const writes = backend.writes.filter((write) => write.id === id)
  if (op === 'delete') {
    // A record that was made and deleted offline needs no request.
    const places = backend.collections.includes(key.collection) ? [key.collection] : backend.collections
    return writes.some((write) => write.op === 'delete') || places.every((place) => !backend.get(place, id))
  }
  // A reference to a record that was made here goes out with the id that the backend gave.
  const named = (value: Json): Json =>
    JSON.parse(JSON.stringify(value), (_name, one: Json) => (typeof one === 'string' && names.get(one)) || one) as Json
  const current = writes.map(({ collection }) => backend.get(collection, id) as Properties | undefined)
  return Object.entries(patch).every(
    ([name, value]) =>
      later.some((one) => isOf(one.key, key) && (one.op === 'delete' || Object.hasOwn(one.patch, name))) ||
      [...writes.map(({ properties }) => properties), ...current].some(
        (properties) => has(properties, name, value as Json) || has(properties, name, named(value as Json)),
      ),
  )
}

/** A record that was made here may have another id at the backend: then any record of the collection counts. */
function isAtBackend({ collection, recordId }: Fault, name: string, value: Json, { backend }: FakeDevice): boolean {
  if (!backend.collections.includes(collection)) return false
  const own = backend.get(collection, recordId)
  return (own ? [own] : backend.all(collection)).some((record) => equal((record as Properties)[name] ?? null, value))
}

/** Whether a body has the value of a property: under its name, or, where the app names it otherwise, anywhere. */
function has(properties: Properties | undefined, name: string, value: Json): boolean {
  if (properties && Object.hasOwn(properties, name)) return equal(properties[name] ?? null, value)
  return JSON.stringify(properties ?? {}).includes(JSON.stringify(value))
}

const isOf = (
  one: { collection?: string; recordId?: string; id?: string },
  other: { collection: string; id: string },
): boolean => one.collection === other.collection && (one.recordId ?? one.id) === other.id

/** A collection of the app whose address has another name is any. */
function isNamed(own: string, collection: string, { backend }: FakeDevice): boolean {
  return own === collection || !backend.collections.includes(own)
}

/** The values that properties took, by record and property; the same value again at once is one. */
function effectsOf(writes: readonly BackendWrite[]): Map<string, Json[]> {
  const effects = new Map<string, Json[]>()
  for (const { collection, id, properties } of writes)
    for (const [property, value] of Object.entries(properties)) {
      const name = `"${property}" of ${collection} ${id}`
      const values = effects.get(name) ?? []
      effects.set(name, values)
      if (!values.length || !equal(values.at(-1)!, value)) values.push(value)
    }
  return effects
}

async function viewOf(app: AppToTest, { collection, recordId }: Fault, device: FakeDevice): Promise<Properties | null> {
  const records = collection === 'users' && app.users ? undefined : (app.collection ?? app.table)?.(collection)
  const reading = records ? records.get(recordId) : app.users?.current$.value
  await device.quiet()
  return ((await reading) ?? null) as Properties | null
}
