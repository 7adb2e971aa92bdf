/*
 * Records on servers that nobody here wrote, and on the REST mode of the local server. A server that this machine has not is named
 * with the command that installs it.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import { restEndpoints } from '../../src/rest/endpoint.js'
import { requestContext } from '../support/answering-fetch.js'
import { django } from './django.js'
import { jsonServer } from './json-server.js'
import { local } from './local.js'
import { deviceOn, recordScenarios } from './scenarios.js'
import type { ServedApi, ServerKind } from './server-kind.js'

function onServer<S extends ServedApi>(kind: ServerKind<S>, more?: () => void): void {
  const command = kind.installCommand()
  if (command !== undefined) {
    it.skip(`records on ${kind.name} [left out: it is not installed; to install: ${command}]`, () => undefined)
    return
  }
  describe(`records on ${kind.name}`, () => {
    recordScenarios(kind)
    more?.()
  })
}

onServer(local)
onServer(django)
onServer(jsonServer, () => {
  it('drops a filter by a property that no record has: a creation is not found there, nor is another taken for it', async () => {
    const api = await jsonServer.start()
    try {
      const { authors } = restEndpoints({ url: api.url, collections: jsonServer.collections })
      const find = () => authors!.find!({ collection: 'authors', editId: 'edit-1' }, requestContext(fetch))
      expect(await find()).toEqual({ ok: true, record: null })
      await api.ask('POST', 'authors', { name: 'Zoe' })
      await api.ask('POST', 'authors', { name: 'Bob' })
      expect(await find()).toMatchObject({ ok: false, failure: { kind: 'other', reason: 'filter' } })
      // From the first key on it filters.
      await api.ask('POST', 'authors', { name: 'Ann', clientKey: 'edit-2' })
      expect(await find()).toEqual({ ok: true, record: null })
    } finally {
      await api.stop()
    }
  })

  it('gives the number of a deleted record to the next one: that is made once, and a person decides which one it is', async () => {
    const api = await jsonServer.start()
    onTestFinished(() => api.stop())
    const there = deviceOn(jsonServer, api)
    const tab = await there.open()
    const first = await there.after(tab.authors.create({ name: 'Ann' }))
    await there.after(tab.authors.delete(first.recordId))
    const second = await there.after(tab.authors.create({ name: 'Bob' }))
    await there.advance(300_000)
    expect(await api.all('authors')).toMatchObject([{ id: 1, name: 'Bob' }])
    expect(tab.faults()).toMatchObject([{ kind: 'unknown', recordId: second.recordId, mine: { name: 'Bob' } }])
    expect(await tab.authors.get(first.recordId)).toBeNull()
  })
})
