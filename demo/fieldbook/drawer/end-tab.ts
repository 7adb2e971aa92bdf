/* The end of this tab without a goodbye: no event of the page tells the app. */

import { recall, remember } from './page-memory.js'

const mark = 'fieldbook.ending'

/** From here on an end of this page is one without a goodbye, until `stay` is called or the page says goodbye. */
export function prepareEnd(): void {
  remember(mark, 'yes')
  addEventListener('pagehide', stay)
}

export function stay(): void {
  remember(mark, undefined)
  removeEventListener('pagehide', stay)
}

/** Whether a page has ended so. Says it once. */
export function tookEnd(): boolean {
  const has = recall(mark) !== undefined
  remember(mark, undefined)
  return has
}

/** Takes memory until the browser ends the page. It does not return. */
export function fillMemory(): never {
  const all: number[][] = []
  for (;;) all.push(Array.from({ length: 1_000_000 }, () => Math.random()))
}
