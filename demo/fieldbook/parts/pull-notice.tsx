import { useMemo } from 'react'
import { useApp, useLive } from '../app.js'
import { wordsOfFailure } from '../words/errors.js'

/** Why the rows of a table do not come, where the server has said so. */
export function PullNotice({ table }: { table: 'Job' | 'Note' }) {
  const app = useApp()
  const pull$ = useMemo(() => app.table(table).pull$, [app, table])
  const pull = useLive(pull$)
  if (pull?.state !== 'failed' || !pull.failure || pull.failure.kind === 'unreachable') return null
  const isMissing = pull.failure.code === 1009
  return (
    <p className="problem" role="alert">
      {isMissing
        ? `This application has no table "${table}" yet. Make it in the console of Backendless, or save one row here.`
        : `The list may be old. ${wordsOfFailure(pull.failure)}`}
    </p>
  )
}
