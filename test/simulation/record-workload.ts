// Notebooks and notes that people make, change and delete on a server with an ordinary HTTP API.
import type {
  Client,
  ClientOptions,
  Collection,
  Fault,
  Json,
  openClient,
  Properties,
  RecordHandle,
} from '../../src/index.js'
import { restEndpoints } from '../../src/rest/endpoint.js'
import { createDice, type Dice } from './dice.js'
import { type Flaws, type Made, numberOf } from './judge.js'
import { RecordJudge, type ShownRow } from './record-judge.js'
import { drawLists, isLossy, listOptionsOf } from './record-lists.js'
import { type CollectionName, type CollectionRules, idText, RecordServer } from './record-server.js'
import { drawVersions, versionOptionsOf } from './record-versions.js'
import { accounts } from './server.js'
import type { Surroundings, Tab, Workload } from './workload.js'
import { World, type Scenario } from './world.js'

export interface RecordScenario extends Scenario {
  /** The code under test; a planted bug takes its place by a changed copy. */
  open: typeof openClient
  rest?: typeof restEndpoints
}

/** A world in which people make, change and delete records. */
export function recordWorld(scenario: RecordScenario): World {
  return new World(scenario, (world) => createRecordWorkload(world, scenario))
}

const collections = ['notebooks', 'notes'] as const

/** The values that the server refuses, by the code of the refusal: property and value. */
const flaws: Flaws = new Map([
  ['invalid', /!invalid/],
  ['forbidden', /!forbidden/],
  ['odd', /!odd/],
  // Verdicts on no value.
  ['session', /(?!)/],
  ['stale', /(?!)/],
  ['unversioned', /(?!)/],
])

const root = 'https://api.sim/v1/'

type FaultAnswer = 'retry' | 'amend' | 'discard'

interface Row {
  readonly id: string
  readonly value: Properties
  readonly state: string | undefined
}

