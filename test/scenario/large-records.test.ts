/* Values at the edge of what is saved, sent and read back: the bounds fit together, in bytes (R9, G12). */
import { expect, it } from 'vitest'
import { password, signedInWorld } from '../support/world.js'

it('a text of 700,000 CJK characters is over the bound of an edit, which counts bytes', async () => {
  const { tab } = await signedInWorld()
  await expect(tab.users.update({ name: '語'.repeat(700_000) })).rejects.toMatchObject({
    name: 'InvalidEditError',
    property: 'name',
    rule: expect.stringContaining('1 MB') as unknown,
  })
  expect(tab.users.current$.value).toMatchObject({ name: 'Ann' })
})

it('large texts are confirmed as long as they are saved, and another device reads them', async () => {
  const { world, tab } = await signedInWorld()
  // Of the first, a server that escapes all but ASCII makes 2 MB.
  const texts = ['語'.repeat(340_000), ...['v', 'x', 'y', 'z'].map((letter) => letter.repeat(950_000))]
  for (const [index, text] of texts.entries()) {
    const edit = await world.after(tab.users.update({ [`text${index}`]: text } as object))
    expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
  }
  await tab.app.close()
  const another = await world.open({ database: 'another-device' })
  await another.users.login('ann@x.co', password)
  expect(another.users.current$.value).toMatchObject({ text0: texts[0], text4: texts[4] })
})

it('an edit with which nobody could read the record any more is refused when it is saved; one that makes room is not', async () => {
  const { world, tab } = await signedInWorld()
  // Markup, which some serializers write as six bytes for each character.
  const text = '<'.repeat(1_000_000)
  await tab.users.update({ a: text } as object)
  await expect(tab.users.update({ b: text } as object)).rejects.toMatchObject({
    name: 'InvalidEditError',
    property: 'b',
    rule: expect.stringContaining('nobody could read it') as unknown,
  })
  await world.after(tab.users.update({ a: 'short' } as object))
  expect(tab.app.status$.value).toMatchObject({ pending: 0, faults: 0 })
})
