// The promises on records that are created, changed and deleted.
import {
  Judge,
  type Fate,
  type FaultRow,
  type JudgeParts,
  type Kept,
  type LaneKey,
  type Made,
  type Row,
} from './judge.js'
import type { Json } from '../../src/index.js'
import { type CollectionName, idText, type RecordServer } from './record-server.js'
import type { Entry, Version } from './storage/rows.js'

/** So long records that nobody knows are left out while a creation is under way. */
const leftOutForMs = 300_000

/** A row of a list, as an app gets it. */
export interface ShownRow {
  id: string
  value: Row
}

/** The server's name of a record that was made here; `null`: it never came to be. */
interface NameRow extends LaneKey {
  remoteId: string | number | null
}

/** How many records of one creation a collection promises. */
export type Promised = 'one' | 'one-request'

export interface RecordJudgeParts extends Omit<JudgeParts, 'server'> {
  server: RecordServer
  promises: { readonly [name in CollectionName]: Promised }
  /** How long a repeated creation is known. */
  keyValidForMs: number | undefined
}

export class RecordJudge extends Judge {
  readonly #records: RecordServer
  readonly #promises: RecordJudgeParts['promises']
  readonly #keyValidForMs: number | undefined
  /** As `session.use()` does. */
  protected override readonly adopts = true
  /** Lanes whose creation a person has given up, or whose creation was never sent and is deleted. */
  readonly givenUp = new Set<string>()
  /** Creations that a person has sent again after a fault, by number. */
  readonly resent = new Set<number>()
  /** Records that a tab does not show any more, since they are being deleted. */
  readonly #gone = new Map<string, Set<string>>()
  /** The faults that are open, by edit. */
  #faulted = new Map<string, FaultRow>()
  /** The names as the database has them. */
  #nameEntries: readonly Entry[] = []
  /** The server's id by lane, and the device's by the server's. */
  #names = new Map<string, Json>()
  #deviceIds = new Map<string, string>()

  constructor(parts: RecordJudgeParts) {
    super(parts)
    this.#records = parts.server
    this.#promises = parts.promises
    this.#keyValidForMs = parts.keyValidForMs
    parts.server.laneOfMark = (mark) => this.creationOf(mark)?.lane
    parts.server.isLost = (collection, id) =>
      [...this.kept.values()].some(
        ({ op, lane, fate }) => op === 'create' && fate?.outcome === 'lost' && lane.endsWith(`/${collection}/${id}`),
      )
    parts.server.onChildren = (parent, children) => this.#parentFirst(parent, children)
  }

  creationOf(mark: number): Kept | undefined {
    return [...this.kept.values()].find(({ n, op, isRetry }) => n === mark && op === 'create' && !isRetry)
  }

  /** The id under which a tab shows a record of the server: the device's own as long as it has the name (R19). */
  shownId(account: string, collection: CollectionName, id: Json): Json {
    return this.#deviceIds.get(this.laneOf({ account, collection, id: idText(id) })) ?? id
  }

  numberOfEdit(id: string): number | undefined {
    return this.kept.get(id)?.n
  }

  override committed(version: Version, tab?: string): void {
    const rows = (version.stores.get('faults')?.entries ?? []).map(({ value }) => value as FaultRow)
    this.#faulted = new Map(rows.flatMap((row) => row.editIds.map((id) => [id, row] as const)))
    this.#readNames(version.stores.get('ids')?.entries ?? [])
    super.committed(version, tab)
    this.#noteDeletions(version)
  }

  /** Deletions of records of which the device did not know to what they refer when they were saved. */
  readonly #blind = new Set<Kept>()
  readonly #noted = new Set<Kept>()

  #noteDeletions({ stores }: Version): void {
    const all = [...this.kept.values()]
    for (const deletion of all) {
      if (deletion.op !== 'delete' || this.#noted.has(deletion)) continue
      this.#noted.add(deletion)
      const { lane, order } = deletion
      const isNamed = all.some(
        (one) => one.lane === lane && one.order < order && !one.fate && one.patch.notebookId !== undefined,
      )
      const row = stores.get('records')?.entries.find(({ value }) => this.laneOf(value as LaneKey) === lane)
      if (!isNamed && !(row?.value as { base?: Row | null } | undefined)?.base) this.#blind.add(deletion)
    }
  }

