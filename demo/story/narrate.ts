/** Prints each event as it happens, with the seconds since the start, and keeps the present step. */
export interface Narrator {
  /** The step in which a failure, or the time limit, happened. */
  readonly step: string
  /** Begins a step under its title. */
  begin(title: string): void
  say(from: string, text: string, atMs?: number): void
  /** Prints that something is as it has to be, or throws an `Error` that it is not. */
  expect(what: string, holds: boolean, found?: unknown): void
}

export function createNarrator(write: (line: string) => void): Narrator {
  const startedAtMs = Date.now()
  let step = 'start'
  const say = (from: string, text: string, atMs = Date.now()): void => {
    const seconds = ((atMs - startedAtMs) / 1000).toFixed(3).padStart(7)
    write(`${seconds} s  ${from.padEnd(8)} ${text}`)
  }
  return {
    get step() {
      return step
    },
    begin(title) {
      step = title
      write(`\n${title}`)
    },
    say,
    expect(what, holds, found) {
      if (!holds) throw new Error(`not so: ${what}${found === undefined ? '' : `, but ${JSON.stringify(found)}`}`)
      say('✓', what)
    },
  }
}
