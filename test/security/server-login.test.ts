/* An answer that comes sooner for an unknown user tells who has an account. Hashing is all that takes time. */
import { scrypt } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import { call, serve, signUp } from '../server/api.js'

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>()
  return { ...crypto, scrypt: vi.fn(crypto.scrypt) }
})

const hashed = vi.mocked(scrypt)

it('compares one hash of the same cost at each login', async () => {
  const { apiRoot, control } = await serve()
  const james = await signUp(apiRoot, 'james@example.com')
  const work = async (body: object): Promise<unknown> => {
    hashed.mockClear()
    const answer = await call(apiRoot, 'POST', '/users/login', { body })
    const costs = hashed.mock.calls.map(([, salt, length, options]) => [
      Buffer.from(salt as Buffer).length,
      length,
      options,
    ])
    return { status: answer.status, code: answer.body.code, message: answer.body.message, costs }
  }
  const known = await work({ login: 'james@example.com', password: 'wrong' })
  expect(known).toMatchObject({ status: 401, code: 3003, costs: [[16, 32, { N: 8192 }]] })
  expect(await work({ login: 'nobody@example.com', password: 'wrong' })).toEqual(known)
  expect(await work({ login: { $ne: null }, password: 'wrong' })).toEqual(known)
  expect(await work({ login: 7, password: 'wrong' })).toEqual(known)
  control.setStatus(james.id, 'DISABLED')
  expect(await work({ login: 'james@example.com', password: 'wrong' })).toEqual(known)

  const noText = await work({ login: 'james@example.com', password: { $ne: null } })
  expect(await work({ login: 'nobody@example.com', password: { $ne: null } })).toEqual(noText)
})
