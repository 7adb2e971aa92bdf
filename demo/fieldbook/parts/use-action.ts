/* The act behind a button: it may take a while, and it may fail. */
import { useRef, useState } from 'react'

export interface Action<Args extends unknown[]> {
  /** Resolves with whether it was done. */
  run(...args: Args): Promise<boolean>
  /** Why it was not done. To be shown beside the button. */
  error: unknown
}

export function useAction<Args extends unknown[]>(act: (...args: Args) => Promise<unknown>): Action<Args> {
  const [error, setError] = useState<unknown>()
  const isUnderWay = useRef(false)
  const run = async (...args: Args): Promise<boolean> => {
    // A second press while the first is under way.
    if (isUnderWay.current) return false
    isUnderWay.current = true
    setError(undefined)
    try {
      await act(...args)
      return true
    } catch (reason) {
      setError(reason)
      return false
    } finally {
      isUnderWay.current = false
    }
  }
  return { run, error }
}
