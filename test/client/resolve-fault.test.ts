/* The answers of an app to a fault, while storage or the client is in trouble. */
import { expect, it, onTestFinished } from 'vitest'
import type { LiveViews } from '../../src/live/live.js'
import { StorageError } from '../../src/model/errors.js'
import { createFaults } from '../../src/client/resolve-fault.js'
import { blankFault } from '../../src/store/rows.js'
import { beginSession } from '../../src/store/sessions.js'
import { turns } from '../support/fake-clock.js'
import { fakePlatform } from '../support/fake-platform.js'
import { openDatabase, plainOptions } from '../support/open-database.js'

it('a stalled fault is retried: that it cannot be sent now is no error of anybody', async () => {
  const db = await openDatabase({ ...plainOptions, name: 'faults', platform: fakePlatform() })
  onTestFinished(() => db.close())
  const row = {
    ...blankFault,
    id: 'f',
    account: 'me',
    v: 1,
    kind: 'stalled',
    editIds: ['l-0'],
    mine: { name: 'James' },
  }
  await beginSession(db, { account: 'me', sessionId: 's', hasToken: false, stayLoggedIn: true, guest: false })
  await db.write((tables) => tables.faults.put([row as never]), 'edit')
  const live = {
    faults: {},
    record: () => ({ value$: { value: { name: 'James' } } }),
    settlement: () => new Promise(() => {}),
  } as unknown as LiveViews
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  onTestFinished(() => void process.off('unhandledRejection', note))

  const faults = createFaults({
    live,
    called: () => Promise.resolve({ db, account: 'me' }),
    save: () => Promise.reject(new Error('nothing is saved')),
    flush: () => Promise.reject(new StorageError('blocked', 'IndexedDB did not answer')),
    fromDateOf: () => undefined,
    toBackend: (_, values) => values,
    now: () => 0,
    wake() {},
  })
  expect(await faults.retry('f')).toMatchObject({ id: 'l-0', patch: { name: 'James' }, view: { name: 'James' } })
  await turns()
  expect(unhandled).toEqual([])
})
