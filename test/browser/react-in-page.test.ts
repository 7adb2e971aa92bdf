/* The hooks in a page: React's own DOM, real IndexedDB, the local server. */
import { createElement as h, type FC, type ReactElement, startTransition, StrictMode, useEffect, useState } from 'react'
import { createRoot, hydrateRoot, type Root } from 'react-dom/client'
import { flushSync } from 'react-dom'
import { renderToString } from 'react-dom/server'
import { BehaviorSubject } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { InvalidEditError } from '../../src/index.js'
import {
  HoldfastProvider,
  useApp,
  useCollection,
  useCurrentUser,
  useFaults,
  useField,
  useLive,
  useRecord,
  useSyncStatus,
} from '../../src/react/index.js'
import { type App, meddle, openApp, openWithUser, signUp, logIn } from '../support/page/backend.js'
import { openNotes, restControl, writesTo } from '../support/page/rest-backend.js'

/** A device that is offline: nothing is tried. */
const offline = { online: false, onChange: () => () => {} }

function place(): HTMLElement {
  const element = document.body.appendChild(document.createElement('div'))
  onTestFinished(() => element.remove())
  return element
}

/** Renders as an app does, without the test mode of React: its scheduler is the browser's. */
function render(element: ReactElement): { at: HTMLElement; root: Root } {
  const at = place()
  const root = createRoot(at)
  onTestFinished(() => root.unmount())
  root.render(element)
  return { at, root }
}

async function shows(at: HTMLElement, text: string): Promise<void> {
  await expect.poll(() => at.textContent, { timeout: 10_000 }).toBe(text)
}

describe('useLive', () => {
  it('shows each value, also of a stream without one of its own, and lets go of it in StrictMode', async () => {
    const live$ = new BehaviorSubject('one')
    const stream$ = { subscribe: (next: (value: string) => void) => live$.subscribe(next) }
    const Values: FC = () => h('p', null, `${useLive(live$)} ${useLive(stream$, 'none yet')}`)
    const { at, root } = render(h(StrictMode, null, h(Values)))
    await shows(at, 'one one')
    live$.next('two')
    await shows(at, 'two two')
    root.unmount()
    await expect.poll(() => live$.observed).toBe(false)
  })

  it('does not tear where a hook by hand does', async () => {
    const app = await openNotes({ platform: { connectivity: offline } })
    const { recordId } = await app.collection('notes').create({ title: 'before' })
    const title$ = app.collection('notes').record(recordId).value$
    const useByHand = (): string | undefined => {
      const [value, setValue] = useState(title$.value)
      useEffect(() => {
        const subscription = title$.subscribe(setValue)
        return () => subscription.unsubscribe()
      }, [])
      return value?.title
    }
    const useOurs = (): string | undefined => useLive(title$)?.title

    /** All that stood on the page at one moment, when items that take their time were rendered while the title changed. */
    const seenWith = async (useTitle: () => string | undefined, next: string): Promise<string[]> => {
      let rendered = 0
      const seen: string[] = []
      const Item: FC = () => {
        const end = performance.now() + 5
        while (performance.now() < end);
        rendered++
        return h('i', null, `[${useTitle()}]`)
      }
      const List: FC<{ on: boolean }> = ({ on }) =>
        on ? Array.from({ length: 40 }, (_, key) => h(Item, { key })) : null
      let show!: (on: boolean) => void
      const Page: FC = () => {
        const [on, setOn] = useState(false)
        show = setOn
        return h(List, { on })
      }
      const { at, root } = render(h(Page))
      await expect.poll(() => show).toBeTypeOf('function')
      const observer = new MutationObserver(() => seen.push(at.textContent!))
      observer.observe(at, { childList: true, subtree: true, characterData: true })
      startTransition(() => show(true))
      while (rendered < 8) await new Promise((resolve) => setTimeout(resolve))
      expect(rendered).toBeLessThan(40)
      void app.collection('notes').update(recordId, { title: next })
      await shows(at, `[${next}]`.repeat(40))
      observer.disconnect()
      root.unmount()
      return seen.filter((text) => new Set(text.match(/\[\w+\]/g)).size > 1)
    }
    // Observed throughout, as in an app that shows the note elsewhere.
    const subscription = title$.subscribe()
    expect(await seenWith(useByHand, 'between')).not.toEqual([])
    expect(await seenWith(useOurs, 'after')).toEqual([])
    subscription.unsubscribe()
  })
})

