// IndexedDB as one document or worker has it.
import type { Platform } from '../../../src/platform/platform.js'
import type { Context } from '../event-loop.js'
import { Connection } from './connection.js'
import type { Disk, StoredDatabase, Turn } from './disk.js'
import { dispatch } from './events.js'
import { compareKeys, KeyRange, toKey } from './keys.js'
import { Request } from './request.js'
import { Transaction } from './transaction.js'

type Factory = NonNullable<Platform['databases']['factory']>

/** The databases of a tab; `heal` gives those of a fresh frame in it. */
export function databasesFor(disk: Disk, context: Context): Platform['databases'] {
  return {
    factory: createFactory(disk, context),
    heal: () => createFactory(disk, context),
    tearsLog: disk.engine === 'chromium',
  }
}

function createFactory(disk: Disk, context: Context): Factory {
  const scope = {}
  const indexedDB = {
    open: (name: string, version?: number) => open(disk, { context, scope, name, version }),
    deleteDatabase: (name: string) => remove(disk, context, name),
    databases: () =>
      Promise.resolve(
        disk.lost.has(scope)
          ? []
          : [...disk.databases.values()]
              .filter(({ current }) => current.version)
              .map(({ name, current }) => ({ name, version: current.version })),
      ),
    cmp: (a: unknown, b: unknown) => Math.sign(compareKeys(toKey(a), toKey(b))),
  }
  return { indexedDB, IDBKeyRange: KeyRange } as unknown as Factory
}

interface Opening {
  context: Context
  scope: object
  name: string
  version: number | undefined
}

function open(disk: Disk, { context, scope, name, version }: Opening): Request {
  const request = new Request(null, null)
  const fail = (error: DOMException): void => {
    disk.loop.schedule(disk.latencyMs(), context, () => {
      request.readyState = 'done'
      request.error = error
      dispatch('error', [request])
    })
  }
  disk.loop.schedule(disk.dice.between(0.2, 3), context, () => {
    if (disk.deaf) return
    if (disk.lost.has(scope))
      return fail(new DOMException('Connection to Indexed Database server lost', 'UnknownError'))
    disk.opened()
    const stored = disk.database(name)
    inTurn(stored, context, (turn, done) => {
      const wanted = version ?? (stored.current.version || 1)
      if (wanted < stored.current.version) {
        done()
        return fail(new DOMException('The existing version is higher', 'VersionError'))
      }
      const connect = (): Connection => new Connection({ disk, context, scope, stored })
      if (wanted === stored.current.version) {
        const connection = connect()
        done()
        succeed(disk, context, request, connection)
        return
      }
      whenAlone({ disk, turn, stored, request, newVersion: wanted }, () => {
        upgrade({ disk, context, request, connection: connect(), version: wanted }, done)
      })
    })
  })
  return request
}

/** Deletes a database, as any page of the origin can: once all who have it open have let go. */
export function remove(disk: Disk, context: Context, name: string): Request {
  const request = new Request(null, null)
  disk.loop.schedule(disk.latencyMs(), context, () => {
    const stored = disk.database(name)
    inTurn(stored, context, (turn, done) => {
      whenAlone({ disk, turn, stored, request, newVersion: null }, () => {
        disk.remove(stored)
        done()
        succeed(disk, context, request, undefined)
      })
    })
  })
  return request
}

/** Opens and deletions of one database run one after the other. */
function inTurn(stored: StoredDatabase, context: Context, run: (turn: Turn, done: () => void) => void): void {
  const turn: Turn = { context, begin: () => run(turn, done) }
  const done = (): void => {
    const at = stored.opening.indexOf(turn)
    if (at < 0) return
    stored.opening.splice(at, 1)
    if (at === 0) stored.opening[0]?.begin()
  }
  if (stored.opening.push(turn) === 1) turn.begin()
}

interface Alone {
  disk: Disk
  turn: Turn
  stored: StoredDatabase
  request: Request
  newVersion: number | null
}

/** Asks the other connections to close, and waits until they have. */
function whenAlone({ disk, turn, stored, request, newVersion }: Alone, run: () => void): void {
  const { context } = turn
  const versions = { oldVersion: stored.current.version, newVersion }
  for (const connection of stored.connections) {
    const ask = (): void => {
      if (connection.closing) return
      // Its context hears first that it has it.
      if (connection.isTold) dispatch('versionchange', [connection], versions)
      else disk.loop.schedule(1, connection.context, ask)
    }
    disk.loop.schedule(disk.latencyMs(), connection.context, ask)
  }
  turn.look = () => {
    if (stored.connections.size) return
    delete turn.look
    run()
  }
  disk.loop.schedule(5, context, () => {
    if (turn.look && stored.connections.size) dispatch('blocked', [request], versions)
  })
  turn.look()
}

interface Upgrade {
  disk: Disk
  context: Context
  request: Request
  connection: Connection
  version: number
}

function upgrade({ disk, context, request, connection, version }: Upgrade, done: () => void): void {
  disk.loop.schedule(disk.latencyMs(), context, () => {
    const oldVersion = connection.stored.current.version
    const transaction = new Transaction({ connection, mode: 'versionchange', names: [], durability: 'strict' })
    transaction.version = { ...transaction.version, version }
    connection.upgrading = transaction
    request.transaction = transaction
    request.result = connection
    request.readyState = 'done'
    transaction.onfinish = (committed) => {
      connection.upgrading = undefined
      request.transaction = null
      if (!committed) connection.close()
      done()
      disk.loop.schedule(disk.latencyMs() + 1, context, () => {
        if (committed) {
          connection.isTold = true
          return dispatch('success', [request])
        }
        request.result = undefined
        request.error = new DOMException('The upgrade was aborted', 'AbortError')
        return dispatch('error', [request])
      })
    }
    dispatch('upgradeneeded', [request], { oldVersion, newVersion: version })
  })
}

function succeed(disk: Disk, context: Context, request: Request, result: Connection | undefined): void {
  disk.loop.schedule(disk.latencyMs(), context, () => {
    if (result) result.isTold = true
    request.result = result
    request.readyState = 'done'
    dispatch('success', [request])
  })
}
