import type { Bar } from './timeline.js'

interface Props {
  bar: Bar
  firstMs: number
  lastMs: number
}

/** The picture of one edit. The words beside it say the same. */
export function TimelineBar({ bar, firstMs, lastMs }: Props) {
  const at = (ms: number): number => Math.min(100, Math.max(0, ((ms - firstMs) / (lastMs - firstMs)) * 100))
  const span = (fromMs: number, toMs = lastMs): object => ({
    insetInlineStart: `${at(fromMs)}%`,
    inlineSize: `${at(toMs) - at(fromMs)}%`,
  })
  const { savedAtMs, attempts, end } = bar
  return (
    <span className="track" aria-hidden="true">
      <i data-is="wait" style={span(savedAtMs, end?.atMs)} />
      {attempts.map(({ fromMs, toMs, failure }) => (
        <i key={fromMs} data-is={failure === undefined ? 'attempt' : 'failed'} style={span(fromMs, toMs)} />
      ))}
      {end && <i data-is={end.as === 'refused' ? 'refused' : 'accepted'} style={span(end.atMs, end.atMs)} />}
    </span>
  )
}