describe('useRecord and useField', () => {
  it('show an edit at once, and make one edit of a word that is typed', async () => {
    const app = await openNotes({ platform: { connectivity: offline } })
    const { recordId } = await app.collection('notes').create({ title: 'M' })
    let saving: Promise<void> | undefined
    const Title: FC = () => {
      const note = useRecord('notes', recordId)
      const title = useField(note, 'title')
      const onChange = ({ target }: any): void => void (saving = title.set(target.value))
      const input = { value: String(title.value ?? ''), onChange }
      return h('label', null, h('input', input), `${note.value?.['title']} ${note.state?.state} ${title.state}`)
    }
    const { at } = render(h(StrictMode, null, h(HoldfastProvider, { app }, h(Title))))
    await shows(at, 'M pending pending')
    const input = at.querySelector('input')!
    for (const text of ['Mi', 'Mil', 'Milk']) {
      type(input, text)
      expect(input.value).toBe(text)
      await shows(at, `${text} pending pending`)
      // An edit can replace one that is saved.
      await saving
    }
    const pending = await new Promise<readonly { patch: object }[]>((resolve) => {
      const subscription = app.pending$.subscribe((list) => {
        resolve(list)
        queueMicrotask(() => subscription.unsubscribe())
      })
    })
    expect(pending.map(({ patch }) => patch)).toEqual([{ title: 'M' }, { title: 'Milk' }])
  })

  it('keep what was typed where it cannot be saved, and say why', async () => {
    const app = await openNotes()
    const { recordId } = await app.collection('notes').create({ title: 'Milk' })
    let set!: (value: any) => Promise<void>
    const Title: FC = () => {
      const title = useField(useRecord('notes', recordId), 'title')
      set = title.set
      const reason = title.error instanceof InvalidEditError ? 'invalid' : String(title.error)
      return h('p', null, `${typeof title.value === 'function' ? 'a function' : title.value}: ${reason}`)
    }
    const { at } = render(h(HoldfastProvider, { app }, h(Title)))
    await shows(at, 'Milk: undefined')
    await set(() => 1)
    await shows(at, 'a function: invalid')
    await set('Oat milk')
    await shows(at, 'Oat milk: undefined')
  })

  it('show another record when the id changes', async () => {
    const app = await openNotes()
    const notes = app.collection('notes')
    const [one, two] = [await notes.create({ title: 'one' }), await notes.create({ title: 'two' })]
    const Note: FC<{ id: string }> = ({ id }) => {
      const note = useRecord('notes', id)
      return h('p', null, `${note.id === id} ${useField(note, 'title').value}`)
    }
    const { at, root } = render(h(HoldfastProvider, { app }, h(Note, { id: one.recordId })))
    await shows(at, 'true one')
    root.render(h(HoldfastProvider, { app }, h(Note, { id: two.recordId })))
    await shows(at, 'true two')
  })
})

describe('useCollection', () => {
  it('shows the rows that a query lets through, and each change of them', async () => {
    const app = await openNotes()
    const notes = app.collection('notes')
    // Other tests have notes on the same server, and the list is pulled from it.
    const text = crypto.randomUUID()
    for (const title of ['Milk', 'Bread', 'Butter']) await notes.create({ title, text })
    let add!: (title: string) => Promise<unknown>
    let rendered = 0
    const List: FC<{ first: string }> = ({ first }) => {
      const where = (value: { title: string; text: string }): boolean =>
        value.text === text && value.title.startsWith(first)
      const { rows, create } = useCollection('notes', { where, orderBy: 'title' }, [first, text])
      add = (title) => create({ title, text })
      rendered++
      return h(
        'p',
        null,
        rows?.map(({ id, value }) => h('i', { key: id }, `${value.title} `)),
      )
    }
    const page = (first: string): ReactElement => h(StrictMode, null, h(HoldfastProvider, { app }, h(List, { first })))
    const { at, root } = render(page('B'))
    await shows(at, 'Bread Butter ')
    await add('Bananas')
    await shows(at, 'Bananas Bread Butter ')
    root.render(page('M'))
    await shows(at, 'Milk ')
    const soFar = rendered
    await new Promise((resolve) => setTimeout(resolve, 100))
    // A query that is made anew at each render would render without end.
    expect(rendered - soFar).toBeLessThan(6)
  })
})

