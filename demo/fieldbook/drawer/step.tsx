import type { ReactNode } from 'react'
import { Problem } from '../parts/problem.js'

interface Props {
  title: string
  watch: string
  isDone: boolean
  /** Why the last press did nothing. */
  error?: unknown
  /** Its buttons. */
  children: ReactNode
}

/** One step: its buttons, a sentence on what to watch, and a tick when it has happened. */
export function Step({ title, watch, isDone, error, children }: Props) {
  return (
    <li className="step" data-done={isDone}>
      <h3>
        {title} <span className="step-done">{isDone && 'Seen'}</span>
      </h3>
      <p className="hint">{watch}</p>
      <div className="actions">{children}</div>
      <Problem error={error} />
    </li>
  )
}
