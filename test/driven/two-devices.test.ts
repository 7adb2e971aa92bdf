/*
 * Two real browsers with a profile each, and one account: they write the same properties, offline and online in every order,
 * and answer what is refused. No write is lost without a fault, as far as a backend that cannot compare lets anybody promise
 * (R11), and in the end both show the same. `DEVICES_SEED=7 npm test -- two-devices` runs one seed again.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { startServer, type RunningServer } from '../../demo/server/start-server.js'
import { launchChromium, type ChromiumBrowser } from '../support/engines/chromium.js'
import { startSite, type Site } from '../support/engines/site.js'
import {
  deviceNames,
  Model,
  properties,
  roundsOf,
  type DeviceName,
  type Round,
  type Values,
} from '../support/two-devices.js'
import type {} from '../support/page/device.js'

// Two browsers that are taken offline from outside: only Chromium's protocol can.
const inChromium = inject('engine') === 'chromium'
const seed = Number(process.env['DEVICES_SEED'] ?? Date.now() % 1_000_000)

let site: Site
let server: RunningServer
let folder: string
let devices: { readonly [name in DeviceName]: ChromiumBrowser }
let userId: string
let steps: string[]

beforeAll(async () => {
  if (inChromium) site = await startSite({ entry: 'test/support/page/device.ts' })
})
afterAll(() => site?.stop())
beforeEach(async () => {
  if (!inChromium) return
  steps = []
  folder = mkdtempSync(join(tmpdir(), 'holdfast-devices-'))
  server = await startServer({ switches: { multipleLogins: 'on' } })
})
afterEach(async ({ task }) => {
  if (!inChromium) return
  if (task.result?.state === 'fail') console.error(`DEVICES_SEED=${seed}\n${steps.join('\n')}`)
  for (const name of deviceNames) await devices[name].kill()
  await server.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

/** Both browsers, with Ann logged in. */
async function launch(query = ''): Promise<void> {
  const path = `/?root=${encodeURIComponent(server.apiRoot)}${query}`
  const [a, b] = await Promise.all(
    deviceNames.map((name) => launchChromium({ profileDir: join(folder, name), site, path })),
  )
  devices = { a: a!, b: b! }
  userId = await a!.first.evaluate(async () => {
    const ann = { email: 'ann@x.co', name: 'Ann', city: 'Rome', phone: '1', password: 'secret-1' }
    await device.users.register(ann)
    return (await device.users.login('ann@x.co', 'secret-1')).objectId
  })
  await b!.first.evaluate(async () => void (await device.users.login('ann@x.co', 'secret-1')))
}

const page = (name: DeviceName): ChromiumBrowser['first'] => devices[name].first

const row = (): Values => {
  const user = server.control.readUser({ id: userId })!
  return Object.fromEntries(properties.map((name) => [name, (user[name] ?? null) as string | null]))
}

async function setOffline(name: DeviceName, offline: boolean): Promise<void> {
  steps.push(`${name} is ${offline ? 'offline' : 'online'}`)
  await devices[name].context.setOffline(offline)
  await expect.poll(() => page(name).evaluate(() => navigator.onLine)).toBe(!offline)
}

async function edit(name: DeviceName, patch: Values): Promise<string> {
  steps.push(`${name} writes ${JSON.stringify(patch)}`)
  return page(name).evaluate(async (values) => (await device.users.update(values)).id, patch)
}

/** Sends all there is; resolves when it has settled. */
async function drain(...names: DeviceName[]): Promise<void> {
  steps.push(`${names.join(' and ')} send`)
  for (const name of names)
    await expect
      .poll(() => page(name).evaluate(async () => (await device.flush()).pending), { timeout: 45_000, interval: 50 })
      .toBe(0)
}

const outcomesOf = (name: DeviceName, ids: readonly string[]): Promise<string[]> =>
  page(name).evaluate(async (all) => Promise.all(all.map(async (id) => (await device.settlement(id)).outcome)), ids)

const faultsOf = (name: DeviceName) =>
  page(name).evaluate(() =>
    device.faults.open$.value.map(({ id, editIds, kind, reason, properties, offending, base, mine, theirs }) => {
      return { id, editIds, kind, reason, properties, offending, base, mine, theirs }
    }),
  )

/** One after the other, as the model has it: what settles how, and what the fault says. */
async function expectDrained(name: DeviceName, ids: readonly string[], model: Model): Promise<void> {
  await drain(name)
  const expected = model.drain(name)
  expect(await outcomesOf(name, ids)).toEqual(expected.outcomes)
  const faults = (await faultsOf(name)).filter(({ editIds }) => editIds.some((id) => ids.includes(id)))
  expect(faults).toMatchObject(expected.faults.map(() => ({ kind: 'conflict', reason: 'changed' })))
  expect(faults).toHaveLength(expected.faults.length)
  for (const contested of expected.faults) {
    const names = Object.keys(contested).sort()
    // Two of one moment are in no order.
    const fault = faults.find(({ offending }) => [...offending].sort().join() === names.join())
    const found = names.map((property) => [
      property,
      { base: fault?.base[property], theirs: fault?.theirs?.[property] },
    ])
    expect(Object.fromEntries(found)).toEqual(contested)
  }
}

/** The edits of a device, each sent at once where it is online. */
async function makeEdits(name: DeviceName, { offline, edits }: Round, model: Model): Promise<string[]> {
  const left: string[] = []
  for (const patch of edits[name]) {
    const id = await edit(name, patch)
    model.edit(name, patch)
    if (offline.includes(name)) left.push(id)
    else await expectDrained(name, [id], model)
  }
  return left
}