  #readNames(entries: readonly Entry[]): void {
    if (entries === this.#nameEntries) return
    this.#nameEntries = entries
    const before = this.#names
    this.#names = new Map()
    this.#deviceIds = new Map()
    for (const { value } of entries) {
      const { account, collection, id, remoteId } = value as NameRow
      if (remoteId === null) continue
      const lane = this.laneOf({ account, collection, id })
      const old = before.get(lane) ?? remoteId
      if (old !== remoteId)
        this.violated(`${lane} is named ${JSON.stringify(remoteId)}, and was ${JSON.stringify(old)}`)
      this.#names.set(lane, remoteId)
      if (!before.has(lane)) this.#records.named(lane, collection as CollectionName, remoteId)
      const remoteLane = this.laneOf({ account, collection, id: idText(remoteId) })
      if (this.#deviceIds.has(remoteLane)) this.violated(`${remoteLane} has two ids on the device`)
      this.#deviceIds.set(remoteLane, id)
    }
  }

  override wiped(): void {
    super.wiped()
    this.#gone.clear()
    this.#readNames([])
  }

  override forgetTab(tab: string): void {
    super.forgetTab(tab)
    this.#gone.delete(tab)
    for (const name of this.#listedBefore.keys()) if (name.startsWith(`${tab} `)) this.#listedBefore.delete(name)
  }

  /** The account, the records that a tab has listed of a collection. */
  readonly #listedBefore = new Map<string, ReadonlySet<string>>()
  /** Collections of which devices keep a part only. */
  readonly dropping = new Set<string>()

  /** Somebody has deleted the record, or is about to; a record that is still to be made has not to be there. */
  #isLeaving(lane: string): boolean {
    const ofLane = [...this.kept.values()].filter((kept) => kept.lane === lane)
    const all = ofLane.filter(({ fate }) => !fate)
    // A deletion that the person sends again counts before the app's answer has an edit of its own in the log.
    if (ofLane.some(({ op, fate, n }) => op === 'delete' && (!fate || this.resent.has(n)))) return true
    if (this.made.some((made) => made.op === 'delete' && made.lane === lane && made.state === 'making')) return true
    return !this.#records.ofLane(lane) && !all.some(({ op }) => op === 'create')
  }

  /**
   * Whether a list may show a record beside its creation: nobody can tell that it is the same. It waits for the person, was given up or
   * refused, or has not settled for longer than such records are left out (R19), by the device's clock.
   */
  #mayBeTwo(lane: string | undefined): boolean {
    return [...this.kept.values()].some(({ lane: of, op, n, id, fate }) => {
      if (of !== lane || op !== 'create') return false
      if (fate ? fate.outcome !== 'accepted' : this.#faulted.has(id) || this.resent.has(n)) return true
      const last = this.#records.creations.findLast(({ mark }) => mark === n)
      return !fate && !!last && Math.abs(this.deviceMs(this.nowMs()) - this.deviceMs(last.atMs)) > leftOutForMs
    })
  }

  /**
   * A tab was told that there is no record of this id: proved by a read, by a page that names it gone, or by a deletion (R17). The
   * server knows no id of this device, and a device that has lost the name knows of no other one.
   */
  absent(tab: string, lane: string, { collection, id }: Pick<LaneKey, 'collection' | 'id'>): void {
    if (!this.#names.has(lane) && this.#records.laneOfId(collection, id) === undefined) return
    const isDeleted =
      [...this.kept.values(), ...this.made].some((one) => one.lane === lane && one.op === 'delete') ||
      this.givenUp.has(lane)
    if (!isDeleted && this.#records.isUntouched(lane)) this.violated(`${tab} shows ${lane} as absent, and it never was`)
  }

  override hearsOf(tab: string, account: string | undefined): void {
    super.hearsOf(tab, account)
    for (const name of this.#listedBefore.keys())
      if (name.startsWith(`${tab} `) && !name.startsWith(`${tab} ${account} `)) this.#listedBefore.delete(name)
  }

  /** A list of a collection was given to an observer. */
  listed(tab: string, account: string, collection: CollectionName, rows: readonly ShownRow[]): void {
    const gone = this.#gone.get(tab) ?? new Set()
    this.#gone.set(tab, gone)
    const lanes = new Set<string>()
    const before = this.#listedBefore.get(`${tab} ${account} ${collection}`)
    this.#listedBefore.set(`${tab} ${account} ${collection}`, lanes)
    // This list says nothing of another collection's records.
    const listed = `${account}/${collection}/`
    for (const { id, value } of rows) {
      const lane = this.laneOf({ account, collection, id })
      if (lanes.has(lane) && !this.#mayBeTwo(lane)) this.violated(`${tab} lists ${lane} twice`)
      lanes.add(lane)
      if (value.id !== undefined && value.id !== id)
        this.violated(`${tab} shows the id ${JSON.stringify(value.id)} in the row of ${lane}`)
      // To this device it is the record of somebody else, and an edit of its own record says nothing of it.
      if (lane !== `${listed}${id}` && this.#mayBeTwo(lane)) continue
      this.see(tab, account, lane, value)
      const deletion = this.#deletionOf(tab, lane, id)
      if (deletion) this.vanished(deletion.n, `${tab} shows ${lane}, which edit ${deletion.n} deletes`)
      if (gone.has(lane) && !this.#isBack(lane) && !this.#isForgotten(lane, value))
        this.violated(`${tab} shows ${lane} again, which is deleted`)
    }
    // A deletion by this tab may yet be refused by storage.
    const hides = (lane: string): boolean =>
      this.made.some(
        (made) => made.op === 'delete' && made.tab === tab && made.lane === lane && made.state === 'making',
      )
    for (const { lane, op, fate } of this.kept.values())
      if (
        op === 'delete' &&
        fate?.outcome === 'accepted' &&
        !lanes.has(lane) &&
        lane.startsWith(listed) &&
        !hides(lane)
      )
        gone.add(lane)
    // Another tab drops rows that only a frozen tab still shows, and an edit of it, once it thaws, is of no known record.
    const isKept = !this.dropping.has(collection)
    for (const { lane, op, fate, n } of this.kept.values())
      if (isKept && op === 'update' && !fate && before?.has(lane) && !lanes.has(lane) && !this.#isLeaving(lane))
        this.violated(`${tab} does not list ${lane} any more, and edit ${n} of it is pending`)
    const marks = new Map<string, number>()
    for (const { value } of rows)
      if (typeof value.mark === 'string') marks.set(value.mark, (marks.get(value.mark) ?? 0) + 1)
    for (const [mark, count] of marks)
      if (
        count > 1 &&
        !this.#mayBeTwo(this.creationOf(Number(mark.slice(1)))?.lane) &&
        this.#records.log.filter((one) => one.op === 'create' && `c${one.mark}` === mark).length < 2
      )
        this.violated(`${tab} shows ${count} rows of the creation ${mark}`)
    for (const made of this.made)
      if (made.op === 'create' && made.tab === tab && made.account === account && made.collection === collection)
        if (!marks.has(`c${made.n}`) && this.#mustShow(made))
          this.vanished(made.n, `${tab} does not show the creation ${made.n}`)
  }

  /** An edit over a record of which nothing is known: its session has ended since the deletion, and that erased what was known. */
  #isForgotten(lane: string, { updated }: Row): boolean {
    const deletion = [...this.kept.values()].findLast(
      (one) => one.lane === lane && one.op === 'delete' && one.fate?.outcome === 'accepted',
    )
    if (updated !== undefined || !deletion) return false
    return this.ends.some(({ account, atMs }) => account === deletion.account && atMs >= deletion.fate!.atMs)
  }

  /** By the id of this device, also where a list has shown a record of this device under the server's id after its name was lost. */
  override laneOf({ account, collection, id }: LaneKey): string {
    return this.#records.laneOfId(collection, id) ?? `${account}/${collection}/${id}`
  }

  protected override inLog(account: string, patch: Row): Row {
    const { notebookId } = patch
    if (typeof notebookId !== 'string') return patch
    return { ...patch, notebookId: this.laneOf({ account, collection: 'notebooks', id: notebookId }).split('/')[2]! }
  }

  /** A creation that was not sent, with its updates, and its deletion settle each other (R18). */
  protected override mayEndUnsent({ op, outcome }: Fate): boolean {
    return outcome === (op === 'delete' ? 'accepted' : 'discarded')
  }

  /** It has settled when it was saved, or is a deletion of what is being deleted: that is the first one. */
  protected override isKnown({ id, op }: Made): boolean {
    return this.unsent.has(id!) || (op === 'delete' && this.kept.get(id!)?.op === 'delete')
  }

  protected override mayDiscard({ lane, n }: Kept): boolean {
    return (
      this.givenUp.has(lane) ||
      this.taken.has(n) ||
      this.made.some((made) => made.op === 'delete' && made.lane === lane)
    )
  }

  /** Edits that a person has taken back, by number. */
  readonly taken = new Set<number>()

  protected override checkAccepted(kept: Kept): void {
    const { lane, op, order } = kept
    if (op === 'delete') {
      if (this.#records.ofLane(lane) && !this.#isSentBlindly(lane))
        this.violated(`deletion ${this.name(kept.id)} was accepted, and the server has the record`)
      return
    }
    const isCovered = [...this.kept.values()].some(
      (other) => other.lane === lane && other.op === 'delete' && other.order > order,
    )
    if (isCovered) return
    super.checkAccepted(kept)
    if (op === 'create' && !this.#records.log.some((one) => one.op === 'create' && one.mark === markOf(kept)))
      this.violated(`creation ${this.name(kept.id)} was accepted, and the server never had it`)
  }

  protected override checkRejected(kept: Kept, faultId: string | undefined, stores: Version['stores']): void {
    super.checkRejected(kept, faultId, stores)
    const { lane, op } = kept
    const stored = op === 'create' ? this.#records.ofMark(markOf(kept)) : []
    const last = this.#records.log.findLast((one) => one.record === lane)
    const fault = this.#faulted.get(kept.id)
    const isOpen = !!fault && this.mayBeMade(kept, fault)
    if (stored.length && !isOpen && !(last?.isCopy && this.nowMs() - last.atMs < 5_000))
      this.violated(`creation ${this.name(kept.id)} was rolled back, and the server has it`)
    if (op === 'delete' && last?.op === 'delete' && last.by === 'tab' && !last.isCopy)
      this.violated(`deletion ${this.name(kept.id)} was rolled back, and the server has made it`)
  }

  /**
   * A person has sent its creation again, without knowing what became of the first request. The fault says so, or a list that leaves the
   * record out was taken for a proof that there is none.
   */
  protected override mayBeMade({ lane, n }: Kept, { unverified }: FaultRow): boolean {
    const isOmitted = this.dropping.has(lane.split('/')[1]!) && this.#records.isOmitted(lane)
    return (!!unverified || isOmitted) && this.resent.has(n) && this.#isUnknowable(lane)
  }

  /** No request can tell whether a creation of its collection has made a record. */
  #isUnknowable(lane: string): boolean {
    return this.#promises[lane.split('/')[1] as CollectionName] === 'one-request' || !!this.#keyValidForMs
  }

  /** A person has sent its creation again without knowing. A refusal of the second request tells nothing of the first. */
  #isSentBlindly(lane: string): boolean {
    const isResent = [...this.kept.values()].some(
      (one) => one.lane === lane && one.op === 'create' && this.resent.has(one.n),
    )
    return isResent && this.#isUnknowable(lane)
  }

  /** Whether the open fault of a record's creation leaves open that it was made. */
  isUnsure(lane: string): boolean {
    return [...this.kept.values()].some((kept) => {
      const fault = kept.lane === lane && kept.op === 'create' && this.#faulted.get(kept.id)
      return !!fault && this.mayBeMade(kept, fault)
    })
  }

  override finish(stores: Version['stores']): void {
    super.finish(stores)
    for (const kept of this.kept.values()) if (kept.op === 'create' && !kept.isRetry) this.#checkCreation(kept)
    for (const { n, id } of this.made)
      if (this.unsent.has(id!) && this.#records.creations.some(({ mark }) => mark === n))
        this.violated(`creation ${n} has settled when it was saved, and was sent all the same`)
    this.#checkAfterDeletion()
  }

  /** No creation has made more than was promised, nor less. */
  #checkCreation(kept: Kept): void {
    const { lane, n, fate } = kept
    const collection = lane.split('/')[1] as CollectionName
    const asked = this.#records.creations.filter((one) => one.mark === n)
    const took = asked.filter((one) => one.took)
    const stored = this.#records.ofMark(n)
    const name = `creation ${this.name(kept.id)}`
    const keys = new Set(asked.map(({ key }) => key))
    if (keys.size > 1 && !this.resent.has(n)) this.violated(`${name} was sent under ${keys.size} keys`)
    const isEnded = this.ends.some((end) => end.account === kept.account && asked.some(({ atMs }) => end.atMs > atMs))
    const isLate = !!this.#keyValidForMs && took.some(({ atMs }) => atMs - asked[0]!.atMs >= this.#keyValidForMs!)
    const isPromised = this.#promises[collection] === 'one' && !this.resent.has(n) && !isLate && !isEnded
    if (isPromised && stored.length > 1) this.violated(`${name} has made ${stored.length} records`)
    // A record that somebody else has deleted is not found: the creation goes out again.
    const isTaken = this.#records.log.some(({ op, mark, by }) => op === 'delete' && mark === n && by === 'other')
    if (!this.resent.has(n) && took.filter(({ isCopy }) => !isCopy).length > 1 && !isLate && !isEnded && !isTaken)
      // Of two that are found by one key, a look back deletes one (R21).
      if (
        this.#promises[collection] === 'one-request' &&
        !(this.#records.rules[collection].clientKey && stored.length < 2)
      )
        this.violated(`${name} was sent again, and has made two records`)
    const deletions = this.#records.log.filter((one) => one.record === lane && one.op === 'delete')
    const isDeleted = deletions.length > 0
    if (fate?.outcome === 'accepted' && !stored.length && !isDeleted)
      this.violated(`${name} was accepted, and the server does not have it`)
    const deletion = [...this.kept.values()].find((one) => one.lane === lane && one.op === 'delete')
    if (deletion?.fate?.outcome === 'accepted' && isPromised && stored.length)
      this.violated(`${name} is deleted, and the server has it`)
    // Once somebody else has deleted the record, nobody can tell that it was made.
    const isKnown = !this.givenUp.has(lane) && !deletions.some(({ by }) => by === 'other')
    if (fate?.outcome === 'discarded' && isKnown && !this.discards.has(kept.account) && took.length)
      this.violated(`${name} was never sent, and the server had it`)
  }

  /** No client writes to what its own deletion has taken away. */
  #checkAfterDeletion(): void {
    const deleted = new Map<string, number>()
    for (const { op, by, isCopy, record, sentAtMs, atMs } of this.#records.log) {
      const atMsOfDelete = deleted.get(record)
      if (by !== 'tab' || isCopy) continue
      if (op === 'delete') deleted.set(record, atMs)
      else if (atMsOfDelete !== undefined && sentAtMs > atMsOfDelete)
        this.violated(`${record} got a ${op} that was sent after its deletion`)
    }
  }

  /** The server refuses to delete a notebook since it has notes: none may be one whose deletion was saved before (R20). */
  #parentFirst(parent: string, children: readonly string[]): void {
    const all = [...this.kept.values()].filter(({ op }) => op === 'delete')
    const own = all.find(({ lane, fate }) => lane === parent && !fate)
    // Of one transaction only the numbers tell which was first.
    const transactionOf = ({ order }: Kept): number => Math.floor(order / 1000)
    const isEarlier = (one: Kept): boolean => {
      const [first, second] = [one, own!].map(transactionOf) as [number, number]
      return first < second || (first === second && one.n < own!.n)
    }
    for (const child of children)
      if (own && all.some((one) => one.lane === child && !one.fate && !this.#blind.has(one) && isEarlier(one)))
        this.violated(`${parent} was to be deleted before ${child}, which was deleted earlier`)
  }

  /** The deletion that a tab has made of a record, and that was not refused. */
  #deletionOf(tab: string, of: string, id: string): Made | undefined {
    return this.made.find((made) => {
      if (made.op !== 'delete' || made.tab !== tab || made.lane !== of) return false
      // It may have been of the other row, while nobody can tell that the two are one record.
      if (made.recordId !== id && this.#mayBeTwo(of)) return false
      if (made.state !== 'making' && made.state !== 'saved') return false
      const fate = this.kept.get(made.id ?? '')?.fate?.outcome ?? this.unsent.get(made.id ?? '')
      return fate === undefined || fate === 'accepted'
    })
  }

  /** Whether a deleted record is there again: somebody else has made it, or a late copy of its creation has. */
  #isBack(lane: string): boolean {
    return !!this.#records.ofLane(lane)
  }

  /** Whether a creation has to be in the list of its tab: from its call on, until it is deleted or its fault is resolved. */
  #mustShow({ n, account, state, lane: known, atMs = Infinity }: Made): boolean {
    if (state !== 'making' && state !== 'saved') return false
    const kept = this.creationOf(n)
    const lane = known ?? kept?.lane
    const isDeleted =
      this.made.some((made) => made.op === 'delete' && made.lane === lane && made.state !== 'failed') ||
      [...this.kept.values()].some((one) => one.op === 'delete' && one.lane === lane)
    if (isDeleted) return false
    // The session that it was made in has ended, and the next one knows of it once it is saved.
    if (!kept) return !this.ends.some((end) => end.account === account && end.atMs >= atMs)
    // The end of a session erases the account's records.
    if (this.ends.some((end) => end.account === account && end.atMs >= kept.savedAtMs)) return false
    const outcome = kept.fate?.outcome
    if (outcome === 'rejected') return this.#faulted.has(kept.id)
    if (outcome !== 'accepted') return outcome === undefined
    if (this.dropping.has(lane?.split('/')[1] ?? '')) return false
    return !this.#records.log.some((one) => one.record === lane && one.op === 'delete')
  }
}

/** The number in the mark of a creation. Made again after its fault, it has the `meta` of the last edit that ended with it. */
function markOf({ patch: { mark } }: Kept): number {
  return typeof mark === 'string' ? Number(mark.slice(1)) : NaN
}
