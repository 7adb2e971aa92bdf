/* Trouble with storage, as only storage in memory can have it on demand. */
import { IDBKeyRange } from 'fake-indexeddb'
import { describe, expect, it, onTestFinished } from 'vitest'
import { NotLoggedInError, type StorageError } from '../../src/model/errors.js'
import { countsOf, type Database, type DatabaseOptions, type Tables } from '../../src/store/database.js'
import { readPending, saveEdits } from '../../src/store/edits.js'
import { pruneFates, readFate } from '../../src/store/fates.js'
import { exactly } from '../../src/store/key-range.js'
import { addFates } from '../../src/store/marks.js'
import { blankFault, fateOf } from '../../src/store/rows.js'
import { rotateLog } from '../../src/store/rotate-log.js'
import { storageErrorOf } from '../../src/store/storage-error.js'
import { beginSession, readSession, takeTurn } from '../../src/store/sessions.js'
import { makeEdit } from '../model/make-edit.js'
import { turns } from '../support/fake-clock.js'
import { fakePlatform } from '../support/fake-platform.js'
import { fakeCaches } from '../simulation/storage/caches.js'
import { watchStorage } from '../support/watched-storage.js'
import { openDatabase, plainOptions } from '../support/open-database.js'
import { resultOf } from '../support/raw-storage.js'

const me = { account: 'me', sessionId: 's1', hasToken: false, stayLoggedIn: true, guest: false }

function optionsFor(platform = fakePlatform()): DatabaseOptions & { platform: ReturnType<typeof fakePlatform> } {
  return { ...plainOptions, name: 'trouble', platform }
}

async function open(options: DatabaseOptions): Promise<Database> {
  const db = await openDatabase(options)
  onTestFinished(() => db.close())
  return db
}

const countOf = async ({ edits }: Tables): Promise<number> => (await edits.getAllKeys()).length

const save = (db: Database, label = 'l1'): Promise<unknown> =>
  saveEdits(db, {
    account: 'me',
    label,
    edits: [{ key: { collection: 'users', id: 'u1' }, edit: makeEdit(`${label}-0`, { a: 1 }) }],
    nowMs: 0,
  })

it('a database tells what was read before the transaction has ended, and can be written to and closed then', async () => {
  const options = optionsFor()
  const storage = watchStorage(options.platform.databases, new AbortController().signal)
  const db = await open({ ...options, platform: { ...options.platform, databases: storage.databases } })
  await beginSession(db, me)
  const before = await db.read(async (tables, { version }) => [version, await countOf(tables)])
  expect(storage.underWay).toBe(1)
  await save(db)
  expect(await db.read(async (tables, { version }) => [version, await countOf(tables)])).toEqual([
    before[0]! + 1,
    before[1]! + 1,
  ])
  db.close()
  await expect(db.read(async () => {})).rejects.toMatchObject({ name: 'ClosedError' })
  expect(options.platform.clock.sleeping).toBe(0)
})

it('a write that is closed over before it begins is told so, whenever that is', async () => {
  const ends = new Set<string>()
  for (let moment = 0; moment < 12; moment++) {
    const db = await open(optionsFor())
    let hasBegun = false
    const written = db
      .write(async () => void (hasBegun = true), 'edit')
      .then(
        () => 'written',
        ({ name, outcome }: StorageError) => `${name} ${outcome ?? ''}`,
      )
    for (let turn = 0; turn < moment; turn++) await Promise.resolve()
    db.close()
    const end = await written
    ends.add(`${hasBegun ? 'begun' : 'not begun'}: ${end}`)
  }
  expect([...ends].filter((end) => end.startsWith('not begun'))).toEqual(['not begun: ClosedError '])
  // And what had begun is not called off while it may be on disk.
  for (const end of ends) expect(end).toMatch(/^not begun|written$|StorageError unknown$/)
})

