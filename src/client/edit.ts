// Floor 5: the handle of an edit, which the app gets.
import type { LiveViews } from '../live/live.js'
import type { LaidOver } from '../live/overlay.js'
import type { Settlement } from '../live/settlements.js'
import { opOf } from '../model/edit.js'
import type { Json, Operation, Patch, Properties, RecordKey, State } from '../model/record.js'

/** A saved edit. `T`: the record's type. */
export interface Edit<T = Properties> {
  /** Names the edit for `settlement`, `discardEdit` and `replaces`, also after a reload. */
  readonly id: string
  /** The record's id on this device; of a creation without an id of its own, the id that the device made. */
  readonly recordId: string
  /** The collection and `recordId`. */
  readonly key: RecordKey
  /** The operation as it is stored. */
  readonly op: Operation
  /** The changes, as they are stored; of a deletion none. */
  readonly patch: Patch
  /** The optimistic view with the edit in it, as it was when the edit was made; frozen. `null`: of a record that is deleted. */
  readonly view: T | null
  /**
   * The backend's decision; never rejects. Looked up when the app first reads it: nothing is known any more of a refusal
   * whose fault was resolved before that. A getter of the edit's class, so a copy such as `{ ...edit }` is without it.
   */
  readonly settled: Promise<Settlement<T>>
}

/** The options of every edit. */
export interface EditOptions {
  /** Plain data kept with the edit and its fault. Default: none. */
  meta?: Json | undefined
  /** It is sent when the edits of these records that are pending now have settled, however they end. Default: none. */
  after?: readonly RecordKey[] | undefined
}

/** Options of `create`: those of every edit, and the id. */
export interface CreateOptions extends EditOptions {
  /** The record's id on this device. Default: a new UUID, version 7. */
  id?: string | number | undefined
}

/** Options of an `update` that makes one edit: those of every edit, and the edit that it replaces. */
export interface UpdateOptions extends EditOptions {
  /**
   * The id of an edit that this one replaces, if that is still pending and not in flight: for typing in a field. Default: none.
   */
  replaces?: string | undefined
  /** Default: one edit of all properties, which the backend takes or refuses as a whole. */
  separately?: false | undefined
}

/** Options of an `update` that makes an edit of each property: those of every edit. */
export interface SeparateOptions extends EditOptions {
  /** Makes one edit of each property, so that the refusal of one takes none of the others along. They are saved together. */
  separately: true
}

/** The properties of a record of type `T` that an edit may write; `null` clears. Not its id, which never changes. */
export type PatchOf<T> = string extends keyof T
  ? Patch
  : { readonly [P in Exclude<keyof T & string, 'id'>]?: T[P] | null }

/** The view of a record of type `T` as a draft. */
export type DraftOf<T> = string extends keyof T
  ? { [property: string]: Json }
  : { -readonly [P in Exclude<keyof T & string, 'id'>]: T[P] | null } & { readonly [P in Extract<keyof T, 'id'>]: T[P] }

/** A patch, or a change of a fresh copy of the view, whose difference is the patch. */
export type Change<T = Properties> = PatchOf<T> | ((draft: DraftOf<T>) => void)

/** A class, so that thousands made at once do not have a getter each. */
export class SavedEdit implements Edit {
  readonly #entry: LaidOver
  readonly #live: LiveViews
  #settled: Promise<Settlement> | undefined
  readonly id: string
  readonly key: RecordKey
  readonly patch: Patch
  readonly view: Properties | null

  constructor(live: LiveViews, entry: LaidOver, view: State) {
    this.#live = live
    this.#entry = entry
    this.id = entry.edit.id
    this.key = entry.key
    this.patch = entry.edit.patch
    this.view = view ?? null
  }

  get recordId(): string {
    return this.key.id
  }

  get op(): Operation {
    return opOf(this.#entry.edit)
  }

  get settled(): Promise<Settlement> {
    // Looked up only when the app asks: nobody asks about most edits of a long queue.
    return (this.#settled ??= this.#live.settlementOf(this.#entry))
  }
}
