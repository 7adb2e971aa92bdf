/* An endpoint in the page may keep the objects that it answers with, and change them later: the device keeps what the answer said. */
import { expect, it, onTestFinished } from 'vitest'
import type { Endpoint, Reply } from '../../src/endpoint/endpoint.js'
import { openClient } from '../../src/index.js'
import { turns } from '../support/fake-clock.js'
import { fakePlatform } from '../support/fake-platform.js'

interface Note {
  id: string
  title: string
  tags: string[]
}

/** The endpoint's own object, and a client that shows the list it is in. */
async function scene() {
  const kept: Note = { id: 'n1', title: 'Milk', tags: ['one'] }
  let answer = (_reply: Reply): void => {}
  const endpoint: Endpoint = {
    backend: { id: 'ours', database: 'ours' },
    ids: 'server',
    write: () => new Promise((resolve) => (answer = resolve)),
    read: async () => ({ ok: true, record: kept as never }),
    list: async () => ({ ok: true, records: [{ id: kept.id, record: kept as never }], whole: true }),
  }
  const client = openClient<{ notes: Note }>({ endpoints: { notes: endpoint }, platform: fakePlatform() })
  onTestFinished(() => client.close())
  await client.session.use('ann', { token: 'token' })
  const notes = client.collection('notes')
  let shown: Note | undefined
  notes.all$.subscribe((rows) => (shown = rows?.[0]?.value))
  await notes.refresh()
  await turns(40)
  return {
    kept,
    shown: () => shown,
    /** Changes the title; the answer shows a part of the record, so that the rest is what the device knows. */
    async retitle(title: string, reply: object = { id: 'n1', title }) {
      await notes.update('n1', { title })
      await turns(40)
      answer({ ok: true, record: reply as never })
      await turns(40)
    },
  }
}

it('after the answer to an edit', async () => {
  const { kept, shown, retitle } = await scene()
  const answered = { ...kept, title: 'Bread', tags: ['two'] }
  await retitle('Bread', answered)
  answered.tags.push('three')
  await retitle('Salt')
  expect(shown()).toEqual({ id: 'n1', title: 'Salt', tags: ['two'] })
})

it('after a list', async () => {
  const { kept, shown, retitle } = await scene()
  kept.tags.push('three')
  await retitle('Bread')
  expect(shown()).toEqual({ id: 'n1', title: 'Bread', tags: ['one'] })
  expect(Object.isFrozen(kept.tags)).toBe(false)
})

it('a list with an object that cannot be copied fails as an endpoint does, and not by an error of the browser', async () => {
  const record = new Proxy({ id: 'n1', title: 'Milk', tags: [] }, {})
  const endpoint: Endpoint = {
    backend: { id: 'ours', database: 'ours' },
    ids: 'server',
    write: async () => ({ ok: true }),
    list: async () => ({ ok: true, records: [{ id: 'n1', record }], whole: true }),
  }
  const client = openClient<{ notes: Note }>({ endpoints: { notes: endpoint }, platform: fakePlatform() })
  onTestFinished(() => client.close())
  await client.session.use('ann', { token: 'token' })
  const refreshed = client.collection('notes').refresh()
  await expect(refreshed).rejects.toMatchObject({ name: 'FaultError', failure: { kind: 'server' } })
})
