import { button, clockTime, element } from './elements.js'
import { attempt, type Note } from './event-log.js'
import type { NetworkSwitch } from './network-switch.js'
import type { DemoApp } from './profile.js'

/** The traffic between this device and the server, and the switch that cuts it. */
export function statusBar({ status$, storage$, flush }: DemoApp, network: NetworkSwitch, note: Note): HTMLElement {
  const phase = element('strong', { class: 'phase', id: 'phase', role: 'status' })
  const facts = element('span', { class: 'facts' })
  const toggle = element('input', { type: 'checkbox', role: 'switch', id: 'network' })
  toggle.checked = network.on
  toggle.addEventListener('change', () => {
    network.set(toggle.checked)
    note(toggle.checked ? 'The network is back' : 'The network is gone')
  })

  const render = (): void => {
    const { phase: name, pending, faults, sent, total, nextAttemptAtMs, lastReplyAtMs, failure } = status$.value
    phase.textContent = name
    phase.dataset['phase'] = name
    facts.textContent = [
      `${pending} pending`,
      `${faults} ${faults === 1 ? 'fault' : 'faults'}`,
      total > 0 && pending > 0 && `${sent} of ${total} sent`,
      nextAttemptAtMs !== undefined && `next try ${clockTime(nextAttemptAtMs)}`,
      lastReplyAtMs !== undefined && `last reply ${clockTime(lastReplyAtMs)}`,
      `storage ${storage$.value}`,
      name !== 'idle' && failure && `${failure.kind}: ${failure.message}`,
    ]
      .filter((fact) => typeof fact === 'string')
      .join(' · ')
  }
  status$.subscribe(render)
  storage$.subscribe(render)
  return element(
    'div',
    { class: 'status' },
    element('p', {}, phase, ' ', facts),
    element(
      'p',
      { class: 'actions' },
      element('label', { class: 'switch', for: 'network' }, toggle, ' Network'),
      button('Send now', async () => void (await attempt(note, () => flush()))),
    ),
  )
}