describe('errors of storage', () => {
  const wrapped = (name: string): Error => Object.assign(new Error('outer'), { inner: new DOMException('inner', name) })

  it.each([
    ['QuotaExceededError', 'full', undefined],
    ['VersionError', 'newer-version', undefined],
    ['SecurityError', 'unavailable', undefined],
    ['MissingAPIError', 'unavailable', undefined],
    ['InvalidStateError', 'lost', 'unknown'],
    ['UnknownError', 'lost', 'unknown'],
    ['ConstraintError', 'failed', undefined],
  ])('%s is said as %s', (name, reason, outcome) => {
    for (const error of [
      new DOMException('', name),
      wrapped(name),
      Object.assign(wrapped(name), { name: 'AbortError' }),
    ]) {
      expect(storageErrorOf(error)).toMatchObject({ name: 'StorageError', reason, cause: error })
      expect((storageErrorOf(error) as { outcome?: string }).outcome).toBe(outcome)
    }
  })

  it('is passed on when it is ours, and survives what is no error at all', () => {
    const ours = new NotLoggedInError()
    expect(storageErrorOf(ours)).toBe(ours)
    for (const thrown of [undefined, null, 'text', 5, {}])
      expect(storageErrorOf(thrown)).toMatchObject({ reason: 'failed' })
  })
})

