/* The act behind a button: it may take a while, and it may fail. */
import { useRef, useState } from 'react'

export interface Action<Args extends unknown[]> {
  /** Resolves with whether it was done. */
  run(...args: Args): Promise<boolean>
  isBusy: boolean
  /** Why it was not done. To be shown beside the button. */
  error: unknown
}

export function useAction<Args extends unknown[]>(act: (...args: Args) => Promise<unknown>): Action<Args> {
  const [state, setState] = useState<{ isBusy: boolean; error?: unknown }>({ isBusy: false })
  const isUnderWay = useRef(false)
  const run = async (...args: Args): Promise<boolean> => {
    // A second press while the first is under way.
    if (isUnderWay.current) return false
    isUnderWay.current = true
    setState({ isBusy: true })
    try {
      await act(...args)
      setState({ isBusy: false })
      return true
    } catch (error) {
      setState({ isBusy: false, error })
      return false
    } finally {
      isUnderWay.current = false
    }
  }
  return { run, isBusy: state.isBusy, error: state.error }
}
