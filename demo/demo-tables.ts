import type { TableSchema } from './server/store/tables.js'
import type { RunningServer } from './server/start-server.js'

/** The tables of Fieldbook. A job needs a title, and no two jobs have one order number. */
export const demoTables = {
  Job: [
    { name: 'title', required: true },
    { name: 'number', unique: true },
    { name: 'customer' },
    { name: 'place' },
    { name: 'due' },
    { name: 'status' },
  ],
  Note: [{ name: 'jobId' }, { name: 'text', type: 'TEXT' }],
} as const satisfies TableSchema

const works = [
  'Replace the pump of',
  'Look after',
  'Measure',
  'Clean the filter of',
  'Adjust',
  'Take into service',
  'Repair',
]
const things = [
  'the heat pump',
  'the boiler',
  'the cooling unit',
  'the ventilation',
  'the solar inverter',
  'lift 2',
  'the pressure vessel',
]
const customers = [
  'North Bakery',
  'Hill School',
  'Dock 7',
  'Town Library',
  'River Hotel',
  'Garden Clinic',
  'Mill Lofts',
  'West Pool',
]
const streets = ['Harbour Street', 'Mill Lane', 'Station Road', 'Church Hill', 'Orchard Row', 'Bridge Street']
const seen = [
  'Seal is worn, ordered a new one.',
  'Pressure 1.6 bar, within limits.',
  'Key at the reception.',
  'Come back with the long ladder.',
]

/** The most rows of a bulk operation. */
const mostRows = 100
const dayMs = 86_400_000

/** Fills empty tables with jobs around this day, and every eighth with notes. Rejects when the server refuses. */
export async function seedDemoTables({ apiRoot, control }: RunningServer, jobs = 2000): Promise<void> {
  if (control.readRows('Job').length > 0) return
  for (let first = 0; first < jobs; first += mostRows) {
    const rows = Array.from({ length: Math.min(mostRows, jobs - first) }, (_, index) => jobRow(first + index))
    const ids = await createAll(apiRoot, 'Job', rows)
    const notes = ids.filter((_, index) => index % 8 === 0).flatMap((jobId, index) => notesOf(jobId, index))
    await createAll(apiRoot, 'Note', notes)
  }
}

function jobRow(index: number): Record<string, string> {
  const pick = (words: readonly string[], step: number): string => words[(index * step + (index >> 3)) % words.length]!
  const days = ((index * 37) % 240) - 120
  return {
    title: `${pick(works, 3)} ${pick(things, 5)}`,
    // Most numbers come later.
    ...(index % 10 === 0 && { number: `A-${String(10_000 + index)}` }),
    customer: pick(customers, 3),
    place: `${pick(streets, 5)} ${(index % 90) + 1}`,
    due: new Date(Date.now() + days * dayMs).toISOString().slice(0, 10),
    status: days < -7 ? 'done' : days <= 0 ? 'started' : 'planned',
  }
}

function notesOf(jobId: string, index: number): Record<string, string>[] {
  return seen.slice(0, 1 + (index % 3)).map((text) => ({ jobId, text }))
}

async function createAll(apiRoot: string, table: string, rows: readonly object[]): Promise<string[]> {
  const answer = await fetch(`${apiRoot}/data/bulk/${table}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(rows),
  })
  if (!answer.ok) throw new Error(`The server did not make the rows of ${table}: ${await answer.text()}`)
  return (await answer.json()) as string[]
}