describe('a database in trouble', () => {
  it('is said to be unavailable where there is none', async () => {
    const platform = { ...fakePlatform(), databases: { factory: undefined } }
    await expect(openDatabase({ ...optionsFor(), platform })).rejects.toMatchObject({ reason: 'unavailable' })
  })

  /** The database as another tab has it open, which does not hear of upgrades. */
  const elsewhere = (options: ReturnType<typeof optionsFor>, version?: number): Promise<IDBDatabase> =>
    resultOf(options.platform.device.indexedDB.open('trouble', version))

  it('that another tab blocks is opened when that tab lets go, and said to be blocked from ten seconds on (R15)', async () => {
    const options = optionsFor()
    const states: string[] = []
    const old = await elsewhere(options, 1)
    const opening = open({ ...options, onState: (state) => states.push(state) })
    await options.platform.clock.advance(9_999)
    expect(states).toEqual([])
    await options.platform.clock.advance(1)
    expect(states).toEqual(['blocked'])
    expect(options.platform.clock.sleeping).toBe(0)
    old.close()
    await opening
    expect(states).toEqual(['blocked', 'ok'])
  })

  it('that does not answer in ten seconds is said to be blocked, and nothing waits on', async () => {
    const options = optionsFor()
    const db = await open(options)
    const other = await elsewhere(options)
    const busy = other.transaction('meta', 'readwrite').objectStore('meta')
    let goesOn = true
    const hog = (): void => {
      if (goesOn) busy.get('state').addEventListener('success', hog)
    }
    hog()
    const refused = [
      db.read((tables) => tables.meta.get('state')),
      db.write((tables) => tables.meta.put([{ key: 'note' }]), 'edit'),
    ].map(async (work) => {
      const error: unknown = await work.catch((reason: unknown) => reason)
      expect(error).toMatchObject({ name: 'StorageError', reason: 'blocked' })
      // Given up, and known to be.
      expect((error as StorageError).outcome).toBeUndefined()
    })
    await options.platform.clock.advance(10_000)
    await Promise.all(refused)
    goesOn = false
    other.close()
    expect(await db.read((tables) => tables.meta.get('state'))).toMatchObject({ version: 1 })
    expect(await db.read((tables) => tables.meta.get('note'))).toBeUndefined()
    expect(options.platform.clock.sleeping).toBe(0)
  })

  it('keeps no timer once it has answered', async () => {
    const options = optionsFor()
    const db = await open(options)
    await beginSession(db, me)
    await save(db)
    expect(options.platform.clock.sleeping).toBe(0)
  })

  describe.each([
    ['pagehide', 'pageshow'],
    ['freeze', 'resume'],
  ] as const)('of a page that is told to %s', (leaves, returns) => {
    it('keeps no other context waiting, and makes a write again when the page is back', async () => {
      const options = optionsFor()
      const { visibility } = options.platform
      const db = await open(options)
      await beginSession(db, me)
      const committed: number[] = []
      db.onCommit(({ to }) => committed.push(to))
      let runs = 0
      const written = db.write(async (tables) => {
        runs++
        await tables.meta.put([{ key: 'note', runs }])
        if (runs === 1) {
          visibility.happen(leaves)
          // Work that a frozen page has begun would go on for as long as it is frozen.
          for (let times = 0; times < 50; times++) await tables.meta.get('note')
        }
      }, 'edit')
      const read = db.read((tables) => tables.meta.get('note'))

      const other = await elsewhere(options)
      const store = other.transaction('meta', 'readwrite').objectStore('meta')
      const found: unknown = await resultOf(store.get('note'))
      other.close()
      expect(found).toBeUndefined()
      expect([runs, committed]).toEqual([1, []])

      visibility.happen(returns)
      await written
      expect(await read).toMatchObject({ key: 'note', runs: 2 })
      expect(committed).toHaveLength(1)
      expect(options.platform.clock.sleeping).toBe(0)
    })

    it('goes on all the same when the page still runs after a second', async () => {
      const options = optionsFor()
      const db = await open(options)
      options.platform.visibility.happen(leaves)
      let done = false
      const saving = beginSession(db, me).then(() => (done = true))
      await options.platform.clock.advance(999)
      expect(done).toBe(false)
      await options.platform.clock.advance(1)
      await saving
      expect(options.platform.clock.sleeping).toBe(0)
    })

    it('can be closed meanwhile, and leaves no listener and no timer behind', async () => {
      const options = optionsFor()
      const db = await open(options)
      options.platform.visibility.happen(leaves)
      const saving = expect(beginSession(db, me)).rejects.toMatchObject({ name: 'ClosedError' })
      db.close()
      await saving
      expect(options.platform.clock.sleeping).toBe(0)
      expect(options.platform.visibility.listeners).toBe(0)
    })
  })

  /** A context that cannot open its database again, which is deleted, before another one has made a new one in its place. */
  async function deletedUnderIt() {
    const options = optionsFor()
    const { device, clock } = options.platform
    let isBroken = false
    const indexedDB = new Proxy(device.indexedDB, {
      get(target, name) {
        if (name === 'open' && isBroken) throw new DOMException('', 'UnknownError')
        return (Reflect.get(target, name, target) as () => void).bind(target)
      },
    })
    const states: string[] = []
    const db = await open({
      ...options,
      platform: { ...options.platform, databases: { factory: { indexedDB, IDBKeyRange } } },
      onLost: () => states.push('lost'),
    })
    await beginSession(db, me)
    for (let times = 0; times < 5; times++) await save(db, `l${times}`)
    return {
      db,
      states,
      async replace() {
        isBroken = true
        device.indexedDB.deleteDatabase('trouble')
        await clock.advance(0)
        return open({ ...options, platform: fakePlatform({ device }) })
      },
      async recover() {
        isBroken = false
        await clock.advance(100)
      },
    }
  }

  it('that another context has made anew goes on from the version that was shown of the one before', async () => {
    const { db, states, replace, recover } = await deletedUnderIt()
    const versions: number[] = []
    db.onCommit(({ to }) => versions.push(to))
    const other = await replace()
    await beginSession(other, { ...me, account: 'you', sessionId: 's2' })
    await recover()
    expect(states).toEqual(['lost'])
    expect(versions).toEqual([8])
    expect(await other.read((tables) => tables.meta.get('state'))).toMatchObject({ version: 8 })
  })

  it.each([
    ['decides where no other call was made since', false],
    ['is overtaken by each call that was made since', true],
  ])('a login that began in the database that was lost %s (R14)', async (_what, isOvertaken) => {
    const { db, replace, recover } = await deletedUnderIt()
    const turn = await takeTurn(db)
    const other = await replace()
    const you = { ...me, account: 'you', sessionId: 's2' }
    if (isOvertaken) await beginSession(other, you, undefined, await takeTurn(other))
    await recover()
    const login = beginSession(db, { ...me, sessionId: 's3' }, undefined, turn)
    if (isOvertaken) await expect(login).rejects.toMatchObject({ name: 'SupersededError' })
    else await login
    expect(await readSession(db)).toMatchObject({ account: isOvertaken ? 'you' : me.account })
  })

  it.each([
    ['that was written since it opened', false],
    ['that lay there when it opened', true],
  ])('goes on from what was read of the one before as well, %s', async (_what, wasThere) => {
    const options = optionsFor()
    const { device } = options.platform
    const lost: string[] = []
    const openReader = (): Promise<Database> => open({ ...options, onLost: () => lost.push('reader') })
    const early = wasThere ? undefined : await openReader()
    const writer = await open({
      ...options,
      platform: fakePlatform({ device }),
      onLost: () => lost.push('writer'),
    })
    await beginSession(writer, me)
    for (let times = 0; times < 5; times++) await save(writer, `l${times}`)
    const reader = early ?? (await openReader())
    const shown = await reader.read((_, { version }) => Promise.resolve(version))
    writer.close()
    device.indexedDB.deleteDatabase('trouble')
    await turns()
    expect(lost).toEqual(['reader'])
    expect(await reader.read((_, { version }) => Promise.resolve(version))).toBeGreaterThan(shown)
  })

  it('is said to be lost by the first context that has somebody to tell', async () => {
    const options = optionsFor(fakePlatform({ caches: fakeCaches() }))
    const { device } = options.platform
    const { onLost: _, ...mute } = options
    const lost: string[] = []
    const page = async (name: string): Promise<void> =>
      (await open({ ...options, onLost: () => lost.push(name) })).close()
    await page('first')
    device.indexedDB.deleteDatabase('trouble')
    const worker = await open(mute)
    worker.close()
    expect(lost).toEqual([])
    await page('second')
    await page('third')
    expect(lost).toEqual(['second'])
  })

  it('has its log replaced to the end while another context clears up after a log of its own', async () => {
    const factory = fakePlatform().databases.factory!
    const replaced = rotateLog('trouble', factory, (size) => new Uint8Array(size))
    await turns()
    const cleared = new Promise((resolve) => {
      factory.indexedDB.deleteDatabase('trouble-scratch').addEventListener('success', resolve)
    })
    await replaced
    await cleared
    expect(await factory.indexedDB.databases()).toEqual([])
  })

  it('that fails while its log is replaced says so by an error of ours', async () => {
    const options = optionsFor()
    const { indexedDB } = options.platform.databases.factory!
    const refusing = new Proxy(indexedDB, {
      get(target, name) {
        if (name !== 'open') return (Reflect.get(target, name) as () => void).bind(target)
        return (...parameters: Parameters<IDBFactory['open']>) => {
          if (parameters[0].endsWith('scratch')) throw new DOMException('', 'QuotaExceededError')
          return target.open(...parameters)
        }
      },
    })
    const states: string[] = []
    const db = await open({
      ...options,
      platform: { ...options.platform, databases: { factory: { indexedDB: refusing, IDBKeyRange }, tearsLog: true } },
      onState: (state) => states.push(state),
    })
    options.platform.device.indexedDB.deleteDatabase('trouble')
    await turns()
    await expect(db.read(async () => {})).rejects.toMatchObject({ name: 'StorageError', reason: 'full' })
    expect(states.at(-1)).toBe('full')
  })

  it('that is full when a transaction commits has saved nothing of it, and goes on when there is room', async () => {
    const options = optionsFor()
    const storage = watchStorage(options.platform.databases, new AbortController().signal)
    const db = await open({ ...options, platform: { ...options.platform, databases: storage.databases } })
    await beginSession(db, me)
    const told: unknown[] = []
    db.onCommit((commit) => told.push(commit))
    storage.refuses = (table) => (table === 'edits' ? 'QuotaExceededError' : undefined)
    await expect(save(db)).rejects.toMatchObject({ name: 'StorageError', reason: 'full' })
    expect(await db.read((tables) => countOf(tables))).toBe(0)
    expect(told).toEqual([])

    storage.refuses = undefined
    await save(db)
    expect(await db.read((tables) => countOf(tables))).toBe(1)
  })

  it('that a full disk closed, in an engine that this can cost all data, is opened once there is room, and gets a new log first', async () => {
    const options = optionsFor()
    const storage = watchStorage(options.platform.databases, new AbortController().signal)
    const { indexedDB } = storage.databases.factory!
    const opened: string[] = []
    const states: string[] = []
    let hasRoom = true
    const watched = Object.assign(Object.create(indexedDB) as IDBFactory, {
      open(name: string, version?: number) {
        opened.push(name)
        return indexedDB.open(name, version)
      },
      cmp: indexedDB.cmp.bind(indexedDB),
      deleteDatabase: (name: string) => indexedDB.deleteDatabase(name),
    })
    const databases = {
      factory: { indexedDB: watched, IDBKeyRange },
      tearsLog: true,
      hasRoom: () => Promise.resolve(hasRoom),
    }
    const db = await open({
      ...options,
      platform: { ...options.platform, databases },
      onState: (state) => states.push(state),
    })
    await beginSession(db, me)
    opened.length = 0

    hasRoom = false
    storage.breaksAfterWrite = true
    await expect(save(db)).rejects.toMatchObject({ reason: 'lost', outcome: 'unknown' })
    await expect(save(db, 'l2')).rejects.toMatchObject({ reason: 'full' })
    await expect(db.read((tables) => countOf(tables))).rejects.toMatchObject({ reason: 'full' })
    expect(opened).toEqual([])
    expect(new Set(states)).toEqual(new Set(['healing', 'full']))

    hasRoom = true
    await save(db, 'l3')
    expect(opened).toEqual(['trouble', 'trouble-scratch'])
    expect(states.at(-1)).toBe('ok')
    // The edit that was reported as lost was on disk.
    expect(await db.read((tables) => countOf(tables))).toBe(2)
    expect((await indexedDB.databases()).map(({ name }) => name)).toEqual(['trouble'])
  })
})

