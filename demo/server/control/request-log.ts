/** One request to the API, from its arrival to its answer. Holds neither keys nor tokens. */
export interface LoggedRequest {
  readonly seq: number
  readonly method: string
  /** The path after the API root. */
  readonly path: string
  /** The path with ids and the like replaced, such as `PUT /users/:id`. */
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
  clear(): void
}

/** Requests kept; older ones are forgotten, the counts are not. */
const longestLog = 10_000

/** An empty log; sequence numbers go on over a `clear`. */
export function createRequestLog(now: () => number): RequestLog {
  let entries: LoggedRequest[] = []
  let counts = new Map<string, number>()
  const open = new Set<LoggedRequest>()
  let seq = 0

  return {
    begin({ method, path, idempotencyKey }) {
      const safePath = path.replace(/^(\/users\/isvalidusertoken\/).*/, '$1:token')
      const route = `${method} ${routeOf(safePath)}`
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
        idempotencyKey,
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
    clear() {
      entries = []
      counts = new Map()
    },
  }
}

const fixedPaths: ReadonlySet<string> = new Set([
  '/users/register',
  '/users/register/guest',
  '/users/login',
  '/users/logout',
  '/users/userclassprops',
  '/users/userroles',
  '/users/verifypassword',
  '/users/verifypassowrd',
  '/users/isvalidusertoken/:token',
  '/data/Users/find',
  '/data/Users/count',
  '/data/Users',
  '/info',
])

function routeOf(path: string): string {
  if (fixedPaths.has(path)) return path
  if (path.startsWith('/users/restorepassword/')) return '/users/restorepassword/:identity'
  return path.replace(/^\/users\/[^/]+/, '/users/:id').replace(/^\/data\/Users\/[^/]+/, '/data/Users/:id')
}
