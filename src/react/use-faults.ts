// Floor 7: the open faults, and the answers to them.
import { useMemo } from 'react'
import type { Faults } from '../client/resolve-fault.js'
import { useApp } from './app.js'
import { useLive } from './use-live.js'

/** `app.faults` with the open ones as `open`, oldest first. Its functions are there in a browser only. */
export type UsedFaults<F extends { open$: { value: unknown } } = Faults> = F & { readonly open: F['open$']['value'] }

const none: readonly never[] = []

/** The open faults, oldest first, with the calls that end them. Empty on a server. */
export function useFaults<F extends { open$: { value: unknown } } = Faults>(): UsedFaults<F> {
  const faults = useApp()?.faults
  const open = useLive(faults?.open$, none)
  return useMemo(() => ({ ...faults, open }), [faults, open]) as unknown as UsedFaults<F>
}