describe('fates', () => {
  it('are kept to the newest 10,000, and those of open faults (R10)', async () => {
    const options = optionsFor()
    const db = await open(options)
    const add = (first: number, count: number) =>
      db.write(async (tables, state) => {
        const fates = Array.from({ length: count }, (_, index) =>
          fateOf({ account: 'me', editIds: [`l-${first + index}`], outcome: 'accepted', atMs: 5 }),
        )
        await Promise.all(addFates(tables, state, fates))
      }, 'edit')
    const left = () => db.read((tables) => tables.fates.getAll())
    await db.write(async (tables, state) => {
      countsOf(state, 'me').faults = 1
      await tables.faults.put([{ ...blankFault, id: 'f1', account: 'me', v: 1, editIds: ['l-2'] }])
    }, 'edit')
    await add(0, 9_999)
    await add(9_999, 1)
    expect(await left()).toHaveLength(10_000)
    await add(10_000, 5)
    expect(await left()).toHaveLength(10_000)
    expect((await left())[0]!.editIds).toEqual(['l-5'])
    expect(await readFate(db, 'me', 'l-1')).toBeUndefined()
    expect(await readFate(db, 'me', 'l-2')).toMatchObject({ outcome: 'rejected', faultId: 'f1' })
    expect(await readFate(db, 'me', 'l-5')).toMatchObject({ outcome: 'accepted' })
    await pruneFates(db, 5)
    expect(await left()).toHaveLength(10_000)

    // As the version before left more of them between two starts: 6 to 10,005, and one more.
    await db.write(async (tables, state) => {
      delete state.lastFate
      const [newest] = await tables.fates.getAll({ range: exactly(10_005) })
      await tables.fates.put([{ ...newest!, n: 10_019 }])
    }, 'edit')
    db.close()
    const again = await open(options)
    const numbers = await again.read((tables) => tables.fates.getAllKeys())
    expect([numbers[0], numbers.at(-2), numbers.at(-1)]).toEqual([20, 10_005, 10_019])
    await again.write(async (tables, state) => {
      await Promise.all(
        addFates(tables, state, [fateOf({ account: 'me', editIds: ['m-0'], outcome: 'accepted', atMs: 5 })]),
      )
    }, 'edit')
    expect((await again.read((tables) => tables.fates.getAllKeys())).at(-1)).toBe(10_020)
  })
})

