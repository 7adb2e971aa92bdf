// Floor 5: opens a client: its database, the parts that need it, and their listeners.
import { ClosedError, StorageError } from '../model/errors.js'
import { createDatabase, type Database, type MetaRow, stateIn } from '../store/database.js'
import { type SendingRules, writeRules } from '../store/sending-rules.js'
import { takeOver } from '../store/take-over.js'
import { listenOutside, joinSession } from './outside-events.js'
import type { Lifecycle } from './lifecycle.js'
import { type CoreOptions, rulesOf } from './options.js'
import { createParts, type Parts, type Surroundings } from './parts.js'
import { requestSyncs } from './request-syncs.js'
import type { Upkeep } from './upkeep.js'

export interface Opening extends Surroundings {
  options: CoreOptions
  /** See `Face`. */
  account?: string | undefined
  life: Lifecycle
  upkeep: Upkeep
}

/** Resolves when the client sends. */
export async function open(opening: Opening): Promise<Parts> {
  const rules = rulesOf(opening.options)
  const db = databaseOf(opening, rules)
  return start(opening, db, rules).catch((error: unknown) => {
    // Nothing reads from it any more, and a loss has to be found by the page that is opened next (G15).
    db.close()
    throw error
  })
}

async function start(opening: Opening, db: Database, rules: SendingRules): Promise<Parts> {
  const { platform, live, health, life, upkeep } = opening
  const meta = await read(opening, db, rules)
  await health.retryWhileBlocked(live.feed.refresh)
  life.closed.throwIfAborted()
  const parts = life.parts!
  upkeep.begin('start')
  // It may have begun since `meta` was read.
  joinSession(parts, live).catch(health.failed)
  void platform.databases.isVolatile?.().then((isVolatile) => {
    if (isVolatile) health.volatile()
  })
  upkeep.tidy(parts, meta)
  return parts
}

/** Resolves with the rows of `meta`, once the first snapshot can be read. */
async function read(opening: Opening, db: Database, rules: SendingRules): Promise<readonly MetaRow[]> {
  const { backend, platform, options, account, live, health, life } = opening
  const { visibility, backgroundSync } = platform
  const { retryWhileBlocked, failed } = health
  const found = retryWhileBlocked(db.open)
  // The other parts are made while the browser opens the database, which Dexie requests one microtask later.
  await Promise.resolve()
  const parts = createParts(db, opening)
  const { tokens, accounts, tabs, descriptions, sender } = parts
  sender.setHidden(visibility.hidden)
  life.atEnd(
    ...tabs.announce(db),
    tabs.close,
    tokens.close,
    // Also when a later step fails: then nobody else knows these two.
    () => void sender.close(),
    db.close,
  )
  let meta = await found
  if (backend.isFormer)
    meta = await retryWhileBlocked(() => takeOver(db, backend.isFormer!, platform, rules.durability))
  life.closed.throwIfAborted()
  life.atEnd(
    db.onCommit((commit) => {
      // Room for something small does not prove room for edits.
      if (live.storage$.value !== 'full') health.recovered()
      // An earlier commit is in the first snapshot, which is read again after all of this.
      if (live.feed.snapshot) live.committed(commit)
    }),
  )
  life.reading(parts)
  descriptions.take(meta)
  const writing = writeRules(db, meta, rules).catch((error: unknown) => error)
  const { session } = stateIn(meta)
  if (account !== undefined && session?.account !== account)
    await retryWhileBlocked(() => accounts.use(account)).catch(failed)
  else if (session && !tokens.of(session)) await retryWhileBlocked(accounts.restore)
  const refused = await writing
  // No room for them is no reason not to show what is there.
  if (refused) failed(refused)
  // Listens to others only from here on: their earlier changes are in the snapshot that is read after this.
  life.atEnd(...listenOutside(parts, opening, rules))
  if (options.backgroundSync && backgroundSync)
    life.atEnd(requestSyncs({ db, status$: live.status$, visibility, backgroundSync }))
  return meta
}

function databaseOf(opening: Opening, rules: SendingRules): Database {
  const { name, backend, relations, platform, options, live, health, life, trace } = opening
  return createDatabase({
    name,
    backendId: backend.id,
    relations,
    notLoggedIn: backend.notLoggedIn,
    isFormer: backend.isFormer,
    platform,
    durability: rules.durability,
    migrate: options.migrate,
    onState(state) {
      if (state === 'ok' && live.storage$.value === 'healing') trace({ type: 'healed' })
      if (state === 'ok') health.reopened()
      else if (state === 'blocked')
        health.failed(new StorageError(state, `Another tab keeps "${name}" from opening: close or reload it`))
      else health.recovering(state)
    },
    onLost() {
      health.lost()
      if (!life.parts) return
      const { db, sender, descriptions, saver } = life.parts
      sender.lost()
      descriptions.forget()
      live.lost(saver.idle())
      writeRules(db, [], rules).catch(health.failed)
    },
    onUpgrade: () => void life.end(new ClosedError('A newer version of this app runs in another tab: reload this one')),
  })
}
