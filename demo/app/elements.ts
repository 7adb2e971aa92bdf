/** Attributes as in HTML; `true` sets one without a value, `false` and undefined leave it out. */
type Attributes = { readonly [name: string]: string | boolean | undefined }

/** Makes an element; texts among the children are never read as markup. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : value)
  }
  made.append(...children)
  return made
}

/** A button that does not submit a form; it ignores presses while the work of an earlier one is under way. */
export function button(
  label: string,
  press: () => void | Promise<void>,
  attributes: Attributes = {},
): HTMLButtonElement {
  const made = element('button', { type: 'button', ...attributes }, label)
  made.addEventListener('click', () => {
    // Not `disabled`, which would take the keyboard's focus away.
    if (made.ariaBusy === 'true') return
    made.ariaBusy = 'true'
    void Promise.resolve(press()).finally(() => (made.ariaBusy = null))
  })
  return made
}

/** A part of the page under a heading that screen readers list. It takes the focus when the focused element is gone. */
export function panel(title: string, ...children: (Node | string)[]): HTMLElement {
  const id = `panel-${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`
  return element('section', { 'aria-labelledby': id }, element('h2', { id, tabindex: '-1' }, title), ...children)
}

/** An input under its label. */
export function labelled(
  label: string,
  attributes: Attributes & { readonly id: string },
  ...below: Node[]
): HTMLElement {
  return element(
    'div',
    { class: 'field' },
    element('label', { for: attributes.id }, label),
    element('input', attributes),
    ...below,
  )
}

export function clockTime(atMs: number): string {
  return new Date(atMs).toLocaleTimeString([], { hour12: false })
}

/** A property's value as a person reads it. */
export function shown(value: unknown): string {
  return value === null || value === undefined || value === '' ? 'empty' : JSON.stringify(value)
}
