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
    await setCondition(control, next)
    show(next)
  }
  return { condition, set }
}
