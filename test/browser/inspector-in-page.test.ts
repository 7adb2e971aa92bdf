/* The element in a page: its words, its keyboard, its buttons on a real client, and text that a server has made hostile. */
import axe from 'axe-core'
import { server, userEvent } from 'vitest/browser'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { InspectedFault } from '../../src/index.js'
import '../../src/inspector/index.js'
import type { HoldfastInspector, InspectedApp } from '../../src/inspector/index.js'
import { lossy } from '../../src/testing/index.js'
import { buttonOf, inspectedApp, laneOf, nowMs, texts } from '../support/page/inspected.js'
import { openNotes, stored } from '../support/page/rest-backend.js'

const offline = { online: false, onChange: () => () => {} }
const slow = { timeout: 15_000 }
const due = { dueAtMs: nowMs + 14_000 }
const fault: InspectedFault = {
  id: 'f1',
  editIds: ['e-1'],
  kind: 'validation',
  reason: 'taken',
  code: 3018,
  properties: ['title'],
  attempts: 1,
  atMs: nowMs - 5_000,
  record: { collection: 'jobs', id: '7' },
}

function place(app?: InspectedApp, in_: HTMLElement = document.body): HoldfastInspector {
  const at = document.createElement('holdfast-inspector')
  if (app) at.app = app
  in_.append(at)
  onTestFinished(() => at.remove())
  return at
}

async function shows(at: HoldfastInspector, selector: string, text: string | RegExp): Promise<void> {
  await expect.poll(() => texts(at, selector).join('\n'), slow).toMatch(text)
}

describe('five edits that are stuck', () => {
  const causes = {
    network: laneOf({ is: 'network', tries: 2, ...due }, 'n1'),
    creation: laneOf(
      { is: 'creation', of: { collection: 'jobs', id: '018f3c6e-9d1b-7c2a-8f00-5a1b2c3d4e5f' }, others: 0 },
      'c1',
    ),
    session: laneOf({ is: 'session-ended', kind: 'auth', code: 3064 }, 's1'),
    server: laneOf({ is: 'server', tries: 3, ...due }, 'x1'),
    doubt: laneOf({ is: 'in-doubt', faultId: 'f1' }, 'd1'),
  }

  it('say each its cause at the top of its card, without a click, those that need somebody first', async () => {
    const at = place(inspectedApp({ lanes: Object.values(causes) }))
    await shows(at, 'h3', /^Waiting: 5 edits of 5 records/)
    expect(texts(at, '.card > .why')).toEqual([
      'Held: the session ended (auth 3064)',
      'Held: its creation may have been made; retry or discard its fault',
      'Waits for jobs 018f…4e5f to be created',
      expect.stringMatching(/^Waits for the network: 2 tries, next in 1[34] s$/),
      expect.stringMatching(/^Waits for the server, which fails for this record: 3 tries, next in 1[34] s$/),
    ])
    for (const card of at.shadowRoot!.querySelectorAll('.card')) {
      const why = card.firstElementChild!
      expect(why.className).toBe('why')
      expect(why.getBoundingClientRect().height).toBeGreaterThan(0)
    }
    // The causes are the first thing below the buttons.
    expect(texts(at, 'h3')[0]).toMatch(/^Waiting/)
  })
})

