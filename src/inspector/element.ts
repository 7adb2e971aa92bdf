// The element: reads the client, and keeps its tree up to date. It reaches the page through its own document only.
import type { Inspection } from '../client/inspect.js'
import { netControls } from '../model/net-controls.js'
import type { Json } from '../model/record.js'
import { browserClock } from '../platform/clock.js'
import { type Acts, panel, type PanelState, troubles } from './panel.js'
import { patchTree } from './patch-tree.js'
import { addStyle } from './style.js'

interface Stream {
  subscribe(observer: { next: () => void; complete: () => void }): { unsubscribe(): void }
}

/** The members of an open client that the inspector uses: each face has them. */
export interface InspectedApp {
  /** Read after each step, at most once a frame. */
  inspect(): Promise<Inspection>
  /** For the buttons that copy and download it. */
  report(): Promise<Json>
  /** For the button that sends all now. */
  flush(): Promise<unknown>
  /** For the button of each edit. */
  discardEdit(editId: string): Promise<boolean>
  /** For the buttons of each fault. */
  readonly faults: {
    /** Sends the refused values again. */
    retry(faultId: string): Promise<unknown>
    /** Accepts the rollback. */
    discard(faultId: string): Promise<unknown>
  }
  /** Each step is a reason to read. */
  readonly trace$: Stream
  /** Each change is a reason to read: other tabs' commits show here. */
  readonly status$: Stream
  /** Each change is a reason to read. */
  readonly storage$: Stream
}

/** The part of a `LossyNet` that the inspector uses. */
interface Breaking {
  set(trouble: object, scope: { times: number }): void
}

const netTroubles: { readonly [word in keyof typeof troubles]: object } = {
  lose: { kind: 'lose' },
  cut: { kind: 'cut' },
  busy: { kind: 'fail', status: 429, retryAfterS: 30 },
  fail: { kind: 'fail', status: 503 },
  portal: { kind: 'portal' },
}

const tickMs = 1000

/** On a server there is no such class, and nothing is defined. */
const Base = (typeof HTMLElement === 'undefined' ? class {} : HTMLElement) as typeof HTMLElement

/**
 * Shows an open client while an app is developed: why each record's edits wait, faults, the lease, storage, pulls and the newest steps.
 * Set `app` to the client. With the attribute `allow-faults` it breaks the next answer, where the client was opened with the `fetch` of
 * `lossy(...)` from `holdfast/testing`. It shows names, ids and times, and never a value.
 */
export class HoldfastInspector extends Base {
  /** For the browser. */
  static readonly observedAttributes: readonly string[] = ['allow-faults']

  #app: InspectedApp | undefined
  #root: ShadowRoot | undefined
  #leave: AbortController | undefined
  #shown: PanelState = { inspection: undefined, nowMs: 0, said: '', asks: undefined, allowsFaults: false }
  /** By this page's clock, the time of the last inspection. */
  #readAtMs = 0
  /** A read, or the frame before it, is on its way. */
  #isReading = false
  /** Something has changed since it began. */
  #isStale = false

  /** The client that is shown; `undefined`: none. */
  get app(): InspectedApp | undefined {
    return this.#app
  }

