/* The hooks where there is no browser at all. */
import { createElement as h, type FC } from 'react'
import { renderToString } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import {
  HoldfastProvider,
  statusWords,
  useCollection,
  useCurrentUser,
  useFaults,
  useField,
  useRecord,
  useSyncStatus,
} from '../../src/react/index.js'

describe('on a server', () => {
  it('every hook has a value, and the app is not opened', () => {
    const Page: FC = () => {
      const note = useRecord('notes', 7)
      const title = useField(note, 'title')
      const { rows } = useCollection('notes', { orderBy: 'title' })
      const me = useCurrentUser()
      const { open } = useFaults()
      const { words, progress } = useSyncStatus()
      return h(
        'p',
        null,
        JSON.stringify([note.id, note.value, title.state, me.value, me.session, open, words, progress, rows]),
      )
    }
    const app = (): never => {
      throw new Error('opened on a server')
    }
    expect(renderToString(h(HoldfastProvider, { app }, h(Page))).replaceAll('&quot;', '"')).toBe(
      '<p>["7",null,"confirmed",null,{"state":"opening"},[],"Opening",null,null]</p>',
    )
  })

  it('an app that lacks what a hook needs is named', () => {
    const app = { status$: {}, faults: {} } as never
    const page =
      (Part: FC): (() => string) =>
      () =>
        renderToString(h(HoldfastProvider, { app }, h(Part)))
    expect(page(() => h('p', null, useRecord('notes', 1).id))).toThrow('"notes": this app has no collections')
    expect(page(() => h('p', null, useCollection('notes').rows?.length))).toThrow('this app has no collections')
    expect(page(() => h('p', null, String(useCurrentUser().value)))).toThrow('the backend of this app has no users')
  })
})

describe('an app on Backendless', () => {
  it('has its tables as collections', () => {
    const asked: string[] = []
    const table = (name: string): object => ({
      record: (id: number) => ({ id: asked.push(`${name} ${id}`) }),
      query$: () => void asked.push(`${name} *`),
      newId: () => `a new ${name}`,
    })
    const Page: FC = () => h('p', null, useRecord('Job', 7).id, useCollection('Note').newId())
    const app = { status$: {}, faults: {}, table } as never
    expect(renderToString(h(HoldfastProvider, { app }, h(Page)))).toBe('<p>7<!-- -->a new Note</p>')
    expect(asked).toEqual(['Job 7', 'Note *'])
  })
})

describe('the words of a status', () => {
  const status = {
    phase: 'idle',
    pending: 0,
    faults: 0,
    oldestPendingAtMs: undefined,
    nextAttemptAtMs: undefined,
    lastReplyAtMs: undefined,
    sent: 0,
    total: 0,
  } as const

  it.each([
    [{ phase: 'opening' }, 'Opening'],
    [{ phase: 'needs-login' }, 'Sign in again'],
    [{ phase: 'needs-login', pending: 2 }, 'Sign in again: 2 changes are kept on this device'],
    [{ phase: 'held', failure: { kind: 'configuration', message: 'No such app' } }, 'Not sent: No such app'],
    [{ phase: 'sending', pending: 3, sent: 2, total: 5 }, 'Sending 3 of 5'],
    [{ phase: 'waiting', pending: 1, total: 1 }, 'Waiting to send: 1 change is kept on this device'],
    [{ phase: 'offline', pending: 1 }, 'Offline: 1 change is kept on this device'],
    [{ phase: 'offline', faults: 1 }, 'Offline: 1 change was refused'],
    [{ phase: 'offline' }, 'Offline'],
    [{ phase: 'idle', faults: 2 }, '2 changes were refused'],
    [{ phase: 'idle' }, 'All changes are sent'],
  ] as const)('%j', (part, words) => {
    expect(statusWords({ ...status, ...part } as never)).toBe(words)
  })
})
