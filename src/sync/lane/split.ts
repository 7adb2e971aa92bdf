import type { Split } from '../../store/rows.js'

/** Half of the suspects, the older ones, go out next (R6). */
function halve(suspects: number): Split {
  return { suspects, size: Math.ceil(suspects / 2) }
}

/** After `sent` edits were refused together: one of them is guilty, so the older half is asked first. */
export function splitRefused(sent: number): Split {
  return halve(sent)
}

/** After `sent` edits of a split were accepted: the guilty one is among the rest, which therefore are halved at once. */
export function splitAccepted(split: Split | undefined, sent: number): Split | undefined {
  const suspects = (split?.suspects ?? 0) - sent
  return suspects > 0 ? halve(suspects) : undefined
}
