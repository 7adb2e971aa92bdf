import { useEffect, useState } from 'react'
import { conditionNow, setCondition, type Condition } from './network.js'
import type { ServerControl } from './server-control.js'

/** The network's condition, which another tab may have set. */
export function useCondition(control: ServerControl) {
  const [condition, show] = useState<Condition>('works')
  useEffect(() => {
    const look = (): void => void conditionNow(control).then(show, () => {})
    look()
    addEventListener('focus', look)
    return () => removeEventListener('focus', look)
  }, [control])
  const set = async (next: Condition): Promise<void> => {
    try {
      await setCondition(control, next)
    } finally {
      // Of its requests only some may have arrived.
      await conditionNow(control).then(show, () => {})
    }
  }
  return { condition, set }
}
