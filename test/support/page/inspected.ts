/* A client for the inspector that the test writes by hand, and the texts and buttons that a person finds in the element. */
import { Subject } from 'rxjs'
import type { InspectedLane, Inspection, LaneReason } from '../../../src/index.js'
import type { HoldfastInspector, InspectedApp } from '../../../src/inspector/index.js'

/** The time of each inspection. */
export const nowMs = 1_800_000_000_000

export interface Inspected extends InspectedApp {
  readonly trace$: Subject<void>
  /** The answer to the next inspection. */
  inspection: Inspection
  /** How often it was read. */
  reads: number
  /** Each call of a button, with its argument. */
  readonly calls: string[]
}

export function laneOf(reason: LaneReason, id: string, more: Partial<InspectedLane> = {}): InspectedLane {
  const edits = [{ id: `${id}-0`, op: 'update' as const, properties: ['title', 'body'], atMs: nowMs - 90_000 }]
  return { record: { collection: 'jobs', id }, edits, tries: 0, reason, ...more }
}

export const quietInspection: Inspection = {
  atMs: nowMs,
  database: 'holdfast-demo',
  tab: 'a1b2c3d4e5f6a7b8',
  session: 'signed-in',
  storage: 'ok',
  isRead: true,
  online: true,
  lease: { tab: 'a1b2c3d4e5f6a7b8', isHere: true, isHidden: false, beatAtMs: nowMs - 3_000 },
  lanes: [],
  kept: 0,
  faults: [],
  pulls: [{ collection: 'jobs', state: 'idle', atMs: nowMs - 60_000 * 4, received: 12 }],
  events: [],
}

export function inspectedApp(inspection: Partial<Inspection> = {}): Inspected {
  const calls: string[] = []
  const called = <T>(result: T, ...words: string[]): Promise<T> => {
    calls.push(words.join(' '))
    return Promise.resolve(result)
  }
  const app: Inspected = {
    inspection: { ...quietInspection, ...inspection },
    reads: 0,
    calls,
    inspect() {
      app.reads++
      return Promise.resolve(app.inspection)
    },
    report: () => called({ lanes: [] }, 'report'),
    flush: () => called(undefined, 'flush'),
    discardEdit: (id) => called(true, 'discardEdit', id),
    faults: {
      retry: (id) => called(undefined, 'retry', id),
      discard: (id) => called(undefined, 'discard', id),
    },
    trace$: new Subject(),
    status$: new Subject<void>(),
    storage$: new Subject<void>(),
  }
  return app
}

export function texts(at: HoldfastInspector, selector: string): string[] {
  return [...at.shadowRoot!.querySelectorAll(selector)].map(({ textContent }) => textContent.trim())
}

/** By its accessible name. */
export function buttonOf(at: HoldfastInspector, name: string): HTMLButtonElement {
  const all = [...at.shadowRoot!.querySelectorAll('button')]
  const found = all.find((one) => (one.getAttribute('aria-label') ?? one.textContent) === name)
  if (!found) throw new Error(`No button "${name}" among ${all.map((one) => one.textContent).join(', ')}`)
  return found
}
