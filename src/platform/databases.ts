import { hasRoom } from './has-room.js'
import type { Databases } from './platform.js'

type Factory = NonNullable<Databases['factory']>

/**
 * This context's IndexedDB. `heal`, in documents only: the factory of a fresh hidden frame. When WebKit's storage process was
 * killed, every later open in the same document fails; in a frame made afterwards opens work, any number of times.
 * `isVolatile`: in a private window, Firefox (`SecurityError`) and WebKit (`UnknownError`) have databases, and no file
 * system. Chromium has a file system there too; it refuses one to a `file:` page, whose databases last.
 */
export function browserDatabases(): Databases {
  const factory = factoryOf(globalThis)
  // Faults of this engine's storage, in all its browsers and webviews; no feature shows them.
  const tearsLog = /Chrom(e|ium)\//.test(globalThis.navigator?.userAgent)
  const common = { factory, tearsLog, ...(tearsLog && { hasRoom }) }
  if (!factory || typeof document === 'undefined') return common
  let frame: HTMLIFrameElement | undefined
  return {
    ...common,
    isVolatile: async () => {
      try {
        await navigator.storage?.getDirectory?.()
        return false
      } catch (error) {
        return !tearsLog && /Security|Unknown/.test((error as Error).name)
      }
    },
    heal() {
      frame?.remove()
      // No address: about:blank, which any content security policy lets through.
      frame = document.createElement('iframe')
      frame.hidden = true
      document.documentElement.append(frame)
      return frame.contentWindow ? factoryOf(frame.contentWindow as Window & typeof globalThis) : undefined
    },
  }
}

function factoryOf(scope: Partial<Factory>): Factory | undefined {
  try {
    // Where storage is forbidden (sandboxed frames), reading the name throws in some browsers and is null in others.
    const { indexedDB, IDBKeyRange } = scope
    return indexedDB && IDBKeyRange ? { indexedDB, IDBKeyRange } : undefined
  } catch {
    return undefined
  }
}