  /** Shows another client, and lets go of the one before. */
  set app(app: InspectedApp | undefined) {
    if (app === this.#app) return
    this.#app = app
    this.#shown = { ...this.#shown, inspection: undefined, said: app ? '' : noApp, asks: undefined }
    if (this.#leave) this.#begin()
  }

  /** For the browser: begins to observe the client. */
  connectedCallback(): void {
    // Set before this class was defined.
    const { app } = this
    if (Object.hasOwn(this, 'app')) {
      delete (this as { app?: unknown }).app
      this.app = app
    }
    if (!this.#root) {
      this.#root = this.attachShadow({ mode: 'open' })
      addStyle(this.#root, this.nonce ?? '')
      const place = this.ownerDocument.createElement('div')
      this.#root.append(place)
      // A question that nobody answers is taken back.
      place.addEventListener('keydown', ({ key }) => {
        if (key === 'Escape' && this.#shown.asks !== undefined) this.#say('', undefined)
      })
    }
    this.#begin()
  }

  /** For the browser: lets go of the client. */
  disconnectedCallback(): void {
    this.#leave?.abort()
    this.#leave = undefined
  }

  /** For the browser. */
  attributeChangedCallback(): void {
    if (this.#leave) this.#draw()
  }

  /** Observes the client, until the element leaves the page or gets another one. */
  #begin(): void {
    this.#leave?.abort()
    const { signal } = (this.#leave = new AbortController())
    const app = this.#app
    if (!app) {
      this.#say(noApp)
      return
    }
    const changed = (): void => this.#changed()
    for (const stream of [app.trace$, app.status$, app.storage$]) {
      const subscription = stream.subscribe({ next: changed, complete: changed })
      signal.addEventListener('abort', () => subscription.unsubscribe())
    }
    this.#changed()
    void this.#tick(signal)
  }

  /** Counts down, and reads again when a wait is over. */
  async #tick(signal: AbortSignal): Promise<void> {
    for (;;) {
      await browserClock.sleep(tickMs, signal)
      if (signal.aborted) return
      const before = this.#shown.nowMs
      this.#draw()
      const after = this.#shown.nowMs
      const isOver = this.#shown.inspection?.lanes.some(({ reason }) => {
        const { dueAtMs = 0 } = reason as { dueAtMs?: number }
        return dueAtMs > before && dueAtMs <= after
      })
      if (isOver) this.#changed()
    }
  }

  /** Reads the client, at most once a frame. */
  #changed(): void {
    this.#isStale = true
    if (this.#isReading) return
    this.#isReading = true
    this.ownerDocument.defaultView!.requestAnimationFrame(() => {
      this.#isStale = false
      void this.#read().finally(() => {
        this.#isReading = false
        if (this.#isStale && this.#leave) this.#changed()
      })
    })
  }

  async #read(): Promise<void> {
    const app = this.#app
    try {
      const inspection = await app?.inspect()
      if (app !== this.#app) return
      this.#readAtMs = browserClock.now()
      this.#shown = { ...this.#shown, inspection }
      this.#draw()
    } catch (error) {
      if (app !== this.#app) return
      // Nothing counts down any more for a client that is closed, or whose page has lost the code to read it.
      this.#shown = { ...this.#shown, inspection: undefined }
      this.#draw()
      this.#say(messageOf(error))
    }
  }

  #draw(): void {
    const place = this.#root?.lastElementChild
    if (!place) return
    const { inspection } = this.#shown
    const nowMs = inspection ? inspection.atMs + browserClock.now() - this.#readAtMs : 0
    this.#shown = { ...this.#shown, nowMs, allowsFaults: this.hasAttribute('allow-faults') }
    const hadFocus = !!this.#root!.activeElement
    patchTree(place, panel(this.#shown, this.#acts()))
    // The button is gone with what it was for: the keyboard goes on from the top, and not from the page's beginning.
    if (hadFocus && !this.#root!.activeElement) place.querySelector('h2')?.focus()
  }

  #say(said: string, asks?: string): void {
    this.#shown = { ...this.#shown, said, asks }
    this.#draw()
  }

  /** Says how the act went, and shows its effect. */
  async #act(doing: string, act: (app: InspectedApp) => Promise<unknown>, done: string): Promise<void> {
    const app = this.#app
    if (!app) return
    this.#say(doing)
    try {
      const result = await act(app)
      this.#say(result === false ? 'It has settled, or may have been sent: nothing was discarded' : done)
    } catch (error) {
      this.#say(messageOf(error))
    }
    if (this.#leave) this.#changed()
  }

  #acts(): Acts {
    const controls = this.#app && (this.#app as { [netControls]?: Breaking })[netControls]
    const twice = (of: string, act: () => Promise<void>): void => {
      if (this.#shown.asks === of) void act()
      else this.#say('Press again to discard for good; Escape: keep it', of)
    }
    return {
      flush: () => void this.#act('Flushing', (app) => app.flush(), 'Flushed: nothing more can go now'),
      copy: () =>
        void this.#act(
          'Making the report',
          async (app) => this.#copy(textOf(await app.report())),
          'The report is on the clipboard',
        ),
      download: () =>
        void this.#act(
          'Making the report',
          async (app) => this.#save(textOf(await app.report())),
          'The report is saved',
        ),
      retry: (id) => void this.#act('Retrying', (app) => app.faults.retry(id), 'Saved again: it is sent in its turn'),
      discardEdit: (id) =>
        twice(id, () => this.#act('Discarding', (app) => app.discardEdit(id), 'The edit is discarded')),
      discardFault: (id) =>
        twice(id, () => this.#act('Discarding', (app) => app.faults.discard(id), 'The fault is discarded')),
      breakNext:
        controls &&
        ((word) => {
          controls.set(netTroubles[word]!, { times: 1 })
          this.#say(`The next answer ${troubles[word]}`)
        }),
    }
  }

  async #copy(text: string): Promise<void> {
    const { clipboard }: { clipboard?: Clipboard } = this.ownerDocument.defaultView!.navigator
    if (!clipboard) throw new Error('A page without https has no clipboard: download the report')
    await clipboard.writeText(text)
  }

  #save(text: string): void {
    const { Blob, URL } = this.ownerDocument.defaultView!
    const link = this.ownerDocument.createElement('a')
    link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
    link.download = 'holdfast-report.json'
    link.click()
    // The browser may still be reading it.
    void browserClock.sleep(60_000).then(() => URL.revokeObjectURL(link.href))
  }
}

const noApp = 'Set the property `app` of this element to an open client'

function textOf(report: Json): string {
  return JSON.stringify(report, null, 2)
}

function messageOf(error: unknown): string {
  return String((error as Partial<Error> | undefined)?.message ?? error)
}
