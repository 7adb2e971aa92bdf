/*
 * Anyone can make a property. One whose name or value reaches a prototype is refused, since careful clients refuse each answer
 * that has it: its user could not log in any more. Names that every object has are data like any other.
 */
import { describe, expect, it } from 'vitest'
import { call, serve, signUp } from '../server/api.js'
import { password, signedInWorld } from '../support/world.js'

const refused = [
  '{"constructor":{"prototype":{}}}',
  '{"constructor":"x"}',
  '{"prototype":1}',
  '{"__proto__":{"a":1}}',
  '{"prefs":{"__proto__":{"a":1}}}',
  '{"prefs":[[{"a":{"constructor":{"prototype":{"b":2}}}}]]}',
  '{"json":"{\\"__proto__\\":{}}"}',
]

const taken = [
  '{"toString":{"prototype":{}},"hasOwnProperty":"x","valueOf":1,"toJSON":"{}","then":{"then":1},"length":-1}',
  '{"isPrototypeOf":[],"propertyIsEnumerable":null,"toLocaleString":true}',
  '{"prefs":{"constructor":"Ferrari","prototype":"312T"}}',
]

describe('the server', () => {
  it.each(refused)('refuses %s, from a client and from the control path', async (body) => {
    const server = await serve()
    const { id, token } = await signUp(server.apiRoot, 'james@example.com', { json: { a: 1 } })
    const answers = [
      await call(server.apiRoot, 'PUT', `/users/${id}`, { body, token }),
      await call(server.apiRoot, 'POST', '/users/register', {
        body: `{"email":"a@b.cd","password":"x",${body.slice(1)}`,
      }),
    ]
    for (const { status, body: fault } of answers) expect([status, fault.code], body).toEqual([400, expect.any(Number)])
    const properties = JSON.parse(body) as { [name: string]: string }
    await expect(server.control.writeUser(id, properties)).rejects.toThrow(/propert/)
    expect(server.control.readUser({ id })?.json).toEqual({ a: 1 })
  })
})

describe('a user of a client', () => {
  it.each([...refused, ...taken])('logs in, reads and edits after somebody wrote %s', async (body) => {
    const { world, tab } = await signedInWorld()
    await call(world.server.apiRoot, 'PUT', `/users/${tab.id}`, { body })
    await tab.users.refresh()
    await tab.users.logout()
    await tab.users.login('ann@x.co', password)
    const { settled } = await world.after(tab.users.update({ name: 'Jim' }))
    expect((await settled).outcome).toBe('accepted')
    expect(tab.users.current$.value).toMatchObject({ name: 'Jim' })
    expect(({} as { a?: number; b?: number }).a ?? ({} as { b?: number }).b).toBeUndefined()
  })
})
