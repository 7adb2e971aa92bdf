import type { Fault } from '../model/fault.js'
import { recordName } from '../model/record.js'

/** The faults of each record, sorted once for each list of them. */
export function byRecord(faults: () => readonly Fault[]): (name: string) => readonly Fault[] | undefined {
  let sorted: readonly Fault[] | undefined
  let byName = new Map<string, Fault[]>()
  return (name) => {
    const all = faults()
    if (all !== sorted) {
      sorted = all
      byName = new Map()
      for (const fault of all) {
        const name = recordName({ collection: fault.collection, id: fault.recordId })
        byName.set(name, [...(byName.get(name) ?? []), fault])
      }
    }
    return byName.get(name)
  }
}
