import type { Locks } from './platform.js'

/** Web Locks; undefined where there are none (insecure contexts, Node 20). */
export function browserLocks(): Locks | undefined {
  const manager = typeof navigator === 'undefined' ? undefined : (navigator.locks as LockManager | undefined)
  return (
    manager && {
      async hold(name, signal, held) {
        let granted = false
        try {
          await manager.request(name, { signal }, () => {
            granted = true
            return held()
          })
        } catch (error) {
          if (granted || !signal.aborted) throw error
        }
      },
    }
  )
}
