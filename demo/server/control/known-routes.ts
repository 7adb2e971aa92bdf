/** The routes of the API. `:id` and the like stand for one part of a path. */
const routes = [
  '/info',
  '/users/register',
  '/users/register/guest',
  '/users/login',
  '/users/logout',
  '/users/userclassprops',
  '/users/userroles',
  '/users/verifypassword',
  '/users/verifypassowrd',
  '/users/isvalidusertoken/:token',
  '/users/restorepassword/:identity',
  '/users/resendconfirmation/:identity',
  '/users/:id/status',
  '/users/:id',
  '/data/Users',
  '/data/Users/find',
  '/data/Users/count',
  '/data/Users/properties',
  '/data/Users/upsert',
  '/data/Users/:id',
  '/data/bulk/Users',
  '/transaction/unit-of-work',
]

const patterns = routes.map((route) => [route, new RegExp(`^${route.replace(/:\w+/g, '[^/]+')}$`)] as const)

/** Stands for every path that is none of the API's. */
export const otherRoute = ':other'

/** The route that a path, as the router reads it, is of. There are few of them, for any number of paths. */
export function routeOf(path: string): string {
  return patterns.find(([, pattern]) => pattern.test(path))?.[0] ?? otherRoute
}

const longestPath = 300

/**
 * The path as it may be written down: a token in it is left out. So is a path that is none of the API's, which may hold one in a
 * place that nobody knows.
 */
export function loggedPath(path: string, route: string): string {
  return route === otherRoute || route.includes(':token') ? route : path.slice(0, longestPath)
}
