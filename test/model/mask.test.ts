import fc from '../support/fast-check.js'
import { describe, expect, it, test } from 'vitest'
import { masked } from '../../src/model/mask.js'

const told = (message: string, ...secrets: unknown[]): string =>
  masked({ kind: 'auth', code: 3003, message }, secrets).message
const details = (value: never, ...secrets: unknown[]): unknown =>
  masked({ kind: 'auth', code: 3003, message: 'm', details: value }, secrets).details

const ours = 'The message of this failure cannot be shown (3003)'

describe('a message', () => {
  it.each([
    // Words and parts of words that are in the sentence anyway.
    ['Invalid login or password', 'o', 'Invalid login or password'],
    ['Invalid login or password', 'pass', 'Invalid login or password'],
    ['The user is not registered', 'register', 'The user is not registered'],
    // A gap would tell which word it is.
    ['Invalid login or password', 'password', ours],
    ['Invalid login or password', 'or', ours],
    ['o, Ann', 'o', ours],
    ['The name Sunshine is taken', 'Sunshine', ours],
    // Text that no sentence has by chance goes everywhere.
    ['Wrong password iAmWatchingU for Ann', 'iAmWatchingU', 'Wrong password … for Ann'],
    ['tokenABCD-1234ends', 'ABCD-1234', 'token…ends'],
    ['12345678 is weak', '12345678', '… is weak'],
    ['12345678 is weak', 12345678, '… is weak'],
    ['x correct horse battery y', 'correct horse battery', 'x … y'],
    ['pässwörd-ü, päss', 'pässwörd-ü', '…, päss'],
    ['nothing of the kind', 'ABCD-1234', 'nothing of the kind'],
    ['', 'ABCD-1234', ''],
  ])('%j without %j is %j', (message, secret, left) => {
    expect(told(message, secret)).toBe(left)
  })

  it.each([
    ['a quote and a backslash', 'a"b\\c'],
    ['the same, long', 'a"b\\cdefgh'],
    ['markup', '<b>'],
    ['the same, long', '<b>bold</b>'],
    ['a number', '12345678'],
    ['a short number', 1234],
    ['spaces', 'a b'],
    ['more spaces', 'correct horse battery'],
    ['escaped as in a URL', 'a+b&c=d/e?f'],
    ['a percent sign', '50%25off!'],
    ['other letters', 'pässwörd'],
    ['none of ours', '日本語パスワード'],
    ['pictures', '🔑key-to-all🔒'],
    ['few pictures', '🔑'],
    ['signs', '!"§$%&/()=?'],
  ])('has no %s in any escaped form', (_what, secret) => {
    const text = String(secret)
    const json = JSON.stringify(text).slice(1, -1)
    const forms = [
      text,
      json,
      JSON.stringify(json).slice(1, -1),
      json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
      encodeURIComponent(text),
      encodeURIComponent(text).toLowerCase(),
      encodeURIComponent(encodeURIComponent(text)),
      encodeURIComponent(text).replaceAll('%20', '+'),
      text.replace(/[&<>"']/g, (character) => named[character]!),
      text.replace(/[&<>"']/g, (character) => named[character]!).replaceAll('&', '&amp;'),
      text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`),
      text.replace(/[^a-z\d ]/giu, (character) => `&#x${character.codePointAt(0)!.toString(16)};`),
    ]
    for (const form of forms) {
      for (const message of [form, `Not "${form}" for ann@x.co`, `q=${form}&n=1`, `\n${form}\n`]) {
        const left = told(message, secret)
        expect([ours, message.replaceAll(text, '…')], `${message} became ${left}`).toContain(left)
        expect(left.includes(form), left).toBe(false)
        expect(details({ [form]: 1 } as never, secret), form).toBeUndefined()
        expect(details([`x ${form} y`] as never, secret), form).toBeUndefined()
      }
    }
  })

  it('loses a secret that holds another one as a whole', () => {
    expect(told('it was ABCD-1234-EFGH', 'ABCD-1234', 'ABCD-1234-EFGH')).toBe('it was …')
  })

  it('is cut behind what was taken out, so that no end of a secret is left', () => {
    const secret = 'ABCD-1234-EFGH-5678'
    const message = `${'m'.repeat(2_040)}${secret}${'n'.repeat(90_000)}`
    expect(told(message, secret)).toBe(`${'m'.repeat(2_040)}…${'n'.repeat(7)}`)
    expect(told(secret.repeat(400), secret)).toBe('…'.repeat(400))
  })

  it('is ours without a code too', () => {
    const { message } = masked({ kind: 'server', message: 'The endpoint failed: t1' }, ['t1'])
    expect(message).toBe('The message of this failure cannot be shown (server)')
  })

  it('takes no time that grows faster than its length', () => {
    for (const part of ['\\', '%', '%41', '&amp;', '&', 'a', '\\u', ' '])
      expect(told(part.repeat(1_000_000), part.repeat(12) + 'Z9').length).toBeLessThanOrEqual(2_048)
  })

  it.each([undefined, null, '', ' '])('stays as it is without a secret: %j', (secret) => {
    expect(told('Invalid login or password', secret)).toBe('Invalid login or password')
  })
})

const named: { [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

test('details without a secret stay, and go when they are endless', () => {
  expect(details({ limit: 60 } as never, 'ABCD-1234')).toEqual({ limit: 60 })
  expect(details({ value: 12345678 } as never, '12345678')).toBeUndefined()
  expect(details({ all: 'd'.repeat(20_000) } as never)).toBeUndefined()
})

test('no long secret gets through anywhere, and no short one as a word', () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((secret) => !!secret.trim() && !secret.includes('…'))
  fc.assert(
    fc.property(text, text, fc.string(), fc.string(), (token, password, before, after) => {
      for (const gap of ['', ' ']) {
        const message = before + gap + token + gap + after + gap + password
        const failure = masked({ kind: 'other', code: 1, message, details: { [message]: [message] } }, [
          token,
          password,
        ])
        for (const secret of [token, password]) {
          if (!gap && (secret.length < 8 || /^[A-Z]?[a-z]+$/.test(secret))) continue
          expect(failure.message === ours.replace('3003', '1') || !failure.message.includes(secret)).toBe(true)
          expect(failure.details).toBeUndefined()
        }
      }
    }),
    { seed: 11, numRuns: 500 },
  )
})
