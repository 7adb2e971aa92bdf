import { Target } from './events.js'
import type { Transaction } from './transaction.js'

export class Request extends Target {
  result: unknown
  error: DOMException | null = null
  readyState: 'pending' | 'done' = 'pending'

  constructor(
    readonly source: unknown,
    /** Of an open request: the one that upgrades, while it does. */
    public transaction: Transaction | null,
  ) {
    super()
  }
}
