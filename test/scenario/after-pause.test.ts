/* The background of a phone's webview with no service worker: edits go at the resume, and in a background task before it. */
import { readFileSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { capacitorPlatform, type CapacitorApp } from '../../src/capacitor/index.js'
import { runSample, samplesOf } from '../support/samples.js'
import { signedInWorld, type Tab, type World } from '../support/world.js'

/** `@capacitor/app`, in native hands. */
class App {
  readonly #listeners = new Set<{ event: string; listener: () => unknown }>()

  addListener(event: string, listener: () => unknown): Promise<{ remove(): void }> {
    const listening = { event, listener }
    this.#listeners.add(listening)
    return Promise.resolve({ remove: () => void this.#listeners.delete(listening) })
  }

  tell(event: 'pause' | 'resume'): void {
    for (const one of this.#listeners) if (one.event === event) void one.listener()
  }
}

/** `@capawesome/capacitor-background-task`: the tasks that it was told the end of. */
class Background {
  readonly ended: string[] = []

  beforeExit(work: () => void): Promise<string> {
    // Native code answers a call before it calls back.
    setImmediate(work)
    return Promise.resolve('task-1')
  }

  finish({ taskId }: { taskId: string }): void {
    this.ended.push(taskId)
  }
}

let phone: App
let world: World
let tab: Tab & { id: string }
beforeEach(async () => {
  phone = new App()
  const { visibility } = capacitorPlatform({ app: phone as unknown as CapacitorApp })
  ;({ world, tab } = await signedInWorld({ platform: { visibility: visibility! } }))
})

/** Two edits that wait for the end of a pause, since nobody answered. */
async function leaveWaiting(): Promise<void> {
  world.server.control.refuse(true)
  await world.after(tab.users.update({ name: 'James' }))
  await world.after(tab.users.update({ age: 3 }))
  expect(tab.app.status$.value).toMatchObject({ phase: 'waiting', pending: 2 })
}

it('edits that wait go at the resume, at once', async () => {
  await leaveWaiting()
  phone.tell('pause')
  world.server.control.refuse(false)
  await world.quiet()
  expect(tab.app.status$.value).toMatchObject({ phase: 'waiting', pending: 2 })
  phone.tell('resume')
  await world.quiet()
  expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  expect(world.applied(tab.id)).toEqual([{ name: 'James' }, { age: 3 }])
})

describe('a background task by the code of docs/webviews.md', () => {
  let background: Background
  beforeEach(async () => {
    background = new Background()
    const sample = samplesOf(readFileSync('docs/webviews.md', 'utf8')).find(
      ({ heading }) => heading === 'Send after a pause',
    )!
    await runSample(`${sample.code}\nawait sendAfterPause(background)`, { App: phone, app: tab.app, background })
  })

  const untilEnded = async (): Promise<void> => {
    while (background.ended.length === 0) await world.quiet()
    expect(background.ended).toEqual(['task-1'])
  }

  it('ends when the edits have arrived: the page may die then', async () => {
    await leaveWaiting()
    world.server.control.refuse(false)
    phone.tell('pause')
    await untilEnded()
    tab.kill()
    expect(world.applied(tab.id)).toEqual([{ name: 'James' }, { age: 3 }])
  })

  it('ends without a network, too, and the next start sends the edits', async () => {
    await leaveWaiting()
    phone.tell('pause')
    await untilEnded()
    world.server.control.refuse(false)
    const again = await world.reopen(tab)
    await world.quiet()
    expect(again.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
    expect(world.applied(tab.id)).toEqual([{ name: 'James' }, { age: 3 }])
  })
})
