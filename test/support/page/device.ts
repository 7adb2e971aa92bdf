/* One person's device: the client of an account that is logged in elsewhere too. It keeps what went over its network. */
import { openBackendless, type BackendlessApp, type Json } from '../../../src/backendless/index.js'

export type Profile = { readonly objectId: string } & { readonly [property: string]: string | null }

/** A write, and what the device had read of the user before it. */
export interface Write {
  readonly sent: { readonly [property: string]: Json }
  readonly read: { readonly [property: string]: Json }
}

declare global {
  var device: BackendlessApp<Profile>
  var writes: Write[]
}

const parameters = new URLSearchParams(location.search)
const readings: Write['read'][] = []
globalThis.writes = []

globalThis.device = openBackendless<Profile>({
  baseUrl: parameters.get('root')!,
  // Before each write it reads, however short ago it has read: what remains is the window between the two.
  freshForMs: 0,
  requestTimeoutMs: 5_000,
  ...(parameters.has('resolve') && {
    resolve: ({ mine, theirs }: { mine: Json; theirs: Json }) => `${mine as string | null}+${theirs as string | null}`,
  }),
  platform: {
    async fetch(input, init) {
      const request = new Request(input, init)
      const sent = request.method === 'PUT' ? ((await request.clone().json()) as Write['sent']) : undefined
      if (sent) writes.push({ sent, read: readings.at(-1) ?? {} })
      const response = await fetch(request)
      const answer = (await response.clone().json()) as Write['read']
      if (answer['objectId'] !== undefined) readings.push(answer)
      return response
    },
  },
})
