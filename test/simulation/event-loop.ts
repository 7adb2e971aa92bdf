// The one event loop of a simulated world: virtual time, and nothing happens but what is scheduled here.

/** A context that runs code: a tab. Events due for a frozen one wait; events due for a dead one never happen. */
export interface Context {
  state: 'running' | 'frozen' | 'dead'
}

interface Task {
  dueAtMs: number
  order: number
  owner: Context | undefined
  run(): void
  canceled: boolean
}

/** No world needs so many: one that does has run wild. */
const mostEvents = 60_000

export class EventLoop {
  nowMs = 0
  /** How many events have happened. */
  count = 0
  readonly #heap: Task[] = []
  readonly #held = new Map<Context, Task[]>()
  #afterTurn: (() => void)[] = []
  #order = 0

  /** `owner`: the tab whose event it is; none: the outside world's. Returns what takes it back. */
  schedule(delayMs: number, owner: Context | undefined, run: () => void): () => void {
    const task = { dueAtMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, owner, run, canceled: false }
    this.#push(task)
    return () => void (task.canceled = true)
  }

  /** Calls back when all microtasks of the event that happens now have run. */
  afterTurn(run: () => void): void {
    this.#afterTurn.push(run)
  }

  /** Events that came due while it was frozen happen now, in the order in which they came due. */
  thaw(context: Context): void {
    const held = this.#held.get(context) ?? []
    this.#held.delete(context)
    for (const task of held) {
      task.dueAtMs = this.nowMs
      task.order = this.#order++
      this.#push(task)
    }
  }

  /** How many events wait for this context. */
  waitingFor(context: Context): number {
    return this.#heap.filter(({ owner, canceled }) => owner === context && !canceled).length
  }

  /** Lets things happen until `done` says so, or virtual time passes `limitMs`, or nothing is left to happen. */
  async run(done: () => boolean, limitMs: number): Promise<'done' | 'late' | 'idle'> {
    await this.#turn()
    while (!done()) {
      const task = this.#heap[0]
      if (!task) return 'idle'
      // Nothing will come of it, however late it is due.
      if (task.canceled || task.owner?.state === 'dead') {
        this.#pop()
        continue
      }
      if (task.dueAtMs > limitMs) {
        this.nowMs = Math.max(this.nowMs, limitMs)
        return 'late'
      }
      this.#pop()
      if (task.owner?.state === 'frozen') {
        this.#held.set(task.owner, [...(this.#held.get(task.owner) ?? []), task])
        continue
      }
      this.nowMs = Math.max(this.nowMs, task.dueAtMs)
      if (this.count++ > mostEvents) throw new Error('this world does not come to rest')
      task.run()
      await this.#turn()
    }
    return 'done'
  }

  /** A real turn of Node's loop: every microtask that the event started has run after it. */
  async #turn(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve))
    while (this.#afterTurn.length) {
      const callbacks = this.#afterTurn
      this.#afterTurn = []
      for (const callback of callbacks) callback()
    }
  }

  #push(task: Task): void {
    const heap = this.#heap
    let at = heap.push(task) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(task, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = task
  }

  #pop(): void {
    const heap = this.#heap
    const task = heap.pop()!
    if (!heap.length) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, task)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = task
  }
}

function isBefore(a: Task, b: Task): boolean {
  return a.dueAtMs < b.dueAtMs || (a.dueAtMs === b.dueAtMs && a.order < b.order)
}
