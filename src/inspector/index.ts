// Floor 7: the inspector. Importing this defines `<holdfast-inspector>`; on a server it does nothing. No other entry loads it.
import { HoldfastInspector } from './element.js'

if (typeof customElements !== 'undefined' && !customElements.get('holdfast-inspector'))
  customElements.define('holdfast-inspector', HoldfastInspector)

declare global {
  interface HTMLElementTagNameMap {
    'holdfast-inspector': HoldfastInspector
  }
}

export { HoldfastInspector }
export type { InspectedApp } from './element.js'
