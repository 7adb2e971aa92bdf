import { loggedPath, routeFinder } from './known-routes.js'

/** One request to the API, from its arrival to its answer. Holds neither keys nor tokens. */
export interface LoggedRequest {
  readonly seq: number
  readonly method: string
  /** The path after the API root; `:other` for one that is none of the API's. */
  readonly path: string
  /** The method, and the path with ids and the like replaced, such as `PUT /users/:id`. */
  readonly route: string
  /** null while under way, and for good if the connection was destroyed. */
  status: number | null
  readonly atMs: number
  endedAtMs: number | null
  /** How many others to the same path were under way when it came. */
  readonly overlapping: number
  readonly idempotencyKey: string | null
  /** The action of the rule that it met, if any. */
  action: string | null
}

export interface RequestLog {
  begin(request: { method: string; path: string; idempotencyKey: string | null }): LoggedRequest
  end(entry: LoggedRequest, status: number | null): void
  /** Requests in the order they came, from the one after `after`. */
  list(query?: { after?: number }): LoggedRequest[]
  /** How many came, by route; preflights count apart. */
  counts(): { [route: string]: number }
  /** How many came, by method. */
  methods(): { [method: string]: number }
  clear(): void
}

/** Requests kept; older ones are forgotten, the counts are not. */
const longestLog = 10_000
const longestKey = 200

/** An empty log for an API of these routes; sequence numbers go on over a `clear`. */
export function createRequestLog(now: () => number, routes: readonly string[]): RequestLog {
  const routeOf = routeFinder(routes)
  let entries: LoggedRequest[] = []
  let counts = new Map<string, number>()
  const open = new Set<LoggedRequest>()
  let seq = 0

  return {
    begin({ method, path, idempotencyKey }) {
      const known = routeOf(path)
      const safePath = loggedPath(path, known)
      const route = `${method} ${known}`
      const overlapping = [...open].filter((other) => other.path === safePath && other.method === method).length
      seq += 1
      const entry: LoggedRequest = {
        seq,
        method,
        path: safePath,
        route,
        status: null,
        atMs: now(),
        endedAtMs: null,
        overlapping,
        idempotencyKey: idempotencyKey && idempotencyKey.slice(0, longestKey),
        action: null,
      }
      entries.push(entry)
      open.add(entry)
      if (entries.length > longestLog) entries = entries.slice(-longestLog / 2)
      counts.set(route, (counts.get(route) ?? 0) + 1)
      return entry
    },
    end(entry, status) {
      open.delete(entry)
      entry.status = status
      entry.endedAtMs = now()
    },
    list: ({ after = 0 } = {}) => entries.filter((entry) => entry.seq > after),
    counts: () => Object.fromEntries(counts),
    methods() {
      const byMethod = new Map<string, number>()
      for (const [route, count] of counts) {
        const method = route.slice(0, route.indexOf(' '))
        byMethod.set(method, (byMethod.get(method) ?? 0) + count)
      }
      return Object.fromEntries(byMethod)
    },
    clear() {
      entries = []
      counts = new Map()
    },
  }
}