function createRecordWorkload(
  world: Surroundings,
  { open, rest = restEndpoints, deviceIds, lists: hasLists, versions: hasVersions }: RecordScenario,
): Workload<Client> {
  const { dice, note, seed } = world
  // Not by the dice: a world stays the one that it was.
  const ignoresFilter = [2, 4, 7, 10].includes(seed % 11)
  const rules = {
    notebooks: drawRules(dice, ignoresFilter, deviceIds),
    notes: drawRules(dice, ignoresFilter, deviceIds),
  }
  const server = new RecordServer(rules, world.nowMs)
  if ([6, 8, 9, 11, 12].includes(seed % 13)) server.loggedOutStatus = 403
  const conflicts = dice.chance(0.7) ? 'compare' : 'overwrite'
  const versionDice = createDice(seed * 4_211 + 5)
  for (const name of hasVersions ? collections : [])
    rules[name].versions = drawVersions(versionDice, conflicts === 'compare')
  const promiseOf = ({ ids, keyValidForMs, clientKey, isUnique }: CollectionRules) =>
    ids === 'device' || keyValidForMs !== undefined || (clientKey !== undefined && isUnique) ? 'one' : 'one-request'
  const judge = new RecordJudge({
    server,
    nowMs: world.nowMs,
    compares: conflicts === 'compare',
    flaws,
    promises: { notebooks: promiseOf(rules.notebooks), notes: promiseOf(rules.notes) },
    keyValidForMs: rules.notes.keyValidForMs ?? rules.notebooks.keyValidForMs,
  })
  const listDice = createDice(seed * 5_113 + 7)
  const lists = hasLists ? { notebooks: drawLists(listDice), notes: drawLists(listDice) } : undefined
  for (const name of lists ? collections : []) {
    if (isLossy(lists![name])) judge.dropping.add(name)
    if (listOptionsOf(lists![name]).list) server.inPages.add(name)
  }
  let options: ClientOptions
  let edits = 0

  const endpoints = rest({
    url: root,
    collections: {
      notebooks: { ...restRulesOf(rules.notebooks), ...(lists && listOptionsOf(lists.notebooks)) },
      notes: {
        ...restRulesOf(rules.notes),
        ...(lists && listOptionsOf(lists.notes)),
        refs: { notebookId: 'notebooks' },
      },
    },
  })

  /** The records that people have made or seen on this device. */
  const known: { lane: string; collection: CollectionName; id: string }[] = []
  const watched = new Map<Tab<Client>, Map<string, RecordHandle>>()

  /** The lists that a tab observes. */
  const listed = new Map<Tab<Client>, Map<CollectionName, Collection['all$']>>()

  const rowsOf = (tab: Tab<Client>, collection: CollectionName): Row[] =>
    listed
      .get(tab)
      ?.get(collection)
      ?.value?.filter(({ value }) => value) ??
    [...watched.get(tab)!].flatMap(([lane, { id, value$, state$ }]) => {
      const { value } = value$
      const isOf = lane.startsWith(`${tab.account}/${collection}/`)
      return isOf && value ? [{ id, value, state: state$.value?.state }] : []
    })

  const look = (tab: Tab<Client>, lane: string, collection: CollectionName, id: string): void => {
    const handle = tab.app.collection(collection).record(id)
    const own = watched.get(tab)!
    if (own.has(lane)) return
    own.set(lane, handle)
    const [account] = lane.split('/')
    handle.value$.subscribe((value) => {
      if (tab.platform.state === 'dead') return
      note(`${tab.platform.name} sees ${lane} ${JSON.stringify(value)}`)
      if (value === null && tab.account === account) judge.absent(tab.platform.name, lane, { collection, id })
      if (tab.account === account && !listed.get(tab)?.has(collection))
        judge.listed(tab.platform.name, account!, collection, rowsOf(tab, collection))
    })
  }

  const lookAtList = (tab: Tab<Client>, collection: CollectionName): void => {
    const { all$ } = tab.app.collection(collection)
    listed.get(tab)!.set(collection, all$)
    all$.subscribe((rows) => {
      if (tab.platform.state === 'dead' || !rows) return
      const { account } = tab.app.session$.value as { account?: string }
      note(
        `${tab.platform.name} lists ${account}/${collection} ${rows.map(({ id, state, value }) => `${id} ${state} ${JSON.stringify(value)}`).join('; ')}`,
      )
      if (account !== undefined && tab.account === account)
        judge.listed(tab.platform.name, account, collection, rows.filter(({ value }) => value) as ShownRow[])
    })
  }

  const know = (account: string, collection: CollectionName, id: string): string => {
    const lane = judge.laneOf({ account, collection, id })
    if (known.some((one) => one.lane === lane)) return lane
    known.push({ lane, collection, id })
    for (const tab of watched.keys()) if (tab.platform.state !== 'dead' && !tab.closing) look(tab, lane, collection, id)
    return lane
  }

  const begin = (tab: Tab<Client>, made: Omit<Made, 'n' | 'tab' | 'account' | 'state'>, values: Properties): Made => {
    const whole: Made = {
      n: edits,
      account: tab.account!,
      tab: tab.platform.name,
      atMs: world.nowMs(),
      state: 'making',
      ...made,
    }
    judge.made.push(whole)
    note(`${tab.platform.name} edit ${edits}: ${made.op} ${made.lane ?? made.collection} ${JSON.stringify(values)}`)
    return whole
  }

  const create = (tab: Tab<Client>): void => {
    const { app, account } = tab
    const collection = dice.weighted({ notebooks: 2, notes: 5 })
    const n = ++edits
    const books = rowsOf(tab, 'notebooks')
    const values: Properties = {
      mark: `c${n}`,
      owner: account!,
      ...drawValues(dice, account!, n),
      ...(collection === 'notes' && { notebookId: books.length && dice.chance(0.7) ? dice.pick(books).id : null }),
    }
    const id = app.collection(collection).newId()
    const lane = know(account!, collection, id)
    const made = begin(tab, { op: 'create', collection, lane, patch: values }, values)
    world.follow(tab, made, app.collection(collection).create(values, { id, meta: { n } }))
  }

  const update = (tab: Tab<Client>): void => {
    const { app, account } = tab
    const collection = dice.pick(collections)
    const rows = rowsOf(tab, collection)
    if (!rows.length) return create(tab)
    const { id } = dice.pick(rows)
    const n = ++edits
    const books = rowsOf(tab, 'notebooks')
    const values: Properties = {
      ...drawValues(dice, account!, n),
      ...(collection === 'notes' && books.length && dice.chance(0.2) && { notebookId: dice.pick(books).id }),
    }
    const made = begin(
      tab,
      { op: 'update', collection, lane: judge.laneOf({ account: account!, collection, id }), patch: values },
      values,
    )
    const saving = app.collection(collection).update(id, values, { meta: { n } })
    world.follow(tab, made, saving)
    const view = rowsOf(tab, collection).find((row) => row.id === id)?.value
    if (made.state !== 'making' || !view) return
    const hidden = Object.entries(values).filter(([property, value]) => (view[property] ?? null) !== value)
    const violated = (): void => {
      for (const [property] of hidden)
        judge.violated(`${tab.platform.name} does not show edit ${n} at once (${property})`)
    }
    saving.then(violated, (error: { name: string }) => error.name === 'InvalidEditError' || violated())
  }

  const remove = (tab: Tab<Client>, collection: CollectionName, id: string): void => {
    const n = ++edits
    const lane = judge.laneOf({ account: tab.account!, collection, id })
    const made = begin(tab, { op: 'delete', collection, lane, recordId: id, patch: {} }, {})
    world.follow(tab, made, tab.app.collection(collection).delete(id, { meta: { n } }))
  }

  const removeOne = (tab: Tab<Client>): void => {
    const collection = dice.pick(collections)
    const rows = rowsOf(tab, collection)
    if (!rows.length) return create(tab)
    const { id } = dice.pick(rows)
    // As a rule the notes of a notebook go first.
    if (collection === 'notebooks' && dice.chance(0.7))
      for (const { id: noteId, value } of rowsOf(tab, 'notes'))
        if (value.notebookId === id) remove(tab, 'notes', noteId)
    remove(tab, collection, id)
  }

  /** Somebody follows a link to a record of another device. */
  const visit = (tab: Tab<Client>): void => {
    const collection = dice.pick(collections)
    const there = server.ownedBy(tab.account!, collection).filter(({ mark }) => mark === undefined)
    if (!there.length) return create(tab)
    const id = idText(dice.pick(there).values.id!)
    note(`${tab.platform.name} visits ${collection}/${id}`)
    know(tab.account!, collection, id)
    world.attempt(tab, 'visit', tab.app.collection(collection).record(id).refresh())
  }

  const drawAnswer = (): FaultAnswer => dice.weighted({ retry: 4, amend: 3, discard: 5 })

  /** Rejects as the app's call does. */
  const answer = (tab: Tab<Client>, fault: Fault, kind: FaultAnswer): Promise<unknown> => {
    const { faults } = tab.app
    const { id, collection, recordId } = fault
    const numbers = [...(fault.editIds as string[])].flatMap((editId) => judge.numberOfEdit(editId) ?? [])
    note(`${tab.platform.name}: ${kind} of the fault ${fault.kind} of edits ${numbers.join()}`)
    const mine = Object.entries((fault.mine as Properties | null) ?? {})
    if (kind === 'discard') {
      if (numbers.some((n) => judge.creationOf(n)))
        judge.givenUp.add(judge.laneOf({ account: tab.account!, collection, id: recordId }))
      for (const n of numbers) judge.taken.add(n)
    } else {
      for (const n of numbers) {
        judge.retried.add(n)
        judge.resent.add(n)
      }
      for (const [, value] of mine) {
        const n = numberOf(value)
        if (n !== undefined) judge.retried.add(n)
      }
    }
    const mended = mine.flatMap(([name, value]) =>
      typeof value === 'string' && value.includes('!') ? [[name, value.replace(/!.*/, '')]] : [],
    )
    const call =
      kind === 'discard'
        ? faults.discard(id)
        : kind === 'retry'
          ? faults.retry(id)
          : faults.amend(id, Object.fromEntries(mended))
    world.attempt(tab, 'fault', call)
    return call
  }

  const answering = new Set<string>()
  const next = { amend: 'retry', retry: 'discard', discard: undefined } as const

  /** Answers each fault whose edits stay pending until a person has spoken. An app may refuse an answer: another one follows. */
  const answerWaiting = (tab: Tab<Client>): void => {
    const { app, platform } = tab
    for (const fault of app.faults.open$.value) {
      const name = `${platform.name} ${fault.id}`
      if ((fault.kind !== 'unknown' && fault.kind !== 'stalled') || answering.has(name)) continue
      answering.add(name)
      const speak = async (kind: FaultAnswer | undefined): Promise<void> => {
        const isOpen = platform.state !== 'dead' && app.faults.open$.value.some(({ id }) => id === fault.id)
        if (kind && isOpen) await answer(tab, fault, kind).catch(() => speak(next[kind]))
      }
      void speak(drawAnswer()).finally(() => answering.delete(name))
    }
  }

  const writeElsewhere = (by: Dice, account: string, collection: CollectionName): void => {
    const there = server.ownedBy(account, collection)
    const kind = there.length ? by.weighted({ create: 3, update: 4, delete: 2 }) : 'create'
    const text = `o-${account}-${++edits}`
    const { values } = kind === 'create' ? { values: undefined } : by.pick(there)
    if (kind === 'delete' && server.hasChildren(collection, values!.id!)) return
    const id = values && idText(values.id!)
    server.writeAs(account, collection, id, kind === 'delete' ? null : { owner: account, [by.pick(texts)]: text })
    note(`another client makes a ${kind} of ${collection}/${id} of ${account}`)
  }
  const changeElsewhere = (by: Dice, collection: CollectionName, { id, owner }: Properties): void => {
    const text = `o-${owner as string}-${++edits}`
    server.writeAs(owner as string, collection, idText(id!), { [by.pick(texts)]: text })
    note(`another client changes ${collection}/${idText(id!)}`)
  }
  // Between a read and the write that goes by it.
  server.onRead = (collection, values) => {
    if (hasVersions && !world.isQuiet() && versionDice.chance(0.3)) changeElsewhere(versionDice, collection, values)
  }
  // Before the answer has come: a page may overtake it.
  server.onUpdated = (collection, values) => {
    if (!lists || world.isQuiet() || listDice.chance(0.7)) return
    changeElsewhere(listDice, collection, values)
    const tab = [...listed.keys()].find(({ platform, closing }) => platform.state === 'running' && !closing)
    if (tab && tab.account === values.owner) world.attempt(tab, 'pull', tab.app.collection(collection).refresh())
  }
  /** At last each tab looks so often, and others write during the first look. */
  const looks = { times: 3, pauseMs: 8_000 }
  let looked = 0
  // Behind the place of the pull, or before it.
  server.onMorePages = (account, collection) => {
    const isOver = world.isQuiet() && looked % looks.times !== 1
    if (!isOver && listDice.chance(0.4)) writeElsewhere(listDice, account, collection)
  }

  /** The order of a record's properties says nothing. */
  const textOf = (rows: readonly { id: string; state: string; value: unknown }[]): string =>
    JSON.stringify(
      rows.map(({ id, state, value }) => [id, state, Object.entries(value ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))]),
    )

  /** Each record that the server has is in each list, and lists of two tabs are the same. */
  const compareLists = (tab: Tab<Client>): void => {
    const account = tab.account!
    for (const collection of collections) {
      const rows = listed.get(tab)!.get(collection)?.value
      if (!rows) {
        if (listed.get(tab)!.has(collection)) judge.violated(`${tab.platform.name} never had a list of ${collection}`)
        continue
      }
      const lanes = new Set(rows.map(({ id }) => judge.laneOf({ account, collection, id })))
      for (const { lane } of isLossy(lists![collection]) ? [] : server.ownedBy(account, collection))
        if (!lanes.has(lane)) judge.violated(`${tab.platform.name} does not list ${lane}, which the server has`)
      const shown = textOf(rows)
      for (const [other, lists] of listed) {
        const theirs =
          other.account === account &&
          !other.closing &&
          other.platform.state === 'running' &&
          lists.get(collection)?.value
        if (theirs && textOf(theirs) !== shown)
          judge.violated(`${tab.platform.name} lists ${shown}, and ${other.platform.name} ${textOf(theirs)}`)
      }
    }
  }

  return {
    server,
    judge,
    root,
    ...(lists && { looks }),
    title: `conflicts ${conflicts}, ${collections.map((name) => `${name} ${JSON.stringify({ ...rules[name], ...lists?.[name] })}`).join(', ')}`,
    // The search for a creation deletes its doubles: that is part of a read.
    isWrite: (method, path) => method !== 'GET' && !server.isDouble(path),
    drawOptions() {
      options = { database: 'sim', conflicts, ...(dice.chance(0.3) && { freshForMs: dice.pick([0, 5_000]) }) }
    },
    open: ({ platform }) => open({ ...options, endpoints, platform }),
    onSession: (app, listener) => void app.session$.subscribe((session) => listener(session as never)),
    session: (app) => app.session$.value as never,
    watch(tab) {
      const { app, platform } = tab
      watched.set(tab, new Map())
      listed.set(tab, new Map())
      for (const collection of lists ? collections : []) if (listDice.chance(0.8)) lookAtList(tab, collection)
      for (const { lane, collection, id } of known) look(tab, lane, collection, id)
      app.faults.open$.subscribe(() => {
        if (platform.state !== 'dead' && world.isQuiet()) answerWaiting(tab)
      })
    },
    login: (app, account, stayLoggedIn) =>
      app.session.use(account, { token: server.openSession(account), stayLoggedIn }),
    logout: (app, pending) => app.session.leave(pending && { pending }),
    // Also of a record that nobody has: its answer proves the network.
    refresh(tab) {
      if (world.isQuiet()) looked++
      return Promise.all([
        tab.app.collection('notes').record('none').refresh(),
        ...(lists ? collections.map((collection) => tab.app.collection(collection).refresh()) : []),
        ...collections.flatMap((collection) =>
          // A list says nothing of some properties, and nothing of what a device does not keep.
          lists && !lists[collection].isPartial && listed.get(tab)!.has(collection)
            ? []
            : rowsOf(tab, collection).map(({ id }) => tab.app.collection(collection).record(id).refresh()),
        ),
      ])
    },
    edit(tab) {
      if (tab.account === undefined) return
      const kind = dice.weighted({ create: 6, update: 7, remove: 3, visit: 2, back: 1 })
      if (kind === 'create') create(tab)
      else if (kind === 'update') update(tab)
      else if (kind === 'remove') removeOne(tab)
      else if (kind === 'visit') visit(tab)
      else {
        const last = judge.made.findLast(({ id, tab: by }) => id !== undefined && by === tab.platform.name)
        if (!last) return
        note(`${tab.platform.name} takes edit ${last.n} back`)
        judge.taken.add(last.n)
        if (last.op === 'create' && last.lane) judge.givenUp.add(last.lane)
        world.attempt(tab, 'take back', tab.app.discardEdit(last.id!))
      }
    },
    writeElsewhere: () => writeElsewhere(dice, dice.pick(accounts), dice.pick(collections)),
    answerFault(tab) {
      const [fault] = tab.app.faults.open$.value
      if (fault) answer(tab, fault, drawAnswer()).catch(() => {})
    },
    answerWaiting,
    shows: (tab) =>
      JSON.stringify(collections.map((collection) => rowsOf(tab, collection).sort((a, b) => (a.id < b.id ? -1 : 1)))),
    compare(tab) {
      const { platform, account } = tab
      if (lists) compareLists(tab)
      for (const collection of collections)
        for (const { id, value, state } of rowsOf(tab, collection)) {
          const lane = judge.laneOf({ account: account!, collection, id })
          const stored = server.ofLane(lane)?.values
          // Not on the server, and shown until a person resolves its fault.
          if (state === 'refused' && (!stored || judge.isUnsure(lane))) continue
          // It stays until the person has seen what was refused, also where they have written that again since (R23).
          const isOfFault = (fault: Fault): boolean => fault.collection === collection && fault.recordId === id
          if (!stored && tab.app.faults.open$.value.some(isOfFault)) continue
          if (!stored) judge.violated(`${platform.name} shows ${lane}, which the server does not have`)
          // No list of changes tells of those that it leaves out.
          // A whole list drops them, but for those whose fault is open.
          const isKept = lists?.[collection].kind === 'cursor' || state === 'refused'
          if (lists?.[collection].omits && isKept && server.isOmitted(lane)) continue
          for (const [property, is] of Object.entries(stored ?? {})) {
            // The list has brought a record back without it that the device had dropped.
            if (property === 'p1' && lists?.[collection].isPartial && lists[collection].maxRecords) continue
            const expected =
              property === 'id' ? id : property === 'notebookId' ? judge.shownId(account!, 'notebooks', is) : is
            if ((value[property] ?? null) !== (expected ?? null))
              judge.violated(
                `${platform.name} shows ${property} ${JSON.stringify(value[property])} of ${lane}, the server has ${JSON.stringify(is)}`,
              )
          }
        }
    },
  }
}

