// Looks at what must hold, after every commit, at every value that an observer gets, and at the end. Knows the rows of the
// database by their shape alone: no code of the library decides here.
import type { Json } from '../../src/index.js'
import { wrongMarks } from './marks.js'
import { accounts } from './server.js'
import type { Entry, Version } from './storage/rows.js'

export type Row = { readonly [property: string]: Json }

export type Operation = 'create' | 'update' | 'delete'

/** The key of a row of the database. */
export interface LaneKey {
  account: string
  collection: string
  id: string
}

/** An edit as the app made it. */
export interface Made {
  n: number
  account: string
  tab: string
  patch: Row
  /** Default: an update. */
  op?: Operation
  /** Its record's, once that is known. */
  lane?: string | undefined
  collection?: string
  /** When it was made; default: at no known time. */
  atMs?: number
  /** The id that the call was given, by which a list has shown the record. */
  recordId?: string
  state: 'making' | 'saved' | 'failed' | 'unknown'
  /** Told by the promise of `update()`. */
  id?: string
  /** Its tab waits to be told what became of it. */
  isAwaited?: boolean
  /** By its id, and not by what the call has returned. */
  isAskedById?: boolean
}

/** A call that says who is to be logged in. */
export interface SessionCall {
  tab: string
  /** Nobody: a logout. */
  account: string | undefined
  /** Once it has taken one. */
  turn?: number | undefined
}

/** The newest state of a record that a tab has shown, and the newest edit that it has shown of each property. */
interface Seen {
  updated: number
  /** How often the account's records had been erased before it was shown for the first time. */
  erased: number
  orders: Map<string, number>
}

interface SessionRow {
  sessionId: string
  account: string
  token?: string
}

/** An edit as the database has had it. */
export interface Kept {
  id: string
  account: string
  /** The name of the record that it is of: see `laneOf`. */
  lane: string
  op: Operation
  savedAtMs: number
  patch: Row
  /** Its place in the outbox. */
  order: number
  n: number
  isRetry: boolean
  fate?: { outcome: string; atMs: number }
  /** The server's record of it. */
  stored: string[]
}

interface StoredEdit {
  id: string
  op?: Operation
  patch: Row
  ancestors: Row
  meta?: Json
  retryOf?: string
}

export interface Fate {
  account: string
  editIds: string[]
  outcome: string
  op?: Operation
  faultId?: string
}

export interface FaultRow {
  editIds: string[]
  properties: string[]
  offending: string[]
  mine: Row | null
  kind: string
  reason?: string
  code?: number
  unverified?: boolean
}

interface Run {
  account: string
  lane: string
  seq: number
  edits: StoredEdit[]
}

/** The values that a server refuses, by the code of the refusal: property and value. */
export type Flaws = ReadonlyMap<number | string, RegExp>

/** A request that was prepared longer ago is checked again before it leaves. */
const preparedForMs = 5_000

/** How long before it is sent a request may have been planned: a read takes 30 s at the most. */
const plannedForMs = 35_000

/** A base counts as fresh for 60 s when a request is planned. */
const unseenMs = 60_000 + plannedForMs

/** More places than an outbox has before its database is lost. */
const ordersOfLife = 1e9

/** A change that took effect at the server. */
export interface Applied {
  atMs: number
  /** Absent: an update. */
  op?: 'create' | 'update' | 'delete'
  /** The request named the version that the record had, and the server would have refused another one. */
  isGuarded?: boolean
  /** The record, as `laneOf` names it. */
  record: string
  /** Values that were sent and stored. */
  patch: Row
  /** When the client sent it, and whether this is a copy that the network made, or that came late. */
  sentAtMs: number
  isCopy: boolean
  /** By whom: a client of ours, or another one. */
  by: 'tab' | 'other'
}

/** A server's own records of what it did. */
export interface Ledger {
  readonly log: readonly Applied[]
  /** Events that must never be. */
  readonly violations: readonly string[]
  /** `undefined`: there is no such record. */
  valueOf(record: string, property: string): Json | undefined
  /** A value as the server keeps it. */
  normalized(property: string, value: Json): Json
}

export interface JudgeParts {
  server: Ledger
  nowMs(): number
  /** Whether both sides' changes are compared before anything is sent. */
  compares: boolean
  flaws: Flaws
}

