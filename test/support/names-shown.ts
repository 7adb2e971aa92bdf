import type { Users } from '../../src/backendless/index.js'

/** Notes each name that a client shows, once for as long as it is shown. */
export function namesShown<U extends object>({ current$ }: Pick<Users<U>, 'current$'>): unknown[] {
  const names: unknown[] = []
  current$.subscribe((user) => {
    const name: unknown = user && 'name' in user ? user.name : undefined
    if (name !== names.at(-1)) names.push(name)
  })
  return names
}
