/* A world with lists: the local server in its REST mode, one device, and tabs on it that count their pulls and keep every list shown. */
import { type RestServerOptions, type RunningRestServer } from '../../demo/server/rest/start-rest-server.js'
import {
  type Client,
  type Collection,
  openRest,
  type OpenRestOptions,
  type RestList,
  type Row,
} from '../../src/rest/index.js'
import { makeRestStage } from './rest-stage.js'

export interface Note {
  id: string
  title: string
  text?: string | null
}
export type Records = { notes: Note; authors: { id: string | number; name: string } }

/** A list by cursors, as the server has it. */
export const byCursor: RestList = {
  query: (since, limit) => ({ since: (since as string | undefined) ?? '', limit }),
  page(json, headers) {
    const { items, gone, since } = json as { items: []; gone: []; since: string }
    const next = /<([^>]*)>/.exec(headers.get('link') ?? '')?.[1]
    return { records: items, gone, since, ...(next !== undefined && { next }) }
  },
}

export async function listWorld(options: RestServerOptions = {}) {
  const { server, stage } = await makeRestStage(options)
  const requests: string[] = []
  return {
    server,
    stage,
    /** The requests of lists since the last call. */
    lists: () => requests.splice(0).filter((one) => /^GET \w+(\?|$)/.test(one)),
    async open(list: RestList | undefined, more: Partial<OpenRestOptions<Records>> = {}) {
      const page = stage.openPage(
        (platform) =>
          openRest<Records>({
            url: server.root,
            account: 'ann',
            collections: {
              notes: { ids: 'device', create: 'PUT', ...(list && { list }) },
              authors: { ids: 'server', idempotencyKey: true },
            },
            platform,
            ...more,
          }) as Client<Records>,
        ({ method, url }) => {
          const { pathname, searchParams } = new URL(url)
          searchParams.delete('_')
          requests.push(`${method} ${pathname.replace('/v1/', '')}${searchParams.size ? `?${searchParams}` : ''}`)
        },
      )
      await stage.quiet()
      const notes = page.app.collection('notes')
      const frames: (readonly Row<Note>[])[] = []
      return {
        ...page,
        notes,
        frames,
        async watch() {
          notes.all$.subscribe((rows) => rows && frames.push(rows))
          await stage.quiet()
        },
        get titles() {
          return frames.at(-1)?.map(({ value }) => value.title)
        },
      }
    },
  }
}

/** A pull is old after so long. */
export const oldMs = 300_000

/** An edit that waits for a creation which the server holds: no request of its lane is out. */
export async function waiting(notes: Collection<Note>, id: string, patch: { title: string }): Promise<void> {
  const { key } = await notes.create({ title: 'Held' })
  await notes.update(id, patch, { after: [key] })
}

let made = 0
/** A note of another device; their ids sort against the order of making. */
export function make({ control }: RunningRestServer, note: { title: string; text?: string }): string {
  const id = `n${9999 - made++}`
  control.create('notes', { id, ...note })
  return id
}