export class Judge {
  readonly server: Ledger
  readonly nowMs: () => number
  readonly #compares: boolean
  readonly #flaws: Flaws
  readonly violations: string[] = []
  readonly made: Made[] = []
  /** Accounts whose pending edits the app has agreed to give up, since when. */
  readonly discards = new Set<string>()
  /** Edits whose values a person has asked to write again, by their fault. */
  readonly retried = new Set<number>()
  /** The outcomes of edits that have settled in the transaction that saved them, by id. */
  protected readonly unsent = new Map<string, string>()
  /** How many databases were lost before. */
  readonly #livesOfUnsent = new Map<string, number>()
  protected readonly kept = new Map<string, Kept>()
  readonly #judged = new WeakSet<Entry>()
  readonly #runs = new WeakMap<Entry, Run>()
  #pending = new Set<string>()
  #owing = new Set<string>()
  #highestFate = 0
  #unsaid = false
  /** How often the database was thrown away: the next one counts its rows from the start again. */
  #losses = 0
  readonly #suspects: { n: number; what: string }[] = []
  /** The values that edits were made on. */
  readonly #ancestors = new Set<string>()
  /** Whose lease it is: the tab that wrote its newest epoch. */
  #lease: { epoch: number; tab: string | undefined } | undefined
  /** The requests that are prepared, by record, and when each tab last prepared one. */
  readonly #attempts = new Map<string, string>()
  readonly #preparedAtMs = new Map<string, number>()
  /** The end of a session erases what its account still owed. */
  protected readonly ends: { account: string; atMs: number }[] = []
  /** Whose session the database has. */
  #session: string | undefined
  /** The calls that have not taken their turn yet, in the order in which they were made. */
  readonly #calls = new Set<SessionCall>()
  /**
   * The call that took the last turn, as long as that is known. Behind it those before it that go on with a session of the same
   * account, where calls do: none of them overtakes another.
   */
  #last: SessionCall[] = []
  #turn: number | undefined
  #sessionRow: SessionRow | undefined
  readonly #seen = new Map<string, { account: string; lanes: Map<string, Seen> }>()
  /** How far the device's clock was off, from when on. */
  readonly #skews = [{ atMs: -Infinity, skewMs: 0 }]
  /** When anything was asked of the server. */
  readonly #askedAtMs: number[] = []

  constructor(parts: JudgeParts) {
    this.server = parts.server
    this.nowMs = parts.nowMs
    this.#compares = parts.compares
    this.#flaws = parts.flaws
  }

  violated(what: string): void {
    this.violations.push(`at ${Math.round(this.nowMs())} ms: ${what}`)
  }

  /** Whether an edit that was not saved under its own number is in the database all the same. */
  protected isKnown(_made: Made): boolean {
    return false
  }

  /** Whether a login goes on with a session of its account, and leaves alone one that does the same. */
  protected readonly adopts: boolean = false

  /** Whether an edit can settle in the transaction that saves it. */
  protected mayEndUnsent(_fate: Fate): boolean {
    return false
  }

  /** Whether somebody has asked for this edit to be given up. */
  protected mayDiscard(_kept: Kept): boolean {
    return false
  }

  /** Values as the server's log has them. */
  protected inLog(_account: string, patch: Row): Row {
    return patch
  }

  /** The name of the record that a row is of. */
  protected laneOf({ account }: LaneKey): string {
    return account
  }

  get keptCount(): number {
    return this.kept.size
  }

  /** Whether the account's session has a read to make (R3), now or after its next login. */
  owes(account: string): boolean {
    return this.#owing.has(account)
  }

