import { InvalidEditError, type FieldStates } from '../../src/backendless/index.js'
import { button, element, labelled, panel } from './elements.js'
import { attempt, type Note } from './event-log.js'
import { fields, type DemoApp, type EditableProperty, type Profile } from './profile.js'

/**
 * The profile of the logged-in user. The form shows the optimistic view, marks the values that the server has refused or not
 * confirmed yet, and saves only the changed ones. It never overwrites a field in which the person is typing, and puts a value
 * back that could not be saved.
 */
export function profileForm({ users }: DemoApp, note: Note): HTMLElement {
  const typed = new Set<EditableProperty>()
  /** The reason why the input could not be saved, until the person types over it. */
  const unsaved = new Map<EditableProperty, string>()
  const view = element('pre', { tabindex: '0', 'aria-label': 'The view as JSON' })
  const rows = fields.map(({ property, label, hint }) => {
    const id = `profile-${property}`
    const mark = element('p', { class: 'mark', id: `${id}-mark` })
    const help = element('p', { class: 'hint', id: `${id}-hint` }, hint)
    const described = { 'aria-describedby': `${id}-mark ${id}-hint` }
    const field = labelled(label, { id, autocomplete: 'off', spellcheck: 'false', ...described }, mark, help)
    return { property, field, mark, input: field.querySelector('input')! }
  })
  const form = element(
    'form',
    { novalidate: true },
    ...rows.map(({ field }) => field),
    element(
      'p',
      { class: 'actions' },
      element('button', { class: 'primary' }, 'Save'),
      button('Read from the server', async () => void (await attempt(note, () => users.refresh()))),
    ),
  )

  const render = (): void => {
    const user = users.current$.value
    for (const { property, field, mark, input } of rows) {
      if (!typed.has(property)) input.value = user?.[property] ?? ''
      const isTyped = typed.has(property)
      const why = unsaved.get(property)
      const { state, text } =
        isTyped && why !== undefined
          ? { state: 'refused', text: `Not saved: ${why}` }
          : markOf(users.fields$.value, property, isTyped)
      mark.textContent = text
      field.dataset['state'] = state
      input.ariaInvalid = state === 'refused' ? 'true' : null
    }
    view.textContent = JSON.stringify(user, null, 2) ?? ''
  }
  for (const { property, input } of rows) {
    input.addEventListener('input', () => {
      typed.add(property)
      unsaved.delete(property)
      render()
    })
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const user = users.current$.value
    const changed = rows
      .filter(({ property, input }) => typed.has(property) && input.value !== (user?.[property] ?? ''))
      // An empty input clears the property.
      .map(({ property, input }): [EditableProperty, string | null] => [property, input.value || null])
    typed.clear()
    if (changed.length > 0) void attempt(note, () => save(changed))
    render()
  })
  async function save(changed: [EditableProperty, string | null][]): Promise<void> {
    try {
      await users.update(Object.fromEntries(changed) as Partial<Profile>)
    } catch (error) {
      for (const { property, input } of rows) {
        const text = changed.find(([name]) => name === property)?.[1]
        if (text === undefined || typed.has(property)) continue
        typed.add(property)
        input.value = text ?? ''
        if (!(error instanceof InvalidEditError) || error.property !== property) continue
        unsaved.set(property, error.rule)
        input.focus()
      }
      render()
      throw error
    }
  }
  users.current$.subscribe(render)
  users.fields$.subscribe(render)
  users.session$.subscribe(({ state }) => {
    if (state !== 'signed-out') return
    typed.clear()
    unsaved.clear()
  })
  return panel('Profile', form, element('details', {}, element('summary', {}, 'The view as JSON'), view))
}

function markOf(
  states: FieldStates<Profile>,
  property: EditableProperty,
  isTyped: boolean,
): { state: string; text: string } {
  if (isTyped) return { state: 'typed', text: 'Changed, not saved' }
  const field = states[property]
  if (field?.state === 'refused') {
    const { message, offending } = field.fault
    // Rolled back with a refused property, since an edit stands and falls as a whole: nothing is wrong with this one itself.
    if (offending.length > 0 && !offending.includes(property))
      return { state: 'rolled-back', text: `Not saved, because of ${offending.join(', ')}` }
    return { state: 'refused', text: `Refused: ${message}` }
  }
  if (field?.state === 'pending') return { state: 'pending', text: 'Saved on this device, not yet on the server' }
  return { state: 'confirmed', text: '' }
}
