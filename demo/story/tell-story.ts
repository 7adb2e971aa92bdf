import { ann, demoSchema, james, seedDemoUsers } from '../demo-users.js'
import { startServer, type RunningServer } from '../server/start-server.js'
import type { NewFault } from './page.js'
import { onStage, type StoryParts } from './stage.js'
import type { Told } from './tell.js'

const HOUR_MS = 3_600_000

/** An offline edit of a user, and its faults. Rejects when something is not as it has to be. */
export async function tellStory(parts: StoryParts): Promise<void> {
  const { begin, say, expect } = parts.narrator
  const options = {
    entry: 'page.ts',
    start: (given: { port: number; data: string }) => startServer({ ...given, schema: demoSchema }),
    apiRootOf: ({ apiRoot }: RunningServer) => apiRoot,
  }
  await onStage<RunningServer, NewFault>(parts, options, async ({ serve, stopServer, browse, killBrowser }) => {
    begin('James logs in')
    let server = await serve()
    await seedDemoUsers(server)
    let browser = await browse()
    await browser.tab.evaluate((email, password) => story.login(email, password), james.email, james.password)
    const loggedIn = await browser.tab.evaluate(() => story.view())
    expect('the page shows his profile, with no name in it', loggedIn.name === null, loggedIn)

    begin('The network goes, and he sets his name')
    await stopServer()
    const name = await browser.tab.evaluate(() => story.update({ name: 'James' }))
    expect('he sees it at once, before update() returns', name.shownAtOnce?.name === 'James', name.shownAtOnce)
    expect(`it is saved on his device, after ${name.savedAfterMs.toFixed(1)} ms`, name.id !== '')
    await browser.heard(isStatus('waiting, 1 pending: unreachable'))

    begin('His browser is killed, and started again')
    await killBrowser()
    browser = await browse()
    const restarted = await browser.tab.evaluate(() => story.view())
    expect('he sees his name still', restarted.name === 'James', restarted)
    expect('the edit is still pending', (await browser.tab.evaluate(() => story.pending())) === 1)

    begin('The server is back')
    server = await serve()
    const notYet = server.control.readUser({ identity: james.email })
    expect('the server knows of no name yet', notYet?.name === null, notYet)
    await browser.tab.evaluate(() => story.flush())
    const accepted = await browser.tab.evaluate((id) => story.outcome(id), name.id)
    expect('the edit is accepted', accepted === 'accepted', accepted)
    const stored = server.control.readUser({ identity: james.email })
    expect('the server has the name', stored?.name === 'James', stored)

    begin('He cannot empty his nickname, which is required')
    const refused = await browser.tab.evaluate(() => story.refusedAtOnce({ nickname: '' }))
    expect('his device refuses that at once, by the class description (3045)', refused === 3045, refused)

    begin(
      'Offline again for two hours, he makes three edits: two that the server will refuse, and a good one between them',
    )
    await stopServer()
    await browser.tab.evaluate((ms) => story.sleep(ms), 2 * HOUR_MS)
    say('device', 'sleeps for two hours: its class description is too old to refuse anything by')
    const taken = await browser.tab.evaluate((email) => story.update({ email }), ann.email)
    const good = await browser.tab.evaluate(() => story.update({ phone: '555-0100' }))
    const empty = await browser.tab.evaluate(() => story.update({ nickname: '' }))
    const { email, phone, nickname } = empty.shownAtOnce ?? {}
    expect('he sees all three', email === ann.email && phone === '555-0100' && nickname === '', empty.shownAtOnce)

    begin('The server is back, and refuses two of them')
    server = await serve()
    await browser.tab.evaluate(() => story.flush())
    await browser.heard(isNewFault(3018), isNewFault(3045))
    const outcomes = []
    for (const { id } of [taken, good, empty]) {
      outcomes.push(await browser.tab.evaluate((editId) => story.outcome(editId), id))
    }
    expect(
      'each edit has its own fate: rejected, accepted, rejected',
      outcomes.join() === 'rejected,accepted,rejected',
      outcomes,
    )
    const final = await browser.tab.evaluate(() => story.view())
    expect('the taken e-mail address (3018) is rolled back', final.email === james.email, final)
    expect('the empty required nickname (3045) is rolled back', final.nickname === james.nickname, final)
    expect('the phone number, between them, is kept', final.phone === '555-0100', final)
    expect('and so is the name', final.name === 'James', final)
    const fields = await browser.tab.evaluate(() => story.fields())
    const marked = JSON.stringify(fields, Object.keys(fields).sort())
    expect(
      'a form has these to mark: e-mail and nickname',
      marked === '{"email":"refused","nickname":"refused"}',
      fields,
    )
    const row = server.control.readUser({ identity: james.email })
    const isSame = (['email', 'name', 'nickname', 'phone'] as const).every(
      (property) => row?.[property] === final[property],
    )
    expect('the server has what he sees', isSame, row)

    begin('While the server is out of his reach, he and another device change his phone number')
    server.control.refuse(true)
    await browser.tab.evaluate((ms) => story.sleep(ms), HOUR_MS)
    const mine = await browser.tab.evaluate(() => story.update({ phone: '555-0111' }))
    await server.control.writeUser(row!.objectId as string, { phone: '555-0199', name: 'James B.' })
    say('elsewhere', 'another device writes phone "555-0199", name "James B."')
    server.control.refuse(false)
    await browser.tab.evaluate(() => story.flush())
    const [told] = await browser.heard(({ newFault }) => newFault?.reason === 'changed')
    const lost = await browser.tab.evaluate((id) => story.outcome(id), mine.id)
    expect('his edit is a conflict, and rolled back', lost === 'rejected', lost)
    const merged = await browser.tab.evaluate(() => story.view())
    const isTheirs = merged.phone === '555-0199' && merged.name === 'James B.'
    expect('he sees what the other device wrote, the name too', isTheirs, merged)

    begin('He amends it')
    const amended = await browser.tab.evaluate(
      (id) => story.amend(id, { phone: '555-0111 or 555-0199' }),
      told!.newFault!.id,
    )
    await browser.tab.evaluate(() => story.flush())
    const agreed = await browser.tab.evaluate((id) => story.outcome(id), amended)
    expect('the amended edit is accepted', agreed === 'accepted', agreed)
    const both = server.control.readUser({ identity: james.email })
    const isAgreed = both?.phone === '555-0111 or 555-0199' && both.name === 'James B.'
    expect('the server has it, and the name that the other device wrote', isAgreed, both)
    const marks = await browser.tab.evaluate(() => story.fields())
    expect('his phone number carries no mark any more', marks['phone'] === undefined, marks)
  })
}

function isStatus(text: string): (told: Told) => boolean {
  return (told) => told.from === 'status' && told.text === text
}

function isNewFault(code: number): (told: Told<NewFault>) => boolean {
  return ({ newFault }) => newFault?.code === code
}
