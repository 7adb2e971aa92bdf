import { expect, inject, test } from 'vitest'
import { server } from 'vitest/browser'

const NAMES: Readonly<Record<string, RegExp>> = {
  chromium: /Chrome\//,
  firefox: /Firefox\//,
  webkit: /Version\/\S+ Safari\//,
}

test('the page runs in the engine that the suite was started for, in a secure context', () => {
  expect(navigator.userAgent).toMatch(NAMES[server.browser]!)
  expect(isSecureContext).toBe(true)
})

test('the page can reach the local server across origins', async () => {
  const answer = await fetch(`${inject('apiRoot')}/users/isvalidusertoken/none`)

  expect(inject('serverUrl')).not.toBe(location.origin)
  expect(await answer.json()).toBe(false)
})
