import { button, element, labelled, panel } from './elements.js'
import { attempt, type Note } from './event-log.js'
import { fields, type DemoApp } from './profile.js'

/**
 * The acts of another device, or of an administrator: straight to the server's control path, past the client and past this
 * page's network switch.
 */
export function elsewherePanel(
  { users }: DemoApp,
  { apiRoot, token }: { apiRoot: string; token: string | undefined },
  note: Note,
): HTMLElement {
  const tokenField = labelled(
    'Control token',
    { id: 'elsewhere-token', value: token, autocomplete: 'off', required: true },
    element(
      'p',
      { class: 'hint' },
      'The server printed it at its start, and gives it to pages on its own machine only',
    ),
  )
  tokenField.hidden = token !== undefined
  const property = element(
    'select',
    { id: 'elsewhere-property' },
    ...fields.map((field) => element('option', { value: field.property }, field.label)),
  )
  const value = labelled('New value', { id: 'elsewhere-value', value: 'Changed elsewhere', autocomplete: 'off' })
  const form = element(
    'form',
    {},
    element('div', { class: 'field' }, element('label', { for: 'elsewhere-property' }, 'Property'), property),
    value,
    tokenField,
    element(
      'p',
      { class: 'actions' },
      element('button', {}, 'Change it elsewhere'),
      button('End the session on the server', () => end()),
    ),
  )
  const control = async (method: string, path: string, body: object): Promise<void> => {
    const answer = await fetch(new URL(`/control/${path}`, apiRoot), {
      method,
      headers: { 'content-type': 'application/json', 'control-token': tokenField.querySelector('input')!.value },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`The control path answered: ${await answer.text()}`)
  }
  const userId = (): string => {
    const session = users.session$.value
    return 'userId' in session ? session.userId : ''
  }
  const end = async (): Promise<void> => {
    if (await attempt(note, () => control('POST', 'sessions/end', { userId: userId() }))) {
      note('The server has ended the session; the next request will show it')
    }
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const text = value.querySelector('input')!.value || null
    void attempt(note, () => control('PUT', `users/${userId()}`, { [property.value]: text })).then((isDone) => {
      if (isDone) note(`Another device wrote ${property.value} = ${JSON.stringify(text)}`)
    })
  })
  return panel('Another device', form)
}
