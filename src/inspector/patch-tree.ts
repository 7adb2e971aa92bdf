// A tree of elements that is changed in place: what has the same key stays the same element, so that focus, scrolling and open details
// survive. A text of a server stays a text.

/** One element as it should be. Children: text, or elements with keys. */
export interface Wanted {
  tag: string
  key: string
  /** Attributes; `undefined` and `false`: none. */
  is?: { readonly [attribute: string]: string | boolean | undefined } | undefined
  on?: (() => void) | undefined
  children?: string | readonly (Wanted | undefined | false)[] | undefined
}

const keys = new WeakMap<Node, string>()
const clicks = new WeakMap<Node, (() => void) | undefined>()

/** Makes the children of `parent` the wanted ones. */
export function patchTree(parent: Element, wanted: readonly (Wanted | undefined | false)[]): void {
  const document = parent.ownerDocument
  const root = parent.getRootNode() as Document | ShadowRoot
  const old = new Map<string | undefined, Element>()
  for (const child of Array.from(parent.children)) {
    const name = keys.get(child)
    // Of two with one key, which would stay for ever, one goes.
    if (old.has(name)) child.remove()
    else old.set(name, child)
  }
  let cursor = parent.firstElementChild
  for (const one of wanted) {
    if (!one) continue
    const name = `${one.tag} ${one.key}`
    let element = old.get(name)
    if (element) old.delete(name)
    else {
      element = document.createElement(one.tag)
      keys.set(element, name)
      element.addEventListener('click', (event) => clicks.get(event.currentTarget as Node)?.())
    }
    // An element that is moved loses the focus: those before it are taken out, and come again in their turn.
    if (element.contains(root.activeElement))
      while (cursor && cursor !== element) {
        const next = cursor.nextElementSibling
        cursor.remove()
        cursor = next
      }
    if (cursor === element) cursor = cursor.nextElementSibling
    else parent.insertBefore(element, cursor)
    patchElement(element, one)
  }
  for (const left of old.values()) left.remove()
}

function patchElement(element: Element, { is = {}, on, children }: Wanted): void {
  clicks.set(element, on)
  for (const name of element.getAttributeNames())
    if (name !== 'open' && (is[name] === undefined || is[name] === false)) element.removeAttribute(name)
  for (const [name, value] of Object.entries(is)) {
    if (value === undefined || value === false) continue
    const text = value === true ? '' : value
    if (element.getAttribute(name) !== text) element.setAttribute(name, text)
  }
  if (typeof children === 'string') {
    if (element.textContent !== children) element.textContent = children
  } else patchTree(element, children ?? [])
}