describe('useCurrentUser, useFaults and useSyncStatus', () => {
  it('tell of a refusal in words, and mark its field', async () => {
    const { app, user } = await openWithUser()
    const Profile: FC = () => {
      const me = useCurrentUser()
      const name = useField(me, 'name')
      const { open, discard } = useFaults()
      const { words } = useSyncStatus()
      const session = me.session.state
      const press = { onClick: () => void discard(open[0]!.id) }
      return h('div', null, `${session} ${name.value} ${name.state} ${open.length} ${words}`, h('button', press))
    }
    const { at } = render(h(HoldfastProvider, { app }, h(Profile)))
    await shows(at, 'signed-in Ann confirmed 0 All changes are sent')
    await meddle(user.objectId, { do: 'answer', status: 400, body: { code: 3045, message: 'too long' } })
    await app.users.update({ name: 'Anna' })
    await shows(at, 'signed-in Ann refused 1 1 change was refused')
    at.querySelector('button')!.click()
    await shows(at, 'signed-in Ann confirmed 0 All changes are sent')
  })

  it('count what is sent', async () => {
    const app = await openNotes()
    await restControl('POST', '/rules', {
      match: { method: 'POST', path: '/notes' },
      action: { do: 'server-error' },
      times: 1,
    })
    const seen = new Set<string>()
    const Status: FC = () => {
      const { words, progress } = useSyncStatus()
      seen.add(`${words} ${progress}`)
      return h('p', null, words)
    }
    const { at } = render(h(HoldfastProvider, { app }, h(Status)))
    await shows(at, 'All changes are sent')
    const { recordId, settled } = await app.collection('notes').create({ title: 'Milk' })
    expect(await settled).toMatchObject({ outcome: 'accepted' })
    await shows(at, 'All changes are sent')
    expect([...seen]).toContain('Waiting to send: 1 change is kept on this device 0')
    expect(await writesTo(recordId)).toEqual(['create'])
  })
})

describe('a page that a server has rendered', () => {
  it('hydrates without a difference, and opens the app once, in StrictMode too', async () => {
    let opened = 0
    const email = await signUp(openApp())
    const open = (): App => {
      opened++
      const app = openApp()
      void logIn(app, email)
      return app
    }
    const Page: FC = () => {
      const me = useCurrentUser()
      const { words } = useSyncStatus()
      const isThere = useApp() !== undefined
      return h('p', null, `${isThere} ${me.value?.name} ${words}`)
    }
    const page = h(StrictMode, null, h(HoldfastProvider, { app: open }, h(Page)))
    const html = renderToString(page)
    expect(html).toContain('false undefined Opening')
    expect(opened).toBe(0)

    const at = place()
    at.innerHTML = html
    const complaints: unknown[] = []
    const root = hydrateRoot(at, page, { onRecoverableError: (error) => complaints.push(error) })
    onTestFinished(() => root.unmount())
    await shows(at, 'true Ann All changes are sent')
    expect(opened).toBe(1)
    expect(complaints).toEqual([])
  })
})

/** As a person types: React listens to the event, and remembers values that a script has set. */
function type(input: HTMLInputElement, text: string): void {
  const setter = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!.set!
  flushSync(() => {
    setter.call(input, text)
    input.dispatchEvent(new Event('input', { bubbles: true }))
  })
}
