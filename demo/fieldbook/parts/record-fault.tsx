import type { RowFault } from 'holdfast/backendless'
import { titleOf } from '../words/faults.js'

/** The refusal of a record as a whole: of its making, or of its deletion. */
export function RecordFault({
  state,
}: {
  state: { state: string; fault?: RowFault | undefined; op?: string } | undefined
}) {
  const { fault, op } = state ?? {}
  if (!fault || op === 'update') return null
  return (
    <p className="problem" role="alert">
      {titleOf(fault)}. <a href="#/inbox">Open the inbox</a>
    </p>
  )
}
