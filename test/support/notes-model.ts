/*
 * Notes that two devices and the server make, change and delete, each for itself, and the outcome that all of it has to have. The
 * model knows nothing of the library: it compares three values, and takes "absent" for a state of a record.
 */
import { seededRandom } from './seeded-random.js'
import {
  compareLane,
  composed,
  type ComparedEdit,
  type Contested,
  deviceNames,
  type DeviceName,
  editOn,
  type Values,
} from './two-devices.js'

export const noteProperties = ['title', 'text', 'slug'] as const

/** The server acts as yet another device. */
export type Actor = DeviceName | 'server'

export type Action =
  | { readonly op: 'create'; readonly values: Values }
  | { readonly op: 'update'; readonly id: string; readonly values: Values }
  | { readonly op: 'delete'; readonly id: string }

/** The events between two moments at which both devices and the server agree. */
export interface NotesRound {
  readonly offline: readonly DeviceName[]
  /** Who acts, one after the other. */
  readonly turns: readonly Actor[]
  /** Who is back first; `undefined`: both at once. */
  readonly back: DeviceName | undefined
  /** By device, the method whose next answer gets lost. */
  readonly loses: { readonly [device in DeviceName]?: 'POST' | 'PATCH' | 'DELETE' }
  readonly answer: 'amend' | 'retry' | 'discard'
}

export type Fate = 'accepted' | 'rejected' | 'discarded'

/** An open fault of a note. */
export interface ExpectedFault {
  readonly note: string
  readonly kind: 'conflict' | 'gone'
  readonly contested: Contested
}

/** The fates of edits, by the edit's id, and the faults that tell of those that were rejected. */
export interface ExpectedEnd {
  readonly fates: ReadonlyMap<string, Fate>
  readonly faults: readonly ExpectedFault[]
}

interface NoteEdit extends ComparedEdit {
  readonly id: string
  readonly op: 'create' | 'update' | 'delete'
}

type Row = ReadonlyMap<string, string | null>

export class NotesModel {
  /** The notes that the server has, with their values. */
  readonly server = new Map<string, Row>()
  /** The notes that there were when all agreed last, and those that came since. */
  readonly known = new Set<string>()
  readonly #base: { [device in DeviceName]: Map<string, Row> } = { a: new Map(), b: new Map() }
  readonly #lanes: { [device in DeviceName]: Map<string, NoteEdit[]> } = { a: new Map(), b: new Map() }

  /** Both have read what the server has. */
  agree(server: ReadonlyMap<string, Values>): void {
    this.server.clear()
    this.known.clear()
    for (const [id, values] of server) this.write(id, values)
    for (const device of deviceNames) {
      this.#base[device] = new Map(this.server)
      this.#lanes[device].clear()
    }
  }

  /** The server's own write; `null` deletes. */
  write(id: string, values: Values | null): void {
    this.known.add(id)
    if (values) this.server.set(id, rowOf(this.server.get(id), values))
    else this.server.delete(id)
  }

