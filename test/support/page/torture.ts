/*
 * A page that edits without pause from the moment it loads, and reports each edit that is saved. `?life=` counts the
 * browsers of the run; without it, the page only drains what is pending.
 */
import { filter, firstValueFrom, type Observable } from 'rxjs'
import { openBackendless, type BackendlessApp } from '../../../src/backendless/index.js'
import { valueOf, type SavedEdit } from '../../torture/judge.js'

/** The messages of the page over its socket. */
export type Said =
  | { readonly saved: SavedEdit }
  /** An edit that the client refused to save, or a login that failed. */
  | { readonly failed: string }
  /** The client opened without the session of the browser before. */
  | { readonly signedOut: string }
  /** A state of local storage other than `ok`. */
  | { readonly storage: string }

declare global {
  var torturedUsers: BackendlessApp
}

/** How many properties the edits of one browser are spread over: some are covered by later ones, most are not. */
const propertyCount = 10
/** So many browsers each have properties of their own: what is lost in one is not hidden by what the next one writes. */
const groupCount = 10

const parameters = new URLSearchParams(location.search)
const life = Number(parameters.get('life') ?? 0)
const socket = new WebSocket(parameters.get('report')!)
const say = (said: Said): void => socket.send(JSON.stringify(said))
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const below = (limit: number): number => Math.floor(Math.random() * limit)

async function edit(n: number): Promise<void> {
  const value = valueOf(life, n)
  const properties = [
    ...new Set(Array.from({ length: 1 + below(3) }, () => `p${life % groupCount}_${below(propertyCount)}`)),
  ]
  try {
    const { id } = await torturedUsers.users.update(Object.fromEntries(properties.map((name) => [name, value])))
    say({ saved: { id, value, properties } })
  } catch (error) {
    say({ failed: `update: ${String(error)}` })
  }
}

async function live(): Promise<void> {
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  globalThis.tortured = globalThis.torturedUsers = openBackendless({
    baseUrl: parameters.get('root')!,
    requestTimeoutMs: 1_000,
    durability: parameters.get('durability') === 'relaxed' ? 'relaxed' : 'strict',
  })
  torturedUsers.storage$.subscribe((state) => state !== 'ok' && say({ storage: state }))
  const session$ = torturedUsers.users.session$ as Observable<{ state: string }>
  const { state } = await firstValueFrom(session$.pipe(filter((session) => session.state !== 'opening')))
  if (state !== 'signed-in') {
    say({ signedOut: state })
    await torturedUsers.users.login('torture@example.com', 'secret-1')
  }
  for (let n = 1; life > 0; n++) {
    void edit(n)
    // In bursts, at a trickle, and now and then with time to drain.
    if (Math.random() < 0.03) await pause(150)
    else if (Math.random() < 0.7) await pause(Math.random() * 15)
  }
}

live().catch((error: unknown) => say({ failed: String(error) }))
