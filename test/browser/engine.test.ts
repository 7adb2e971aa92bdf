import { expect, inject, test } from 'vitest'
import { server } from 'vitest/browser'

test('the page runs in the engine that the suite was started for, in a secure context', () => {
  const named = { chromium: /Chrome\//, firefox: /Firefox\//, webkit: /Version\/.* Safari\// }[
    server.browser as string
  ]!

  expect(navigator.userAgent).toMatch(named)
  expect(isSecureContext).toBe(true)
  expect(inject('serverUrl')).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
})
