/*
 * Two real browsers with a profile and a network each, and a server that writes too: they make, change and delete the notes of
 * one collection, offline and online in every order, lose answers, and answer what is refused. Each edit has the one fate that the
 * model says, nothing is lost or doubled, and in the end all three have the same. `NOTEBOOKS_SEED=7 npm test -- two-notebooks`
 * runs one seed again.
 */
import { beforeEach, expect, test } from 'vitest'
import {
  NotesModel,
  noteProperties,
  notesGenerator,
  type Action,
  type Actor,
  type ExpectedEnd,
  type NotesGenerator,
  type NotesRound,
} from '../support/notes-model.js'
import { expectDrained, fatesOf, useRestBench, type NotebookDevice } from '../support/rest-bench.js'
import { deviceNames, type DeviceName, type Values } from '../support/two-devices.js'
import type { NotedFault } from '../support/page/notebook.js'

const bench = useRestBench()
const seed = Number(process.env['NOTEBOOKS_SEED'] ?? 15731)

let devices: { readonly [name in DeviceName]: NotebookDevice }
let model: NotesModel
let generator: NotesGenerator
let steps: string[]
/** By device, the edits that are saved and not settled. */
let left: { [name in DeviceName]: string[] }
let madeByServer: number

beforeEach(({ onTestFailed }) => {
  model = new NotesModel()
  generator = notesGenerator(seed)
  steps = []
  left = { a: [], b: [] }
  madeByServer = 0
  onTestFailed(() => console.error(`NOTEBOOKS_SEED=${seed}\n${steps.join('\n')}`))
})

const tab = (name: DeviceName): NotebookDevice['tab'] => devices[name].tab

/** The notes of the server, by id. */
const onServer = (): Map<string, Values> =>
  new Map(
    bench.server.control
      .all('notes')
      .map((note) => [
        note['id'] as string,
        Object.fromEntries(noteProperties.map((name) => [name, (note[name] ?? null) as string | null])),
      ]),
  )

const inModel = (): Map<string, Values> =>
  new Map([...model.server].map(([id, row]) => [id, Object.fromEntries(row) as Values]))

/** Saves an edit, and knows of it in the model too. */
async function act(name: DeviceName, action: Action): Promise<void> {
  steps.push(`${name}: ${JSON.stringify(action)}`)
  const saved = await tab(name).evaluate((what) => {
    if (what.op === 'create') return notebook.create(what.values)
    return what.op === 'update' ? notebook.update(what.id, what.values) : notebook.delete(what.id)
  }, action)
  left[name].push(saved.id)
  const values = action.op === 'delete' ? {} : action.values
  model.edit(name, { id: saved.id, op: action.op }, saved.note, values)
}

function actElsewhere(action: Action): void {
  steps.push(`server: ${JSON.stringify(action)}`)
  const { control } = bench.server
  if (action.op === 'create') {
    const id = `server-${++madeByServer}`
    control.create('notes', { id, ...action.values })
    model.write(id, action.values)
  } else if (action.op === 'update') {
    control.update('notes', action.id, action.values)
    model.write(action.id, action.values)
  } else {
    control.delete('notes', action.id)
    model.write(action.id, null)
  }
}

/** The edits that the model has ended have that fate, and each that was rejected is in one fault with the values of both sides. */
async function expectEnded(name: DeviceName, { fates, faults }: ExpectedEnd): Promise<void> {
  const ids = [...fates.keys()]
  left[name] = left[name].filter((id) => !fates.has(id))
  if (!ids.length) return
  expect(Object.fromEntries((await fatesOf(tab(name), ids)).map((fate, at) => [ids[at], fate]))).toEqual(
    Object.fromEntries(fates),
  )
  const found = (await faultsOf(name)).filter(({ editIds }) => editIds.some((id) => fates.has(id)))
  const rejected = ids.filter((id) => fates.get(id) === 'rejected')
  expect(found.flatMap(({ editIds }) => editIds).sort()).toEqual(rejected.sort())
  const shown = found.map(({ note, kind, offending, base, theirs }) => ({
    note,
    kind,
    contested: Object.fromEntries(
      (kind === 'conflict' ? offending : []).map((one) => [one, { base: base[one], theirs: theirs?.[one] }]),
    ),
  }))
  // Two of one moment are in no order.
  const inOrder = (list: readonly object[]): string[] => list.map((one) => sorted(one)).sort()
  expect(inOrder(shown)).toEqual(inOrder(faults))
}

const faultsOf = (name: DeviceName): Promise<NotedFault[]> => tab(name).evaluate(() => notebook.faults())