/** Until nothing is refused any more, in the manner of the round, and in the end by giving in. */
async function answerFaults(name: DeviceName, answer: Round['answer'], model: Model): Promise<void> {
  for (let tries = 0; ; tries++) {
    const [fault] = await faultsOf(name)
    if (!fault) return
    const how = tries < 4 ? answer : 'discard'
    steps.push(`${name} answers ${JSON.stringify(fault.mine)} with ${how}`)
    if (how === 'discard') {
      await page(name).evaluate((id) => device.faults.discard(id), fault.id)
      continue
    }
    const over = how === 'amend' ? { [fault.properties[0]!]: `${name} amends ${steps.length}` } : {}
    const id = await page(name).evaluate(
      async (faultId, patch) => (await (patch ? device.faults.amend(faultId, patch) : device.faults.retry(faultId))).id,
      fault.id,
      how === 'amend' ? over : null,
    )
    model.edit(name, { ...(fault.mine as Values), ...over })
    await expectDrained(name, [id], model)
  }
}

async function expectSame(): Promise<void> {
  for (const name of deviceNames) {
    const view = await page(name).evaluate(async () => device.users.refresh())
    expect(Object.fromEntries(properties.map((property) => [property, view[property] ?? null]))).toEqual(row())
    expect(await page(name).evaluate(() => device.users.fields$.value)).toEqual({})
  }
}

/** Who sent over something that it had read, and had not been made on: what R11 promises never to do. */
async function expectNothingOverwrittenUnseen(before: Values): Promise<void> {
  for (const name of deviceNames) {
    const own = new Set(Object.values(before))
    const writes = await page(name).evaluate(() => globalThis.writes.splice(0))
    for (const { sent, read } of writes)
      for (const property of Object.keys(sent).filter((one) => (properties as readonly string[]).includes(one))) {
        const seen = (read[property] ?? null) as string | null
        if (!own.has(seen)) throw new Error(`${name} read ${seen} and sent ${JSON.stringify(sent[property])} over it`)
        own.add(sent[property] as string | null)
      }
  }
}

async function play(round: Round, model: Model): Promise<void> {
  const before = row()
  model.agree(before)
  for (const name of deviceNames) await page(name).evaluate(() => void globalThis.writes.splice(0))
  for (const name of round.offline) await setOffline(name, true)
  const left: { [name in DeviceName]: string[] } = { a: [], b: [] }
  const isRace = round.back === undefined && round.offline.length === 2
  for (const name of round.order) left[name] = await makeEdits(name, round, model)
  if (isRace) {
    await Promise.all(deviceNames.map((name) => setOffline(name, false)))
    await Promise.all(deviceNames.map((name) => drain(name)))
    await expectNothingOverwrittenUnseen(before)
    for (const name of deviceNames) {
      const outcomes = await outcomesOf(name, left[name])
      expect(outcomes.filter((outcome) => outcome !== 'accepted' && outcome !== 'rejected')).toEqual([])
      const faults = await faultsOf(name)
      expect(outcomes.includes('rejected')).toBe(faults.length > 0)
    }
    // Which of the two was first, only they know: from here on the model goes by what there is.
    for (const name of deviceNames) {
      model.drain(name)
      await page(name).evaluate(async () => void (await device.users.refresh()))
    }
    model.agree(row())
  } else {
    const order = round.back === 'b' ? (['b', 'a'] as const) : (['a', 'b'] as const)
    for (const name of order.filter((one) => round.offline.includes(one))) {
      await setOffline(name, false)
      await expectDrained(name, left[name], model)
    }
  }
  for (const name of round.order) await answerFaults(name, round.answer, model)
  expect(row()).toEqual(Object.fromEntries(model.server))
  await expectSame()
}

test.runIf(inChromium)(
  'offline and online in every order: what both have changed is a fault with both values, and in the end they show the same',
  async () => {
    await launch()
    const model = new Model()
    const answered = new Set<string>()
    for (const round of roundsOf(seed)) {
      steps = [`round: ${JSON.stringify(round)}`]
      await play(round, model)
      for (const step of steps) if (step.includes(' answers ')) answered.add(step.split(' with ')[1]!)
    }
    // Each answer was needed.
    expect([...answered].sort()).toEqual(['amend', 'discard', 'retry'])
  },
)

test.runIf(inChromium)('with an app that decides, nothing is refused, and what both wrote is in the end', async () => {
  await launch('&resolve')
  const model = new Model()
  const resolve = (mine: string | null, theirs: string | null): string => `${mine}+${theirs}`
  let resolved = 0
  for (const round of roundsOf(seed)
    .filter(({ offline, back }) => offline.length > 0 && back)
    .slice(0, 12)) {
    steps = [`round: ${JSON.stringify(round)}`]
    model.agree(row())
    for (const name of round.offline) await setOffline(name, true)
    const all: { [name in DeviceName]: string[] } = { a: [], b: [] }
    for (const name of round.order)
      for (const patch of round.edits[name]) {
        all[name].push(await edit(name, patch))
        model.edit(name, patch)
        if (round.offline.includes(name)) continue
        await drain(name)
        model.drain(name, resolve)
      }
    const order = round.back === 'b' ? (['b', 'a'] as const) : (['a', 'b'] as const)
    for (const name of order.filter((one) => round.offline.includes(one))) {
      await setOffline(name, false)
      await drain(name)
      model.drain(name, resolve)
    }
    for (const name of deviceNames) {
      expect(await outcomesOf(name, all[name])).toEqual(all[name].map(() => 'accepted'))
      expect(await faultsOf(name)).toEqual([])
    }
    expect(row()).toEqual(Object.fromEntries(model.server))
    await expectSame()
    if (Object.values(row()).some((value) => value?.includes('+'))) resolved++
  }
  expect(resolved).toBeGreaterThan(0)
})