describe('the element', () => {
  it('says what it lacks until it has a client, and shows one that was set before it was in the page', async () => {
    const at = place()
    await shows(at, '[role=status]', /Set the property `app`/)
    at.app = inspectedApp()
    await shows(at, 'h3', /Nothing waits/)
    expect(texts(at, 'dd')).toEqual([
      'works',
      'signed in',
      'the browser says online',
      expect.stringMatching(/^this tab, heard \d s ago$/),
      'a1b2…a7b8',
      'holdfast-demo',
    ])
    expect(texts(at, 'ul[aria-label=Pulls] li')).toEqual(['jobs: last 4 min ago, 12 records'])
  })

  it('reads after a step, at most once a frame, and counts down without a read', async () => {
    const app = inspectedApp({ lanes: [laneOf({ is: 'network', tries: 1, dueAtMs: nowMs + 60_000 }, 'n1')] })
    const at = place(app)
    await shows(at, '.why', /next in 60 s/)
    const { reads } = app
    for (let steps = 0; steps < 500; steps++) app.trace$.next()
    await expect.poll(() => app.reads, slow).toBe(reads + 1)
    await shows(at, '.why', /next in 5[0-8] s/)
    expect(app.reads).toBe(reads + 1)
  })

  it('reads again when a wait is over', async () => {
    const app = inspectedApp({ lanes: [laneOf({ is: 'network', tries: 1, dueAtMs: nowMs + 1_500 }, 'n1')] })
    const at = place(app)
    await shows(at, '.why', /Waits for the network/)
    const { reads } = app
    await expect.poll(() => app.reads, slow).toBe(reads + 1)
  })

  it('keeps the focus and the open details while lanes come, change and go', async () => {
    const app = inspectedApp({
      lanes: [laneOf({ is: 'next' }, 'b'), laneOf({ is: 'next' }, 'c')],
      events: [{ type: 'session', state: 'signed-in', atMs: nowMs }],
    })
    const at = place(app)
    await shows(at, 'h3', /of 2 records/)
    at.shadowRoot!.querySelector('details')!.open = true
    const button = buttonOf(at, 'Discard edit c-0: update title, body')
    button.focus()
    app.inspection = {
      ...app.inspection,
      lanes: [
        laneOf({ is: 'server', tries: 1, ...due }, 'c'),
        laneOf({ is: 'next' }, 'a'),
        laneOf({ is: 'next' }, 'b'),
      ],
    }
    app.trace$.next()
    await shows(at, 'h3', /of 3 records/)
    expect(at.shadowRoot!.activeElement).toBe(button)
    expect(at.shadowRoot!.querySelector('details')!.open).toBe(true)
    expect(texts(at, 'ul[aria-label=Records] code')).toEqual(['jobs c', 'jobs a', 'jobs b'])
    // The lane of the focused button settles.
    app.inspection = { ...app.inspection, lanes: [laneOf({ is: 'next' }, 'b')] }
    app.trace$.next()
    await shows(at, 'h3', /of 1 record/)
    expect(at.shadowRoot!.activeElement).toBe(at.shadowRoot!.querySelector('h2'))
  })

  it('lets go of the client when it leaves the page or gets another one, and goes on when it comes back', async () => {
    const [one, other] = [inspectedApp(), inspectedApp({ database: 'other' })]
    const at = place(one)
    await shows(at, 'dd', /holdfast-demo/)
    at.app = other
    expect([one.trace$.observed, other.trace$.observed]).toEqual([false, true])
    await shows(at, 'dd', /other/)
    at.remove()
    expect(other.trace$.observed).toBe(false)
    document.body.append(at)
    expect(other.trace$.observed).toBe(true)
  })

  it('says when the client is closed', async () => {
    const app = inspectedApp()
    const at = place(app)
    await shows(at, 'h3', /Nothing waits/)
    app.inspect = () => Promise.reject(new Error('This client is closed'))
    app.trace$.next()
    await shows(at, '[role=status]', /This client is closed/)
    // Nothing counts down any more.
    expect(texts(at, 'h3')).toEqual([])
  })

  it('shows a record once that is named twice, and keeps no card of it', async () => {
    const lane = laneOf({ is: 'offline', ...due }, 'n1')
    const app = inspectedApp({ lanes: [lane, lane] })
    const at = place(app)
    await shows(at, '.card > .why', /./)
    app.inspect = inspectedApp().inspect
    app.trace$.next()
    await shows(at, 'h3', /Nothing waits/)
    app.inspect = inspectedApp({ lanes: [lane] }).inspect
    app.trace$.next()
    await expect.poll(() => texts(at, '.card > .why').length, slow).toBe(1)
  })

  it('shows hostile text as text', async () => {
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=1</script>'
    const lane = laneOf({ is: 'creation', of: { collection: hostile, id: '1' }, others: 0 }, hostile, {
      edits: [{ id: hostile, op: 'update', properties: [hostile], atMs: nowMs }],
    })
    const at = place(
      inspectedApp({
        lanes: [lane],
        faults: [{ ...fault, reason: hostile, properties: [hostile] }],
        pulls: [{ collection: hostile, state: 'failed', failure: { kind: 'server', code: hostile } }],
        events: [{ type: 'broken', invariant: 'none', about: hostile, atMs: nowMs }],
        database: hostile,
      }),
    )
    await shows(at, '.why', /<img src=x/)
    expect(at.shadowRoot!.querySelectorAll('img, script')).toHaveLength(0)
    expect(document.title).not.toBe('1')
  })
})