const texts = ['p0', 'p1', 'p2'] as const

function drawValues(dice: Dice, account: string, n: number): { [property: string]: Json } {
  const values: { [property: string]: Json } = {}
  for (let left = dice.weighted({ 1: 6, 2: 3 }) === '1' ? 1 : 2; left; left--) {
    const flaw = dice.weighted({ '': 30, '!invalid': 1, '!forbidden': 0.5, '!odd': 0.5 })
    values[dice.pick(texts)] = dice.chance(0.04) ? null : `${account}-${n}${flaw}`
  }
  return values
}

function drawRules(dice: Dice, ignoresFilter: boolean, onlyDevice = false): CollectionRules {
  const ofServer = onlyDevice ? 0 : 2
  const mode = dice.weighted({ safe: 4, put: 2, 'by-key': ofServer, 'by-find': ofServer, never: ofServer })
  const isOfDevice = mode === 'safe' || mode === 'put'
  return {
    ids: isOfDevice ? 'device' : 'server',
    isPut: mode === 'put',
    isNumbered: !isOfDevice && dice.chance(0.5),
    isUnique: dice.chance(0.5) && !(mode === 'by-find' && ignoresFilter),
    ignoresFilter,
    ...(mode === 'by-key' && { keyValidForMs: dice.chance(0.8) ? 86_400_000 : 60_000 }),
    ...(mode === 'by-find' && { clientKey: 'key' }),
  }
}

function restRulesOf({ ids, isPut, keyValidForMs, clientKey, versions }: CollectionRules) {
  return {
    ...versionOptionsOf(versions),
    ids,
    ...(isPut && { create: 'PUT' as const }),
    ...(keyValidForMs !== undefined && { idempotencyKey: true, keyValidForMs }),
    ...(clientKey !== undefined && { clientKey }),
  }
}
