/** Cache Storage as far as it is used: what is put there is found again, also after a kill. */
export function fakeCaches(): CacheStorage {
  const names = new Map<string, Map<string, Response>>()
  return {
    open: (name: string) => {
      const entries = names.get(name) ?? new Map<string, Response>()
      names.set(name, entries)
      return Promise.resolve({
        put: (address: string, response: Response) => Promise.resolve(void entries.set(address, response)),
        match: (address: string) => Promise.resolve(entries.get(address)),
      })
    },
  } as unknown as CacheStorage
}
