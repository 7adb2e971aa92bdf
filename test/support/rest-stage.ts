/* A stage before the local server in its REST mode. */
import {
  startRestServer,
  type RestServerOptions,
  type RunningRestServer,
} from '../../demo/server/rest/start-rest-server.js'
import type { TraceEvent } from '../../src/model/events.js'
import type { Client, Collection, Fault } from '../../src/rest/index.js'
import { makeStage, type Page, type Stage } from './stage.js'

export interface RestStage {
  readonly server: RunningRestServer
  readonly stage: Stage
}

/** `alsoUnderWay`: requests that no tab of the stage has made. */
export async function makeRestStage(options: RestServerOptions = {}, alsoUnderWay?: () => number): Promise<RestStage> {
  const server = await startRestServer({ port: 0, ...options })
  const stage = makeStage({
    held: () => server.control.held(),
    release: () => server.control.release(),
    stop: () => server.stop(),
    ...(alsoUnderWay && { alsoUnderWay }),
  })
  return { server, stage }
}

/** Method and path of a request. */
export const requestLine = ({ method, url }: Request): string =>
  `${method} ${new URL(url).pathname.replace('/v1/', '')}`

/** A tab of an app with notes. */
export interface NotesTab<C extends { notes: object }> extends Page<Client<C>> {
  readonly notes: Collection<C['notes']>
  readonly faults: readonly Fault[]
  /** From its beginning on. */
  readonly steps: readonly TraceEvent[]
}

/** Lets the tab open. */
export async function notesTab<C extends { notes: object }>(stage: Stage, page: Page<Client<C>>): Promise<NotesTab<C>> {
  const steps: TraceEvent[] = []
  page.app.trace$.subscribe((step) => void steps.push(step))
  await stage.quiet()
  return {
    ...page,
    steps,
    notes: page.app.collection('notes'),
    get faults() {
      return page.app.faults.open$.value
    },
  }
}
