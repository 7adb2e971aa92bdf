// Floor 5: the parts of a client that need the database, and their calls to each other.
import type { Endpoint } from '../endpoint/endpoint.js'
import type { LiveViews } from '../live/live.js'
import { idsByOp, type MadeEdit, opOf } from '../model/edit.js'
import type { HoldKind, TraceEvent, TraceStep } from '../model/events.js'
import { ruleOf } from '../model/failure.js'
import type { Json, RecordKey } from '../model/record.js'
import type { Relations } from '../model/refs.js'
import type { Platform } from '../platform/platform.js'
import { type Accounts, createAccounts } from '../session/accounts.js'
import { createTokens, type Tokens } from '../session/tokens.js'
import type { Database } from '../store/database.js'
import { createLease } from '../sync/lease.js'
import type { Network } from '../sync/network.js'
import { createSender, type Sender } from '../sync/sender.js'
import type { SyncOptions } from '../sync/sync-options.js'
import { createDescriptions, type Descriptions } from './descriptions.js'
import type { SavedEdit } from './edit.js'
import { createSaver, type Saver, type SaverParts } from './save-edit.js'
import type { StorageHealth } from './storage-health.js'
import { createTabs, type Tabs } from './tabs.js'

export interface Parts {
  db: Database
  tokens: Tokens
  accounts: Accounts
  tabs: Tabs
  descriptions: Descriptions
  sender: Sender
  saver: Saver
}

/** The parts that a client has before its database is open. */
export interface Surroundings {
  name: string
  backend: Endpoint['backend']
  platform: Platform & { connectivity: Network }
  sync: SyncOptions
  endpointOf(collection: string): Endpoint | undefined
  relations: Relations
  live: LiveViews
  health: StorageHealth
  calls: {
    /** Asks the backend for the collection's description. */
    askDescription(collection: string): Promise<Json>
  }
  trace(step: TraceStep): void
  SavedEdit?: typeof SavedEdit
}

export function createParts(db: Database, surroundings: Surroundings): Parts {
  const { name, backend, platform, sync, endpointOf, relations, live, health, calls, trace } = surroundings
  const { clock, random, channels } = platform
  const { failed, recovered } = health
  const tokens = createTokens({ channels, clock, db })
  const tabs = createTabs(channels, name)
  const descriptions = createDescriptions({
    db,
    clock,
    endpointOf,
    ask: calls.askDescription,
    written: tabs.described,
  })
  const onTrace = (event: TraceEvent): void => {
    live.trace.emit(event)
    if (event.type === 'failed' && ruleOf(event.kind).class === 'hold')
      trace({ type: 'held', key: event.key, reason: event.kind as HoldKind })
    descriptions.onTraceEvent(event)
  }
  const sender = createSender({
    db,
    endpointOf,
    platform,
    options: sync,
    createLease: (onDeposed) =>
      createLease({
        db,
        platform,
        name,
        onDeposed,
        onChange: (held) => trace({ type: 'lease', held }),
        onError: failed,
      }),
    credentialsOf: tokens.of,
    descriptionOf: descriptions.of,
    onReply: descriptions.learn,
    onState(state, broadcasts) {
      live.senderChanged(state)
      if (broadcasts) tabs.sending(state)
    },
    onTrace,
    onError: failed,
    onRecovered: recovered,
  })
  const onSaved: SaverParts['onSaved'] = ({ account, edits, closes }) => {
    recovered()
    // A burst is one step for each record.
    const editsByKey = new Map<RecordKey, MadeEdit[]>()
    for (const { key, edit } of edits) {
      const others = editsByKey.get(key)
      if (others) others.push(edit)
      else editsByKey.set(key, [edit])
    }
    for (const [key, made] of editsByKey) {
      for (const [op, editIds] of idsByOp(made)) trace({ type: 'saved', editIds, key, op })
      if (closes) trace({ type: 'retried', faultId: closes, editId: made[0]!.id, key, op: opOf(made[0]!) })
      sender.wake('saved', { account, ...key })
    }
  }
  const saver = createSaver({
    db,
    live,
    platform,
    backend,
    endpointOf,
    relations,
    SavedEdit: surroundings.SavedEdit,
    check(collection, op, patch, view) {
      const { value, lesson } = descriptions.fresh(collection) ?? {}
      return endpointOf(collection)?.check?.({ collection, op, patch, view, description: value, lesson })
    },
    onSaved,
    onError: failed,
  })
  return { db, tokens, accounts: createAccounts({ db, tokens, clock, random }), tabs, descriptions, sender, saver }
}