  pendingOf(account: string): number {
    return [...this.#pending].filter((id) => this.kept.get(id)!.account === account).length
  }

  /** The browser threw the database away: what was pending is lost, and the app has to be told. */
  wiped(): void {
    for (const id of this.#pending) this.kept.get(id)!.fate = { outcome: 'lost', atMs: this.nowMs() }
    this.#losses++
    // The owed look-backs were in it too.
    accounts.forEach((account) => this.ends.push({ account, atMs: this.nowMs() }))
    this.#session = undefined
    this.#turn = this.#sessionRow = undefined
    this.#last = []
    this.#unsaid = this.#pending.size > 0
    this.#pending = new Set()
    this.#owing = new Set()
    this.#highestFate = 0
    this.#lease = undefined
  }

  lossWasSaid(): void {
    this.#unsaid = false
  }

  clockIsSet(skewMs: number): void {
    this.#skews.push({ atMs: this.nowMs(), skewMs })
  }

  /** Somebody logs in or out. */
  calls(call: SessionCall): void {
    this.#calls.add(call)
  }

  /** The call has ended, with this error; only a later one overtakes it. */
  hasCalled(call: SessionCall, error?: string): void {
    this.#calls.delete(call)
    if (error === 'SupersededError' && call.turn !== undefined && call.turn === this.#turn)
      this.violated(`${call.tab}'s call for ${call.account} was overtaken, and it has the last turn`)
  }

  /** A request leaves a tab. */
  asks(): void {
    this.#askedAtMs.push(this.nowMs())
  }

  /** An update leaves a tab. */
  sends(tab: string): void {
    const ageMs = this.nowMs() - (this.#preparedAtMs.get(tab) ?? -Infinity)
    if (ageMs > preparedForMs) this.violated(`${tab} sends what it prepared ${ageMs} ms ago, and has not checked again`)
  }

  /** A transaction has been committed, by this tab; of the last moment of a kill nobody knows by whom. */
  committed({ stores }: Version, tab?: string): void {
    this.#checkLease(stores, tab)
    for (const what of wrongMarks(stores)) this.violated(what)
    const state = stores.get('meta')?.entries.find(({ key }) => key === 'state')?.value as
      | {
          session?: SessionRow
          turn?: number
          lookBacks?: { [lane: string]: { account: string } }
        }
      | undefined
    this.#checkTurn(state ?? {}, tab)
    const session = state?.session?.account
    if (this.#session !== undefined && session !== this.#session)
      this.ends.push({ account: this.#session, atMs: this.nowMs() })
    this.#session = session
    this.#owing = new Set(Object.values(state?.lookBacks ?? {}).map(({ account }) => account))
    const pending = new Set<string>()
    for (const entry of stores.get('edits')?.entries ?? []) {
      const run = this.#runOf(entry)
      for (const edit of run.edits) pending.add(edit.id)
      if (this.#judged.has(entry)) continue
      this.#judged.add(entry)
      run.edits.forEach((edit, index) => this.#keep(run, edit, index))
      for (const { ancestors } of run.edits)
        for (const [property, value] of Object.entries(ancestors))
          this.#ancestors.add(`${run.lane} ${property} ${JSON.stringify(value)}`)
    }
    for (const entry of stores.get('fates')?.entries ?? []) {
      if ((entry.key as number) <= this.#highestFate) continue
      this.#highestFate = entry.key as number
      this.#conclude(entry.value as never, stores, pending)
      const { outcome, editIds } = entry.value as Fate
      // Any tab may save, and so settle what it saves.
      const isSaving = editIds.every((id) => this.unsent.has(id))
      if (outcome !== 'discarded' && !isSaving) this.#checkHolder(tab, `settles edits (${outcome})`)
    }
    for (const id of this.#pending)
      if (!pending.has(id) && !this.kept.get(id)!.fate)
        this.violated(`edit ${this.name(id)} left the outbox with no fate`)
    this.#pending = pending
  }

  /** Each call takes its turn when it is made; the one with the last turn decides who is logged in, whenever the answers come. */
  #checkTurn({ session, turn }: { session?: SessionRow; turn?: number }, tab?: string): void {
    if (turn !== this.#turn) {
      // The calls of one tab take their turns in the order in which they were made.
      const call = tab === undefined ? undefined : [...this.#calls].find((call) => call.tab === tab)
      const isOneMore = this.adopts && call?.account !== undefined && call.account === this.#last[0]?.account
      this.#last = call ? [call, ...(isOneMore ? this.#last : [])] : []
      if (call) {
        call.turn = turn
        this.#calls.delete(call)
      }
      this.#turn = turn
    }
    const before = this.#sessionRow
    this.#sessionRow = session
    const [last] = this.#last
    if (!last || tab === undefined || session?.sessionId === before?.sessionId) return
    // A session whose token no tab has any more ends by itself.
    if (!session && before?.token === undefined) return
    const { account } = last
    if (!this.#last.some((one) => one.tab === tab) || account !== session?.account)
      this.violated(
        `${tab} ${session ? `logs ${session.account} in` : 'ends the session'}, and the last call was ${last.tab}'s ${account ? `login of ${account}` : 'logout'}`,
      )
  }

  /** An observer of the own record was given this. */
  shown(tab: string, view: Row | undefined, session: string | undefined): void {
    // A sign-out erases the account's records: there is nothing left that a later login's state could be older than.
    if (!view && session === undefined) this.forgetTab(tab)
    const account = view?.objectId as string | undefined
    if (!view || account === undefined) return
    if (session !== undefined && session !== account)
      this.violated(`${tab} shows ${account} in a session of ${session}`)
    this.see(tab, account, account, view)
  }

  /** A tab shows this state of one record of an account. */
  protected see(tab: string, account: string, lane: string, view: Row): void {
    let seen = this.#seen.get(tab)
    if (seen?.account !== account) this.#seen.set(tab, (seen = { account, lanes: new Map() }))
    const erased = this.ends.filter((end) => end.account === account).length
    const last = seen.lanes.get(lane) ?? { updated: 0, erased, orders: new Map<string, number>() }
    seen.lanes.set(lane, last)
    const updated = Number(view.updated ?? 0)
    // The confirmed state went with its database or its session; the tab shows an edit over it until it has noticed.
    if (updated < last.updated && last.erased === erased)
      this.violated(`${tab} sees a confirmed state that is older than one before (${updated} after ${last.updated})`)
    if (updated !== last.updated) Object.assign(last, { updated, erased })
    for (const [property, value] of Object.entries(view)) {
      const owner = typeof value === 'string' && /^(?:o-)?(ann|bob|cid)-\d+/.exec(value)?.[1]
      if (owner && owner !== account) this.violated(`${tab} shows ${value}, a value of ${owner}, to ${account}`)
      const n = numberOf(value)
      const before = last.orders.get(property)
      if (n === undefined && before !== undefined) {
        last.orders.delete(property)
        if (this.isPending(before) && value !== null)
          this.vanished(before, `${tab} loses ${property} of edit ${before} out of sight`)
      }
      if (n === undefined) continue
      if (
        before !== undefined &&
        this.#isOlder(n, before) &&
        !this.isUndone(before) &&
        !this.#isBack(lane, property, n, before) &&
        !this.retried.has(n)
      ) {
        this.vanished(before, `${tab} sees ${property} go back to edit ${n} after edit ${before}`)
      }
      last.orders.set(property, n)
    }
  }

  /** A tab hears who is logged in. The end of a session has erased what it has seen of that account's records. */
  hearsOf(tab: string, account: string | undefined): void {
    if (this.#seen.get(tab)?.account !== account) this.#seen.delete(tab)
  }

  /** A new document has seen nothing yet. */
  forgetTab(tab: string): void {
    this.#seen.delete(tab)
  }

  /** A tab is told what became of an edit. */
  told({ n, id, tab, account, isAskedById }: Made, outcome: string): void {
    const kept = this.kept.get(id!)
    const fate = kept?.fate?.outcome ?? this.unsent.get(id!)
    // The fault of what was refused may have been answered before it was asked for, and a fate was lost with its database.
    const life = kept ? lifeOf(kept) : (this.#livesOfUnsent.get(id!) ?? this.#losses)
    // It ended with its session, before its tab knew that it was saved: to nobody an id tells anything (G10).
    const isNobodys = this.ends.some((end) => end.account === account && end.atMs === kept?.fate?.atMs)
    const isUnknown = fate === 'rejected' || life < this.#losses || (isAskedById && isNobodys)
    if (outcome !== fate && !(outcome === 'unknown' && isUnknown))
      this.violated(`${tab} was told of edit ${n} that it is ${outcome}, and it is ${fate}`)
  }

  /** All is drained: nobody in these tabs waits any more to be told what became of an edit. */
  checkAwaited(tabs: ReadonlySet<string>): void {
    for (const { n, tab, isAwaited } of this.made)
      if (isAwaited && tabs.has(tab)) this.violated(`${tab} was never told what became of edit ${n}`)
  }

  /** All tabs are closed: what was saved is there, with edits pending or not. */
  end(stores: Version['stores']): void {
    this.violations.push(...this.server.violations)
    for (const made of this.made) {
      const kept = [...this.kept.values()].filter(({ n, isRetry }) => n === made.n && !isRetry)
      if (kept.length > 1) this.violated(`edit ${made.n} was saved twice`)
      const isKnown = kept.length > 0 || this.isKnown(made)
      if (made.state === 'saved' && !isKnown) this.violated(`edit ${made.n} was called saved and is nowhere`)
      if (made.state === 'failed' && kept.length)
        this.violated(`edit ${made.n} was called not saved and was saved all the same`)
    }
    if (this.#unsaid) this.violated('pending edits were lost, and nobody was told')
    for (const { n, what } of this.#suspects)
      if (this.made.find((one) => one.n === n)?.state === 'saved') this.violations.push(what)
    this.#checkCounts(stores)
  }

  /** All is drained as well: nothing changes any more. */
  finish(stores: Version['stores']): void {
    this.end(stores)
    for (const kept of this.kept.values()) if (!kept.fate) this.violated(`edit ${this.name(kept.id)} has no fate`)
    this.#checkOrder()
    this.#checkRepeats()
    if (this.#compares) this.#checkConflicts()
    this.#checkFinalValues()
  }

  /** Nobody prepares a request but the tab that has the lease. */
  #checkLease(stores: Version['stores'], tab: string | undefined): void {
    const lease = stores.get('meta')?.entries.find(({ key }) => key === 'lease')?.value as { epoch: number } | undefined
    if (lease && lease.epoch !== this.#lease?.epoch) this.#lease = { epoch: lease.epoch, tab }
    for (const entry of stores.get('records')?.entries ?? []) {
      if (this.#judged.has(entry)) continue
      this.#judged.add(entry)
      const { attempt } = entry.value as { attempt?: { key: string; tries: number; atMs: number; open: boolean } }
      const name = JSON.stringify(entry.key)
      const text = JSON.stringify(attempt && [attempt.key, attempt.tries, attempt.atMs])
      if (!attempt?.open || text === this.#attempts.get(name)) continue
      this.#attempts.set(name, text)
      this.#checkHolder(tab, 'prepares a request')
      if (tab) this.#preparedAtMs.set(tab, this.nowMs())
    }
  }

  #checkHolder(tab: string | undefined, what: string): void {
    const holder = this.#lease?.tab
    if (tab && holder && tab !== holder) this.violated(`${tab} ${what}, and ${holder} has the lease`)
  }

  #checkCounts(stores: Version['stores']): void {
    const state = stores.get('meta')?.entries.find(({ key }) => key === 'state')?.value as
      | { counts: { [account: string]: { pending: number; faults: number } } }
      | undefined
    const faults = (stores.get('faults')?.entries ?? []).map(({ value }) => value as { account: string })
    for (const [account, counts] of Object.entries(state?.counts ?? {})) {
      const open = faults.filter((fault) => fault.account === account).length
      if (counts.pending !== this.pendingOf(account) || counts.faults !== open)
        this.violated(`the counters of ${account} are ${JSON.stringify(counts)}, with ${open} faults open`)
    }
  }

  /** The row with its edits read from their text. */
  #runOf(entry: Entry): Run {
    const known = this.#runs.get(entry)
    if (known) return known
    const row = entry.value as LaneKey & { seq: number; label: string; edits: string }
    type Packed = [place: string, patch: Row, ancestors: Row, atMs: number, rest: Omit<StoredEdit, 'id'>]
    const edits = (JSON.parse(row.edits) as Packed[]).map(([place, patch, ancestors, , rest]): StoredEdit => {
      return { ...rest, id: `${row.label}-${place}`, patch, ancestors }
    })
    const run = { account: row.account, lane: this.laneOf(row), seq: row.seq, edits }
    this.#runs.set(entry, run)
    return run
  }

  #keep(run: Run, edit: StoredEdit, index: number): void {
    if (this.kept.has(edit.id)) return
    const n = (edit.meta as { n?: number } | undefined)?.n ?? -1
    const order = this.#losses * ordersOfLife + run.seq * 1000 + index
    const made = this.made.find((one) => one.n === n)
    this.kept.set(edit.id, {
      id: edit.id,
      account: run.account,
      lane: run.lane,
      op: edit.op ?? 'update',
      savedAtMs: this.nowMs(),
      patch: this.inLog(run.account, edit.patch),
      order,
      n,
      isRetry: !!edit.retryOf,
      stored: [],
    })
    if (!made) this.violated(`edit ${edit.id} was saved, and nobody made it`)
    else if (made.account !== run.account) this.violated(`edit ${n} of ${made.account} was saved for ${run.account}`)
  }

  #conclude(fate: Fate, stores: Version['stores'], pending: ReadonlySet<string>): void {
    for (const id of fate.editIds) {
      const kept = this.kept.get(id)
      if (!kept) {
        if (this.mayEndUnsent(fate)) {
          this.unsent.set(id, fate.outcome)
          this.#livesOfUnsent.set(id, this.#losses)
        } else this.violated(`fate of ${id}, which was never in the outbox`)
        continue
      }
      if (kept.fate)
        this.violated(`edit ${this.name(id)} has a second fate: ${fate.outcome} after ${kept.fate.outcome}`)
      if (pending.has(id)) this.violated(`edit ${this.name(id)} is settled and still pending`)
      if (fate.account !== kept.account) this.violated(`edit ${this.name(id)} settled for ${fate.account}`)
      kept.fate = { outcome: fate.outcome, atMs: this.nowMs() }
      if (fate.outcome === 'discarded') {
        if (!this.discards.has(kept.account) && !this.mayDiscard(kept))
          this.violated(`edit ${this.name(id)} was discarded, and nobody asked for it`)
      } else if (fate.outcome === 'accepted') {
        kept.stored = Object.keys(kept.patch)
        this.checkAccepted(kept)
      } else this.checkRejected(kept, fate.faultId, stores)
    }
  }

  /** Each value was stored, or a later one of the same property in its place. */
  protected checkAccepted(kept: Kept): void {
    for (const [property, value] of Object.entries(kept.patch)) {
      const later = [...this.kept.values()].filter(
        (other) => other.lane === kept.lane && other.order > kept.order && Object.hasOwn(other.patch, property),
      )
      const values = [value, ...later.map(({ patch }) => patch[property]!)]
      const isStored =
        values.includes(null) ||
        this.server.log.some(
          ({ record, patch }) =>
            record === kept.lane && Object.hasOwn(patch, property) && values.some((one) => one === patch[property]),
        )
      if (!isStored) this.violated(`edit ${this.name(kept.id)} was accepted, and its ${property} was never stored`)
    }
  }

  /** The fault is there, and what it takes back is not what the server has. */
  protected checkRejected(kept: Kept, faultId: string | undefined, stores: Version['stores']): void {
    const row = stores.get('faults')?.entries.find(({ key }) => key === faultId)?.value as FaultRow | undefined
    if (!row) return this.violated(`edit ${this.name(kept.id)} was rejected with no fault`)
    if (!row.editIds.includes(kept.id)) this.violated(`the fault of edit ${this.name(kept.id)} does not name it`)
    const { mine: all } = row
    // All that is taken back of a deletion is the deletion.
    if (!all) return
    const flaw = this.#flaws.get(row.code ?? 0)
    // A refused creation ends its lane, with all that was to come.
    const ended = row.editIds.flatMap((id) => this.kept.get(id) ?? [])
    const blamed = ended.some(({ op }) => op === 'create') ? ended : [kept]
    const hasFlaw = ({ patch }: Kept): boolean =>
      Object.entries(patch).some(([name, value]) => flaw!.test(`${name} ${JSON.stringify(value)}`))
    if (flaw && !blamed.some(hasFlaw))
      this.violated(`edit ${this.name(kept.id)} was rejected with code ${row.code}, and nothing is wrong with it`)
    // It was made on what the earlier ones of its lane were made on, perhaps in another tab (R1).
    const chain = row.editIds.map((id) => this.kept.get(id)).filter((one) => one && one.order <= kept.order)
    const isContested = (property: string): boolean =>
      chain.some((one) => Object.hasOwn(one!.patch, property) && this.#isContested(one!, property))
    if (row.reason === 'changed' && !row.offending.some(isContested))
      this.violated(`edit ${this.name(kept.id)} is said to be in conflict, and nobody else has written`)
    // A fault speaks for several edits: that it takes back a later one's value says nothing of what was stored of this one.
    const isStored = (property: string): boolean =>
      all[property] !== kept.patch[property] &&
      this.#lastApplied(kept.lane, property)?.patch[property] === kept.patch[property]
    kept.stored = Object.keys(kept.patch).filter((name) => !row.properties.includes(name) || isStored(name))
    for (const property of row.properties) {
      const mine = kept.patch[property]
      // A fault speaks for several edits: of each property it takes back the last value.
      if (typeof mine !== 'string' || all[property] !== mine) continue
      const last = this.#lastApplied(kept.lane, property)
      const isLate = !!last?.isCopy && this.nowMs() - last.atMs < 5_000
      // Another edit has the same value, and was stored.
      const isOther = this.#allBy(kept.lane, property, mine).some(
        (one) => one !== kept && one.stored.includes(property),
      )
      // Whether its request was done before somebody else deleted the record, nobody can say.
      const isGone = this.server.valueOf(kept.lane, property) === undefined
      if (last?.patch[property] === mine && !isLate && !isOther && !isGone && !this.mayBeMade(kept, row))
        this.violated(`edit ${this.name(kept.id)} was rolled back (${row.kind}), and the server has its ${property}`)
    }
  }

  /** Whether the fault leaves open that the record was made: nobody could tell. */
  protected mayBeMade(_kept: Kept, _fault: FaultRow): boolean {
    return false
  }

  /** Values of one property take effect for the first time in the order in which they were saved. */
  #checkOrder(): void {
    const highest = new Map<string, Kept>()
    const seen = new Set<string>()
    for (const entry of this.server.log) {
      if (entry.by !== 'tab') continue
      for (const [property, value] of Object.entries(entry.patch)) {
        const kept = this.#keptBy(entry.record, property, value)
        const lane = `${entry.record} ${property}`
        if (!kept || seen.has(`${lane} ${JSON.stringify(value)}`)) continue
        seen.add(`${lane} ${JSON.stringify(value)}`)
        // A copy comes when the network likes. Once it has brought the value, a client that reads it goes on, and the request
        // itself may come after that: as late as any copy, and put right as one. No client knows of what the browser lost.
        if (entry.isCopy || kept.fate?.outcome === 'lost') continue
        const before = highest.get(lane)
        if (before && before.order > kept.order)
          this.violated(`edit ${this.name(kept.id)} took effect after edit ${this.name(before.id)} (${property})`)
        else highest.set(lane, kept)
      }
    }
  }

  /** No client sends a value that a later one had replaced before. */
  #checkRepeats(): void {
    for (const [at, entry] of this.server.log.entries()) {
      if (entry.by !== 'tab' || entry.isCopy) continue
      for (const [property, value] of Object.entries(entry.patch)) {
        const kept = this.#keptBy(entry.record, property, value)
        if (!kept) continue
        const later = this.server.log.slice(0, at).find((other) => {
          if (other.record !== entry.record || other.atMs >= entry.sentAtMs || other.by !== 'tab') return false
          const value = other.patch[property]
          const newer = value === undefined ? undefined : this.#keptBy(entry.record, property, value)
          return newer && newer.order > kept.order
        })
        if (later) this.violated(`edit ${this.name(kept.id)} was sent again after a later value (${property})`)
      }
    }
  }

  /** Nobody's change is written over unseen, once the base is too old to be trusted. */
  #checkConflicts(): void {
    const theirs = new Map<string, Applied>()
    for (const entry of this.server.log) {
      // A deletion is sent without comparing (R22), and who makes the record anew writes over nothing.
      if (entry.op === 'delete') {
        for (const [name, { record }] of theirs) if (record === entry.record) theirs.delete(name)
        continue
      }
      for (const property of Object.keys(entry.patch)) {
        const name = `${entry.record} ${property}`
        const other = theirs.get(name)
        theirs.delete(name)
        if (entry.by === 'other') theirs.set(name, entry)
        else if (other && !entry.isCopy && (entry.isGuarded || !this.#mayLookFresh(entry.sentAtMs, other.atMs))) {
          const value = JSON.stringify(other.patch[property])
          if (!this.#ancestors.has(`${name} ${value}`))
            this.violated(`${value} was written over, and nobody had seen it`)
        }
      }
    }
  }

  /**
   * Whether a base from before another client's write may count as fresh for what was sent at `sentAtMs`. It is as old as its
   * request, by the device's clock, of which nobody can tell after a reload that it was set back in between (R11).
   */
  #mayLookFresh(sentAtMs: number, writtenAtMs: number): boolean {
    const skewAt = (atMs: number): number => this.deviceMs(atMs) - atMs
    // Planned by a clock that may have been set since.
    const since = sentAtMs - plannedForMs
    const skews = [
      skewAt(since),
      ...this.#skews.filter(({ atMs }) => atMs > since && atMs <= sentAtMs).map((one) => one.skewMs),
    ]
    return [writtenAtMs, ...this.#askedAtMs.filter((atMs) => atMs < writtenAtMs)].some((atMs) =>
      skews.some((skewMs) => {
        const ageMs = sentAtMs + skewMs - (atMs + skewAt(atMs))
        return ageMs >= 0 && ageMs <= unseenMs
      }),
    )
  }

  /** The time of the device's clock at a moment: it may have been set before. */
  protected deviceMs(atMs: number): number {
    return atMs + this.#skews.findLast((one) => one.atMs <= atMs)!.skewMs
  }

  /** The last accepted value stands, unless somebody else has written since. */
  #checkFinalValues(): void {
    const last = new Map<string, { kept: Kept; property: string }>()
    for (const kept of [...this.kept.values()].sort((a, b) => a.order - b.order))
      for (const property of kept.stored) last.set(`${kept.lane} ${property}`, { kept, property })
    for (const { kept, property } of last.values()) {
      const value = kept.patch[property]!
      if (value === null) continue
      const applied = this.#lastApplied(kept.lane, property)
      if (!applied || applied.by === 'other') continue
      const wrote = this.#allBy(kept.lane, property, applied.patch[property]!)
      const fates = wrote.map(({ fate }) => fate?.outcome)
      // Saved later and sent, and then the browser lost it: whether it was stored, nobody can say any more.
      if (wrote.some(({ order, fate }) => fate?.outcome === 'lost' && order > kept.order)) continue
      // Given up though it may have been sent, or refused before a copy came late: nothing more is promised of these.
      if (fates.includes('discarded') || (fates.includes('rejected') && applied.isCopy)) continue
      const isLate = applied.isCopy || applied.atMs - applied.sentAtMs > 500
      if (isLate && this.ends.some((end) => end.account === kept.account && end.atMs > applied.sentAtMs)) continue
      const now = this.server.valueOf(kept.lane, property)
      // The record is gone.
      if (now === undefined) continue
      if (now !== this.server.normalized(property, value))
        this.violated(`edit ${this.name(kept.id)} was accepted last, and ${property} is ${JSON.stringify(now)}`)
    }
  }

  /**
   * Whether another client, another tab, or a copy that came late has written the property too; or an edit of before that was
   * given up: with it, all that told its value for one's own was erased (R14), and its request may have been under way.
   */
  #isContested({ lane, n, order }: Kept, property: string): boolean {
    const tabOf = (edit: number | undefined): string | undefined => this.made.find((one) => one.n === edit)?.tab
    /** The edits that the value may have come from; an id tells no number. */
    const numbersOf = (value: Json): (number | undefined)[] => {
      const ofText = numberOf(value)
      const all = ofText === undefined && value !== null ? this.#allBy(lane, property, value) : []
      return all.length ? all.map((one) => one.n) : [ofText]
    }
    return this.server.log.some(
      ({ record, patch, by, isCopy }) =>
        record === lane &&
        Object.hasOwn(patch, property) &&
        (by === 'other' ||
          isCopy ||
          numbersOf(patch[property]!).some((one) => tabOf(one) !== tabOf(n)) ||
          this.#allBy(lane, property, patch[property]!).some(
            (one) => one.fate?.outcome === 'discarded' && one.order < order,
          )),
    )
  }

  /** Whether the server itself went back from one edit's value to another's: an older request came late. */
  #isBack(lane: string, property: string, n: number, before: number): boolean {
    const numbers = this.server.log
      .filter(({ record, patch }) => record === lane && Object.hasOwn(patch, property))
      .map(({ patch }) => numberOf(patch[property]!))
    return numbers.includes(before) && numbers.lastIndexOf(n) > numbers.indexOf(before)
  }

  #lastApplied(lane: string, property: string): Applied | undefined {
    return this.server.log.findLast(({ record, patch }) => record === lane && Object.hasOwn(patch, property))
  }

  #allBy(lane: string, property: string, value: Json): Kept[] {
    return [...this.kept.values()].filter((kept) => kept.lane === lane && kept.patch[property] === value)
  }

  /** The edit that a value came from; none when a retry makes that ambiguous. */
  #keptBy(lane: string, property: string, value: Json): Kept | undefined {
    if (value === null) return undefined
    const found = this.#allBy(lane, property, value)
    return found.length === 1 && !found[0]!.isRetry ? found[0] : undefined
  }

  /** Whether edit `a` came before edit `b`: by their places in the outbox, or by the hand that made both. */
  #isOlder(a: number, b: number): boolean {
    const [first, second] = [a, b].map((n) => [...this.kept.values()].find((kept) => kept.n === n && !kept.isRetry))
    if (first && second) return first.order < second.order
    const [one, other] = [a, b].map((n) => this.made.find((made) => made.n === n)?.tab)
    return a < b && one === other
  }

  /** Whether the edit was taken back: refused, discarded, or never saved. */
  protected isUndone(n: number): boolean {
    const kept = [...this.kept.values()].filter((one) => one.n === n)
    if (kept.some(({ fate }) => fate && fate.outcome !== 'accepted')) return true
    const made = this.made.find((one) => one.n === n)
    return !kept.length && (made?.state === 'failed' || made?.state === 'unknown')
  }

  /** A shown edit can only be taken back; for an edit that is being saved, that shows when its promise is settled. */
  protected vanished(n: number, what: string): void {
    if (this.made.find((one) => one.n === n)?.state === 'saved') this.violated(what)
    else this.#suspects.push({ n, what: `at ${Math.round(this.nowMs())} ms: ${what}` })
  }

  protected isPending(n: number): boolean {
    const kept = [...this.kept.values()].filter((one) => one.n === n)
    return kept.length ? kept.every(({ fate }) => !fate) : this.made.find((one) => one.n === n)?.state === 'making'
  }

  protected name(id: string): string {
    const kept = this.kept.get(id)
    return kept ? `${kept.n}${kept.isRetry ? ' (retry)' : ''} ${JSON.stringify(kept.patch)}` : id
  }
}

/** How many databases were lost before the one that the edit was in. */
function lifeOf({ order }: Kept): number {
  return Math.floor(order / ordersOfLife)
}

/** The number of the edit that a text comes from. */
export function numberOf(value: Json): number | undefined {
  const found = typeof value === 'string' ? /^(?:ann|bob|cid)-(\d+)/.exec(value) : null
  return found ? Number(found[1]) : undefined
}
