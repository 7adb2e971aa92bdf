/** For a constructed stylesheet: a strict `style-src` of the page does not concern it. */
export const style = `
:host { display: block; color-scheme: light dark; container-type: inline-size; font: 13px/1.45 system-ui, sans-serif;
  --text: light-dark(#1b1f24, #e8eaed); --soft: light-dark(#57606a, #a6adb5); --ground: light-dark(#fff, #16191d);
  --line: light-dark(#d0d7de, #3a4048); --card: light-dark(#f6f8fa, #1f2328); --accent: light-dark(#0550ae, #79b8ff);
  --you: light-dark(#b31d28, #ff8f8f); --stuck: light-dark(#8a4600, #f5b466); --waits: light-dark(#6e5600, #e3cf6b);
  --moves: light-dark(#116329, #7ce38b); color: var(--text); background: var(--ground); text-align: start }
:host([hidden]) { display: none }
* { box-sizing: border-box }
.all { padding: 12px; overflow-wrap: anywhere }
h2, h3, p, ul, ol, dl, dd { margin: 0; padding: 0 }
h2 { font-size: 15px; flex: 1 1 auto }
h3 { font-size: 13px; font-weight: 600; margin: 16px 0 6px }
h2:focus, h3:focus { outline: none }
ul, ol { list-style: none; display: grid; gap: 6px }
.bar { display: flex; flex-wrap: wrap; gap: 6px; align-items: center }
button, select { font: inherit; min-height: 28px; padding: 2px 10px; color: var(--text); background: var(--card);
  border: 1px solid var(--line); border-radius: 6px }
button { cursor: pointer }
button:hover { border-color: var(--accent) }
button:focus-visible, select:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px }
button[data-asks] { color: var(--ground); background: var(--you); border-color: var(--you) }
[role=status] { min-height: 1.45em; margin-top: 6px; color: var(--soft) }
dl { display: grid; grid-template-columns: auto 1fr; gap: 2px 12px }
dt, .soft { color: var(--soft) }
.card { padding: 8px 10px; background: var(--card); border: 1px solid var(--line); border-inline-start: 4px solid var(--soft);
  border-radius: 6px }
.card > * + * { margin-top: 4px }
.why { font-weight: 600 }
.you { border-inline-start-color: var(--you) } .you > .why { color: var(--you) }
.stuck { border-inline-start-color: var(--stuck) } .stuck > .why { color: var(--stuck) }
.waits { border-inline-start-color: var(--waits) } .waits > .why { color: var(--waits) }
.moves { border-inline-start-color: var(--moves) } .moves > .why { color: var(--moves) }
.edit { display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: center; justify-content: space-between }
summary { cursor: pointer; border-radius: 4px }
details { margin-top: 16px }
summary { font-weight: 600 }
code { font: 12px/1.45 ui-monospace, monospace }
.events { gap: 1px; margin-top: 6px }
`

/** Gives the tree its style; without constructed stylesheets by an element, with the page's nonce. */
export function addStyle(root: ShadowRoot, nonce: string): void {
  const { document, CSSStyleSheet } = root.ownerDocument.defaultView!
  if ('adoptedStyleSheets' in root && 'replaceSync' in CSSStyleSheet.prototype) {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(style)
    root.adoptedStyleSheets = [sheet]
    return
  }
  const element = document.createElement('style')
  element.nonce = nonce
  element.textContent = style
  root.append(element)
}
