/** Stands for every path that is none of the API's. */
export const otherRoute = ':other'

/** Finds the route that a path is of, as the router reads it. There are few routes, for any number of paths. */
export function routeFinder(routes: readonly string[]): (path: string) => string {
  const patterns = routes.map((route) => [route, new RegExp(`^${route.replace(/:\w+/g, '[^/]+')}$`)] as const)
  return (path) => patterns.find(([, pattern]) => pattern.test(path))?.[0] ?? otherRoute
}

const longestPath = 300

/**
 * The path as it may be written down: a token in it is left out. So is a path that is none of the API's, which may hold one in a
 * place that nobody knows.
 */
export function loggedPath(path: string, route: string): string {
  return route === otherRoute || route.includes(':token') ? route : path.slice(0, longestPath)
}
