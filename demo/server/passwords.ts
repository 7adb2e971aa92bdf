import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** scrypt cost (N): about 20 ms on a laptop. A development server holds no accounts worth more. */
const cost = 8192

/** Hashes a password with a salt of its own; the cost is kept in the text, so that it can be raised later. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt, cost)
  return `scrypt:${cost}:${salt.toString('base64')}:${key.toString('base64')}`
}

/** The hash of no password, which takes as long to compare with as any. */
export const nobodysHash = `scrypt:${cost}:${randomBytes(16).toString('base64')}:${randomBytes(32).toString('base64')}`

/** Whether `password` is the one that `hash` was made from. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  const [, storedCost = '', salt = '', key = ''] = hash.split(':')
  const expected = Buffer.from(key, 'base64')
  const actual = await derive(password, Buffer.from(salt, 'base64'), Number(storedCost))
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

function derive(password: string, salt: Buffer, N: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 32, { N }, (error, key) => (error ? reject(error) : resolve(key)))
  })
}