const name = 'edit a-0: update title, body'

describe('discarding', () => {
  it('asks twice in one place, and Escape keeps the edit', async () => {
    const app = inspectedApp({ lanes: [laneOf({ is: 'next' }, 'a')] })
    const at = place(app)
    await shows(at, 'h3', /1 edit of 1 record/)
    const button = buttonOf(at, `Discard ${name}`)
    button.focus()
    button.click()
    await shows(at, '[role=status]', /Press again/)
    expect(buttonOf(at, `Discard for good: ${name}`)).toBe(button)
    button.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))
    expect(buttonOf(at, `Discard ${name}`)).toBe(button)
    expect(app.calls).toEqual([])
    button.click()
    button.click()
    await shows(at, '[role=status]', 'The edit is discarded')
    expect(app.calls).toEqual(['discardEdit a-0'])
    expect(at.shadowRoot!.activeElement).toBe(button)
  })

  it('says when it came too late', async () => {
    const app = inspectedApp({ lanes: [laneOf({ is: 'sending', sinceMs: nowMs }, 'a')] })
    app.discardEdit = () => Promise.resolve(false)
    const at = place(app)
    await shows(at, 'h3', /1 edit of 1 record/)
    buttonOf(at, `Discard ${name}`).click()
    buttonOf(at, `Discard for good: ${name}`).click()
    await shows(at, '[role=status]', /may have been sent: nothing was discarded/)
  })
})

it('every control is a native one that the keyboard reaches', async () => {
  const at = place(inspectedApp({ lanes: [laneOf({ is: 'next' }, 'a')], faults: [fault] }))
  await shows(at, 'h3', /1 open fault/)
  const controls = [...at.shadowRoot!.querySelectorAll<HTMLElement>('button, summary')]
  expect(controls.map(({ textContent }) => textContent)).toEqual(controlsInOrder)
  expect(controls.map(({ tabIndex }) => tabIndex)).toEqual(controls.map(() => 0))
  expect(at.shadowRoot!.querySelectorAll('[onclick], [tabindex]:not(h2)')).toHaveLength(0)
})

const controlsInOrder = ['Flush', 'Copy report', 'Download report', 'Discard', 'Retry', 'Discard', 'Last events (0)']

// Vitest presses real keys in Chromium only: the other engines have no such commands from outside.
describe.runIf(server.browser === 'chromium')('with real keys', () => {
  it('discard asks twice, and Escape keeps the edit', async () => {
    const app = inspectedApp({ lanes: [laneOf({ is: 'next' }, 'a')] })
    const at = place(app)
    await shows(at, 'h3', /1 edit of 1 record/)
    buttonOf(at, `Discard ${name}`).focus()
    for (const key of ['{Enter}', '{Escape}', '{Enter}']) await userEvent.keyboard(key)
    expect(app.calls).toEqual([])
    expect(buttonOf(at, `Discard for good: ${name}`)).toBe(at.shadowRoot!.activeElement)
    await userEvent.keyboard(' ')
    await shows(at, '[role=status]', 'The edit is discarded')
    expect(app.calls).toEqual(['discardEdit a-0'])
  })

  it('every control is reached in the order of the page', async () => {
    const at = place(inspectedApp({ lanes: [laneOf({ is: 'next' }, 'a')], faults: [fault] }))
    await shows(at, 'h3', /1 open fault/)
    at.shadowRoot!.querySelector('button')!.focus()
    const reached: string[] = []
    for (const _ of controlsInOrder) {
      reached.push(at.shadowRoot!.activeElement!.textContent)
      await userEvent.keyboard('{Tab}')
    }
    expect(reached).toEqual(controlsInOrder)
  })
})

