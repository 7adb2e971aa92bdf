import { useEffect, useState } from 'react'
import { useApp } from '../app.js'
import { TimelineBar } from './timeline-bar.js'
import { nameOfBar, stateOfBar, storyOfBar } from './timeline-words.js'
import { useTimeline } from './use-timeline.js'

/** The longest time that the bars show: what has waited longer begins at the left edge. */
const widestMs = 60_000
const tickMs = 500

const legend = [
  ['wait', 'saved, waits'],
  ['attempt', 'tried'],
  ['failed', 'no verdict'],
  ['accepted', 'accepted'],
  ['refused', 'refused'],
] as const

/** Each edit as a bar from its save through each attempt to its end, newest first; and the same in words. */
export function TimelineList() {
  const bars = useTimeline(useApp())
  const nowMs = useRunningTime(bars.some(({ end }) => !end))
  const lastMs = bars.some(({ end }) => !end) ? nowMs : Math.max(0, ...bars.map(({ end }) => end?.atMs ?? 0))
  const firstMs = Math.max(lastMs - widestMs, Math.min(lastMs - 1000, ...bars.map(({ savedAtMs }) => savedAtMs)))

  return (
    <section aria-labelledby="timeline-heading" className="timeline">
      <h3 id="timeline-heading">Your changes, live</h3>
      {bars.length === 0 && <p className="hint">Change something: its bar begins here when it is saved.</p>}
      <ul>
        {bars.toReversed().map((bar) => (
          <li key={bar.id} data-end={bar.end?.as.replace(' ', '-')}>
            <span className="timeline-name">{nameOfBar(bar)}</span>
            <TimelineBar bar={bar} firstMs={firstMs} lastMs={lastMs} />
            <span className="hint">{stateOfBar(bar, nowMs)}</span>
            <span className="unseen">{storyOfBar(bar)}</span>
          </li>
        ))}
      </ul>
      <p className="hint legend" aria-hidden="true">
        {legend.map(([is, word]) => (
          <span key={is}>
            <i data-is={is} /> {word}
          </span>
        ))}
      </p>
    </section>
  )
}

/** The time; it stands still while every edit has ended. */
function useRunningTime(isNeeded: boolean): number {
  const [nowMs, setNowMs] = useState(Date.now)
  useEffect(() => {
    if (!isNeeded) return
    const look = (): void => setNowMs(Date.now())
    look()
    const timer = setInterval(look, tickMs)
    return () => clearInterval(timer)
  }, [isNeeded])
  return nowMs
}
