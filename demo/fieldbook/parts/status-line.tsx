import { Button, ProgressBar } from 'react-aria-components'
import { useApp, useSyncStatus } from '../app.js'
import { wordsOfFailure } from '../words/errors.js'
import { isMany, wordsOfStatus } from '../words/status.js'
import { Problem } from './problem.js'
import { useAction } from './use-action.js'
import { useNow } from './use-now.js'

/** How far the changes have come: one line, and a bar where there are many. */
export function StatusLine() {
  const { flush } = useApp()
  const status = useSyncStatus()
  const nowMs = useNow(status.pending > 0)
  const send = useAction(async () => {
    const { pending, failure } = await flush()
    if (pending > 0 && failure) throw new Error(wordsOfFailure(failure))
  })
  const words = wordsOfStatus(status, nowMs)
  // The refusals come first: they alone are in the inbox.
  const [first, ...rest] = words.split(' · ')
  const canSend = status.pending > 0 && status.phase !== 'sending' && status.phase !== 'needs-login'
  const tone = status.faults > 0 ? 'refused' : status.pending > 0 ? 'waiting' : 'saved'

  return (
    <section className="status" aria-label="Status of your changes" data-tone={tone}>
      <p role="status">
        {status.faults > 0 ? <a href="#/inbox">{first}</a> : first}
        {rest.map((part) => ` · ${part}`).join('')}
      </p>
      {canSend && (
        <Button className="link" onPress={() => void send.run()}>
          Send now
        </Button>
      )}
      {/* Where it has been sent since, the reason is old. */}
      {canSend && status.failure && <Problem error={send.error} />}
      {isMany(status) && (
        <ProgressBar className="progress" aria-label="Changes sent" value={status.sent} maxValue={status.total}>
          {({ percentage }) => <span className="progress-fill" style={{ inlineSize: `${percentage ?? 0}%` }} />}
        </ProgressBar>
      )}
    </section>
  )
}
