/* The act behind a button: it may take a while, and it may fail. */
import { useState } from 'react'

export interface Action<Args extends unknown[]> {
  /** Resolves with whether it was done. */
  run(...args: Args): Promise<boolean>
  isBusy: boolean
  /** Why it was not done. To be shown beside the button. */
  error: unknown
}

export function useAction<Args extends unknown[]>(act: (...args: Args) => Promise<unknown>): Action<Args> {
  const [state, setState] = useState<{ isBusy: boolean; error?: unknown }>({ isBusy: false })
  const run = async (...args: Args): Promise<boolean> => {
    setState({ isBusy: true })
    try {
      await act(...args)
      setState({ isBusy: false })
      return true
    } catch (error) {
      setState({ isBusy: false, error })
      return false
    }
  }
  return { run, isBusy: state.isBusy, error: state.error }
}