  /** The notes that the device shows, or that the server has. */
  shown(who: Actor): string[] {
    if (who === 'server') return [...this.server.keys()]
    return [...this.known].filter((id) => {
      const lane = this.#lanes[who].get(id) ?? []
      const isDeleted = lane.some(({ op }) => op === 'delete')
      return !isDeleted && (this.#base[who].has(id) || lane.some(({ op }) => op === 'create'))
    })
  }

  /** An edit is saved on the device. */
  edit(device: DeviceName, edit: Pick<NoteEdit, 'id' | 'op'>, note: string, values: Values = {}): void {
    this.known.add(note)
    const lane = this.#lanes[device].get(note) ?? []
    const base = this.#base[device].get(note) ?? new Map<string, string | null>()
    this.#lanes[device].set(note, [...lane, { ...edit, ...editOn(base, lane, values) }])
  }

  /** The device sends all it has, and nobody else does anything. */
  drain(device: DeviceName): ExpectedEnd {
    const fates = new Map<string, Fate>()
    const faults: ExpectedFault[] = []
    for (const [note, lane] of this.#lanes[device]) {
      const row = this.server.get(note)
      const end = (edits: readonly NoteEdit[], fate: Fate): void => {
        for (const [id, one] of fatesOf(edits, fate)) fates.set(id, one)
      }
      const isDeleted = lane.at(-1)!.op === 'delete'
      if (isDeleted && lane[0]!.op === 'create') {
        // Nobody else has heard of it. It has ended when it was deleted, or, once a try has failed, ends now.
        end(lane, 'discarded')
        end(lane.slice(-1), 'accepted')
      } else if (isDeleted) {
        // The writes of others go with it, and the person wants no more than that the note is gone.
        this.server.delete(note)
        end(lane, 'accepted')
      } else if (lane[0]!.op === 'create') {
        this.write(note, composed(lane))
        end(lane, 'accepted')
      } else if (!row) {
        faults.push({ note, kind: 'gone', contested: {} })
        end(lane, 'rejected')
      } else {
        const { left, faults: contested } = compareLane(lane, row)
        faults.push(...contested.map((each) => ({ note, kind: 'conflict' as const, contested: each })))
        this.write(note, composed(left))
        end(lane, 'rejected')
        end(left, 'accepted')
      }
      this.#read(device, note)
    }
    this.#lanes[device].clear()
    return { fates, faults }
  }

  #read(device: DeviceName, note: string): void {
    const row = this.server.get(note)
    if (row) this.#base[device].set(note, row)
    else this.#base[device].delete(note)
  }
}

function fatesOf(edits: readonly NoteEdit[], fate: Fate): [string, Fate][] {
  return edits.map(({ id }) => [id, fate])
}

function rowOf(before: Row | undefined, values: Values): Row {
  return new Map(noteProperties.map((name) => [name, name in values ? values[name]! : (before?.get(name) ?? null)]))
}

/** The draws of one run. */
export interface NotesGenerator {
  /** Every order of being offline, of coming back and of answering, once each, shuffled. */
  rounds(): NotesRound[]
  /** The next action of a device, or of the server, on what it shows. */
  action(model: NotesModel, who: Actor): Action
}

export function notesGenerator(seed: number): NotesGenerator {
  const { number } = seededRandom(seed)
  const below = (limit: number): number => Math.floor(number() * limit)
  const one = <T>(list: readonly T[]): T => list[below(list.length)]!
  const shuffled = <T>(list: readonly T[]): T[] => {
    const left = [...list]
    return list.map(() => left.splice(below(left.length), 1)[0]!)
  }
  let written = 0
  // A value is written once: an equal one would be no conflict. A note has to have a title.
  const value = (who: string, name: string): string | null =>
    name !== 'title' && number() < 0.1 ? null : `${who}${++written}`
  const values = (who: string, names: readonly string[]): Values =>
    Object.fromEntries(names.map((name) => [name, value(who, name)]))
  return {
    rounds() {
      const all = [[], ['a'], ['b'], ['a', 'b']].flatMap((offline) =>
        [...deviceNames, undefined].flatMap((back) =>
          (['amend', 'retry', 'discard'] as const).map((answer): NotesRound => {
            const times = { a: 1 + below(4), b: 1 + below(4), server: below(3) }
            const turns = (['a', 'b', 'server'] as const).flatMap((who) => Array<Actor>(times[who]).fill(who))
            const loses = Object.fromEntries(
              deviceNames
                .filter(() => number() < 0.3)
                .map((device) => [device, one(['POST', 'PATCH', 'DELETE'] as const)]),
            )
            return { offline: offline as DeviceName[], turns: shuffled(turns), back, loses, answer }
          }),
        ),
      )
      return shuffled(all)
    },
    action(model, who) {
      const shown = model.shown(who)
      const chance = number()
      // Few enough notes that two devices often meet on one.
      if (!shown.length || (shown.length < 4 && chance < 0.4)) {
        return { op: 'create', values: values(who, ['title', ...shuffled(['text', 'slug']).slice(below(3))]) }
      }
      const id = one(shown)
      if (chance > 0.8) return { op: 'delete', id }
      return { op: 'update', id, values: values(who, shuffled(noteProperties).slice(0, 1 + below(2))) }
    },
  }
}
