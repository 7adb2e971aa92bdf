import type { Agenda } from './agenda.js'
import type { Alarm } from './alarm.js'
import type { Gate } from './gate.js'
import type { Lease } from './lease.js'
import type { News } from './news.js'
import type { Pacing } from './pacing.js'
import type { Requests } from './requests.js'
import type { Decisions } from './write-decisions.js'

/** The memories of a sender, each in one place. ARCHITECTURE.md has a table of the events and their changes in these. */
export interface Owners {
  agenda: Agenda
  alarm: Alarm
  decisions: Decisions
  gate: Gate
  lease: Lease
  news: News
  pacing: Pacing
  requests: Requests
}
