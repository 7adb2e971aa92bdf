import { clockTime, element, panel } from './elements.js'
import { describePatch } from './event-log.js'
import type { DemoApp } from './profile.js'

/** The edits that the server has not settled yet, oldest first. */
export function pendingList({ pending$ }: DemoApp): HTMLElement {
  const list = element('ul', { class: 'cards' })
  const none = element('p', { class: 'hint' }, 'Nothing waits to be sent.')
  pending$.subscribe((edits) => {
    none.hidden = edits.length > 0
    list.replaceChildren(
      ...edits.map(({ patch, state, attempts, atMs }) => {
        const tries = attempts === 0 ? '' : `, ${attempts} ${attempts === 1 ? 'try' : 'tries'}`
        return element(
          'li',
          {},
          element('strong', {}, describePatch(patch)),
          element('p', { class: 'hint' }, `${state}${tries}, saved at ${clockTime(atMs)}`),
        )
      }),
    )
  })
  return panel('Pending edits', none, list)
}
