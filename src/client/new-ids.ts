// Floor 5: the ids that the device makes for new records (R19).
import type { Clock, Random } from '../platform/platform.js'

export interface RecordIds {
  /** Of the form UUID v7, by RFC 9562: in the order of their making, also where the clock stands or goes back. */
  next(): string
  /** Whether the app has got this id here, and gives it to a record now. */
  take(id: string): boolean
}

export function createRecordIds(clock: Pick<Clock, 'now'>, random: Pick<Random, 'bytes'>): RecordIds {
  /** Those that no record has yet. */
  const open = new Set<string>()
  let atMs = 0
  /** Twelve bits behind the time. */
  let count = 0
  const next = (): string => {
    const nowMs = Math.floor(clock.now())
    const bytes = random.bytes(10)
    const isLater = nowMs > atMs
    if (isLater) atMs = nowMs
    // It begins in the lower half, so that there is room behind.
    count = isLater ? ((bytes[8]! & 7) << 8) | bytes[9]! : count + 1
    if (count > 0xfff) {
      atMs++
      count = 0
    }
    const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
    const time = hex(atMs, 12)
    const tail = Array.from(bytes.subarray(0, 8), (byte, index) => hex(index ? byte : (byte & 0x3f) | 0x80, 2)).join('')
    const id = `${time.slice(0, 8)}-${time.slice(8)}-7${hex(count, 3)}-${tail.slice(0, 4)}-${tail.slice(4)}`
    open.add(id)
    return id
  }
  return { next, take: (id) => open.delete(id) }
}