/** JSON whose names are in order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'object' && part && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  )
}

async function drain(name: DeviceName): Promise<void> {
  steps.push(`${name} sends`)
  await expectDrained(tab(name))
  await expectEnded(name, model.drain(name))
}

function setOffline(name: DeviceName, offline: boolean): void {
  steps.push(`${name} is ${offline ? 'offline' : 'online'}`)
  devices[name].proxy.setUp(!offline)
}

/** Both send at once: which of them was first, only they know. */
async function race(): Promise<void> {
  for (const name of deviceNames) setOffline(name, false)
  steps.push('both send')
  await Promise.all(deviceNames.map((name) => expectDrained(tab(name))))
  for (const name of deviceNames) {
    const ids = left[name].splice(0)
    const fates = await fatesOf(tab(name), ids)
    expect(fates.filter((fate) => !['accepted', 'rejected', 'discarded'].includes(fate))).toEqual([])
    const inFaults = (await faultsOf(name)).flatMap(({ editIds }) => editIds).filter((id) => ids.includes(id))
    expect(inFaults.sort()).toEqual(ids.filter((_id, at) => fates[at] === 'rejected').sort())
  }
  const known = [...new Set([...model.known, ...onServer().keys()])]
  for (const name of deviceNames) await tab(name).evaluate((ids) => notebook.agreed(ids), known)
  model.agree(onServer())
  for (const id of known) model.known.add(id)
}

/** Until nothing is refused any more, in the manner of the round, and in the end by giving in. Returns the kinds of faults. */
async function answerFaults(name: DeviceName, answer: NotesRound['answer'], answered: Set<string>): Promise<void> {
  for (let tries = 0; ; tries++) {
    const [fault] = await faultsOf(name)
    if (!fault) return
    const how = tries < 4 ? answer : 'discard'
    steps.push(`${name} answers ${JSON.stringify(fault)} with ${how}`)
    answered.add(`${fault.kind} ${how}`)
    const { id: faultId, note, kind } = fault
    const mine = fault.mine as Values
    if (how === 'retry' || (how === 'amend' && kind === 'conflict')) {
      const over = how === 'amend' ? { [fault.properties[0]!]: `${name} amends ${steps.length}` } : {}
      const edit = await tab(name).evaluate(
        async (id, patch) =>
          (await (patch ? notebook.client.faults.amend(id, patch) : notebook.client.faults.retry(id))).id,
        faultId,
        how === 'amend' ? over : null,
      )
      left[name].push(edit)
      model.edit(name, { id: edit, op: 'update' }, note, { ...mine, ...over })
      await drain(name)
      continue
    }
    await tab(name).evaluate((id) => notebook.client.faults.discard(id), faultId)
    // The note is gone: with all that it had shown, it comes back under an id of its own. A note that this device had deleted
    // itself shows only the values of the edit, and the API wants a title.
    if (how === 'amend') {
      await act(name, { op: 'create', values: { ...fault.view!, title: fault.view!['title'] ?? `${name} again` } })
      await drain(name)
    }
  }
}

/** All three have the same notes, with nothing of an edit's left on them. */
async function expectSame(): Promise<void> {
  expect(onServer()).toEqual(inModel())
  const rows = onServer()
  for (const name of deviceNames) {
    const shown = await tab(name).evaluate((ids) => notebook.agreed(ids), [...model.known])
    expect(shown).toEqual(
      Object.fromEntries(
        [...model.known].map((id) => [id, { values: rows.get(id) ?? null, state: rows.has(id) ? 'confirmed' : null }]),
      ),
    )
  }
}

/** No note was made twice, or deleted twice. */
function expectNothingDoubled(): void {
  const writes = bench.server.control.log({ collection: 'notes' }).filter(({ op }) => op !== 'update')
  const names = writes.map(({ op, id }) => `${op} ${id}`)
  expect(names).toEqual([...new Set(names)])
}

async function play(round: NotesRound, answered: Set<string>): Promise<void> {
  model.agree(onServer())
  for (const name of round.offline) setOffline(name, true)
  for (const name of deviceNames) {
    const method = round.loses[name]
    if (method) devices[name].proxy.add({ do: 'cut-after-request', match: { method } })
  }
  for (const who of round.turns) {
    const action = generator.action(model, who)
    if (who === 'server') {
      actElsewhere(action)
      continue
    }
    await act(who, action)
    if (!round.offline.includes(who)) await drain(who)
  }
  if (round.back === undefined && round.offline.length === 2) await race()
  else {
    const order = round.back === 'b' ? (['b', 'a'] as const) : (['a', 'b'] as const)
    for (const name of order.filter((one: Actor) => round.offline.some((other) => other === one))) {
      setOffline(name, false)
      await drain(name)
    }
  }
  for (const name of deviceNames) await answerFaults(name, round.answer, answered)
  await expectSame()
  expectNothingDoubled()
}

test('notes that two devices and the server make, change and delete, each for itself, are the same everywhere in the end', async () => {
  devices = { a: await bench.device(), b: await bench.device() }
  const answered = new Set<string>()
  for (const round of generator.rounds()) {
    steps = [`round: ${JSON.stringify(round)}`]
    await play(round, answered)
  }
  // Both kinds came up, and each answer to a conflict was needed.
  for (const kind of ['conflict amend', 'conflict retry', 'conflict discard', 'gone discard'])
    expect([...answered]).toContain(kind)
})