it('asks for the state first while other contexts write, too: to be overtaken costs a transaction', async () => {
  const options = optionsFor()
  const storage = watchStorage(options.platform.databases, new AbortController().signal)
  const mine = await open({ ...options, platform: { ...options.platform, databases: storage.databases } })
  const other = await open({ ...options, platform: fakePlatform({ device: options.platform.device }) })
  await beginSession(mine, me)
  let count = 0
  const save = (db: Database): Promise<unknown> => {
    const edit = makeEdit(`l${count++}-0`, { n: count })
    const edits = [{ key: { collection: 'notes', id: 'a' }, edit }]
    return saveEdits(db, { account: 'me', label: `l${count}`, edits, nowMs: 0 })
  }
  const costs: number[] = []
  const inTurn = async (): Promise<void> => {
    await save(other)
    const before = storage.begun.length
    await save(mine)
    costs.push(storage.begun.length - before)
  }
  for (let n = 0; n < 3; n++) await inTurn()
  // Alone again for a while, it takes its own word once more.
  await options.platform.clock.advance(1_000)
  await inTurn()
  await inTurn()
  expect(costs).toEqual([2, 1, 1, 2, 1])
  const [row] = await readPending(mine, 'me')
  expect(row!.edits.map(({ patch }) => patch['n'])).toEqual(Array.from({ length: count }, (_, at) => at + 1))
})