describe('a report of what axe finds', () => {
  it.each(['light', 'dark'])('is empty: %s', async (scheme) => {
    const frame = document.createElement('main')
    document.body.append(frame)
    onTestFinished(() => frame.remove())
    const at = place(
      inspectedApp({
        lanes: [
          laneOf({ is: 'session-ended', kind: 'auth' }, 'a'),
          laneOf({ is: 'storage', state: 'full' }, 'b'),
          laneOf({ is: 'network', tries: 2, ...due }, 'c', { tries: 2 }),
          laneOf({ is: 'next' }, 'd'),
        ],
        faults: [fault],
      }),
      frame,
    )
    at.setAttribute('allow-faults', '')
    at.style.colorScheme = scheme
    await shows(at, 'h3', /4 edits/)
    buttonOf(at, `Discard ${name}`).click()
    await shows(at, '[role=status]', /Press again/)
    const { violations } = await axe.run(at, { rules: { 'page-has-heading-one': { enabled: false } } })
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
    const { color, backgroundColor } = getComputedStyle(at)
    expect(color === 'rgb(27, 31, 36)').toBe(scheme === 'light')
    expect(backgroundColor === 'rgb(255, 255, 255)').toBe(scheme === 'light')
  })
})

it('nothing reaches over the edge on a screen of 320 px', async () => {
  const frame = document.createElement('div')
  frame.style.width = '320px'
  document.body.append(frame)
  onTestFinished(() => frame.remove())
  const long = 'x'.repeat(200)
  const at = place(
    inspectedApp({
      lanes: [laneOf({ is: 'creation', of: { collection: long, id: long }, others: 3 }, long)],
      faults: [fault],
    }),
    frame,
  )
  at.setAttribute('allow-faults', '')
  await shows(at, 'h3', /1 edit/)
  expect(at.shadowRoot!.querySelector('.all')!.scrollWidth).toBeLessThanOrEqual(320)
})

it('a strict policy of the page forbids nothing of it', async () => {
  // Firefox does not take `'self'` of such a frame for the page's origin.
  const { origin } = location
  const frame = document.createElement('iframe')
  frame.srcdoc = `<!doctype html><meta http-equiv="content-security-policy" content="default-src 'none'; script-src ${origin}; connect-src ${origin}; style-src 'none'">
    <script type="module" src="/src/inspector/index.ts"></script>`
  const loaded = new Promise((resolve) => (frame.onload = resolve))
  document.body.append(frame)
  onTestFinished(() => frame.remove())
  await loaded
  const inside = frame.contentWindow as Window & typeof globalThis
  const refused: string[] = []
  inside.document.addEventListener(
    'securitypolicyviolation',
    ({ violatedDirective }) => void refused.push(violatedDirective),
  )
  await inside.customElements.whenDefined('holdfast-inspector')
  const at = inside.document.createElement('holdfast-inspector')
  at.app = inspectedApp({ lanes: [laneOf({ is: 'next' }, 'a')] })
  inside.document.body.append(at)
  await shows(at, 'h3', /1 edit/)
  expect(inside.getComputedStyle(at.shadowRoot!.querySelector('.card')!).borderLeftWidth).toBe('4px')
  expect(refused).toEqual([])
})

