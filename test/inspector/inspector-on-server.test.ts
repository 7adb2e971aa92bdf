/* The inspector where there is no browser. */
import { expect, it } from 'vitest'

it('the import defines nothing on a server, and touches no global of a page', async () => {
  const { HoldfastInspector } = await import('../../src/inspector/index.js')
  expect(typeof HoldfastInspector).toBe('function')
  expect(['customElements', 'HTMLElement', 'document'].filter((name) => name in globalThis)).toEqual([])
})