describe('on a real client', () => {
  it('shows why an edit waits, sends it by Flush, and then nothing waits', async () => {
    const net = lossy((input, init) => fetch(input, init))
    const app = await openNotes({ platform: { fetch: net.fetch, connectivity: net.connectivity } })
    const at = place(app)
    await shows(at, 'h3', /Nothing waits/)
    net.offline()
    const { recordId } = await app.collection('notes').create({ title: 'low-tide-at-9' })
    await shows(at, '.why', /^Waits for the network/)
    expect(at.shadowRoot!.textContent).not.toContain('low-tide-at-9')
    net.online()
    buttonOf(at, 'Flush').click()
    await shows(at, 'h3', /Nothing waits/)
    await shows(at, '[role=status]', /Flushed/)
    expect(await stored(recordId)).toMatchObject({ title: 'low-tide-at-9' })
  })

  it('discards an edit', async () => {
    const app = await openNotes({ platform: { connectivity: offline } })
    const edit = await app.collection('notes').create({ title: 'Milk' })
    const at = place(app)
    await shows(at, 'h3', /1 edit of 1 record/)
    for (const button of ['Discard', 'Discard for good?']) {
      await shows(at, '.edit button', button)
      at.shadowRoot!.querySelector<HTMLButtonElement>('.edit button')!.click()
    }
    expect(await edit.settled).toMatchObject({ outcome: 'discarded' })
    await shows(at, 'h3', /Nothing waits/)
  })

  it('retries and discards a fault', async () => {
    const app = await openNotes()
    const at = place(app)
    const refused = await app.collection('notes').create({ title: 'x'.repeat(201) })
    await refused.settled
    await shows(at, '.card.you > .why', /^validation/)
    const name = texts(at, '.card.you code')[0]!
    buttonOf(at, `Retry the fault of ${name}`).click()
    await shows(at, '[role=status]', /Saved again/)
    await expect.poll(() => app.status$.value.pending, slow).toBe(0)
    await shows(at, 'h3', /1 open fault/)
    buttonOf(at, `Discard the fault of ${name}`).click()
    await shows(at, '[role=status]', /Press again/)
    buttonOf(at, `Discard for good: the fault of ${name}`).click()
    await shows(at, 'h3', /No open fault/)
  })

  it('in two tabs names the one that has the lease', async () => {
    const database = `test-${crypto.randomUUID()}`
    const net = lossy((input, init) => fetch(input, init))
    const first = await openNotes({ database, platform: { fetch: net.fetch }, requestTimeoutMs: 60_000 })
    net.hang()
    await first.collection('notes').create({ title: 'Milk' })
    const here = place(first)
    await shows(here, '.why', /^Its request has been out for/)
    // Opened last: either tab may take the lease of an edit that both see.
    const there = place(await openNotes({ database }))
    await shows(here, 'dd', /^this tab, heard/m)
    const tab = texts(here, 'dd').at(-2)!
    await shows(there, 'dd', new RegExp(`^tab ${tab}, heard`, 'm'))
    await shows(there, '.why', /^Its request has been out for/)
  })

  it('with `allow-faults` breaks the next answer of a client on a lossy network, and of no other', async () => {
    const plain = place(await openNotes())
    plain.setAttribute('allow-faults', '')
    await shows(plain, 'p.soft', /opened with the fetch of `lossy`/)
    const net = lossy((input, init) => fetch(input, init))
    const app = await openNotes({ platform: { fetch: net.fetch } })
    const at = place(app)
    await shows(at, 'h3', /Nothing waits/)
    expect(texts(at, '[role=group]')).toEqual([])
    at.setAttribute('allow-faults', '')
    buttonOf(at, 'The next answer is 429 with Retry-After: 30').click()
    expect(net.trouble).toMatchObject({ kind: 'fail', status: 429 })
    await app.collection('notes').create({ title: 'Milk' })
    await shows(at, '.why', /^Waits as long as the server asked \(Retry-After\): next try in [23]\d s/)
    expect(net.trouble).toBeUndefined()
  })

  it.each([true, false])('copies the report, or says that it cannot: %s', async (isSecure) => {
    const at = place(await openNotes())
    await shows(at, 'h3', /Nothing waits/)
    const copied: string[] = []
    const clipboard = isSecure ? { writeText: (text: string) => Promise.resolve(void copied.push(text)) } : undefined
    Object.defineProperty(navigator, 'clipboard', { value: clipboard, configurable: true })
    onTestFinished(() => void delete (navigator as { clipboard?: unknown }).clipboard)
    buttonOf(at, 'Copy report').click()
    await shows(at, '[role=status]', isSecure ? /on the clipboard/ : /download the report/)
    expect(copied.map((text) => (JSON.parse(text) as { session: string }).session)).toEqual(
      isSecure ? ['signed-in'] : [],
    )
  })

  it('gives the report as a file', async () => {
    const app = await openNotes()
    const at = place(app)
    await shows(at, 'h3', /Nothing waits/)
    const saved: Promise<Blob> = new Promise((resolve) => {
      const { createObjectURL } = URL
      URL.createObjectURL = (blob) => {
        resolve(blob as Blob)
        return createObjectURL(blob)
      }
      onTestFinished(() => void (URL.createObjectURL = createObjectURL))
    })
    buttonOf(at, 'Download report').click()
    expect(JSON.parse(await (await saved).text())).toMatchObject({ session: 'signed-in', lanes: [], faults: [] })
    await shows(at, '[role=status]', /The report is saved/)
  })
})
