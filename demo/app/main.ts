import { openBackendless } from '../../src/backendless/index.js'
import { element } from './elements.js'
import { elsewherePanel } from './elsewhere.js'
import { eventLog, noteEvents } from './event-log.js'
import { faultList } from './fault-list.js'
import { createNetworkSwitch } from './network-switch.js'
import { pendingList } from './pending-list.js'
import { profileForm } from './profile-form.js'
import type { Profile } from './profile.js'
import { sessionPanel } from './session-panel.js'
import { statusBar } from './status-bar.js'

const served = (name: string): string | undefined =>
  document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content

/**
 * The page's server writes the address into it. `?api=` counts only if the server wrote none: a link could else send a
 * person's input to another server.
 */
function apiRootOfPage(): string {
  const root = served('api-root') ?? new URLSearchParams(location.search).get('api')
  if (root) return root
  throw new Error('The page does not say where its server is: start it with `npm start`')
}

const apiRoot = apiRootOfPage()
const network = createNetworkSwitch()
// Nobody waits a minute between two clicks: the client has to see another device's latest write before it sends.
const app = openBackendless<Profile>({ baseUrl: apiRoot, platform: network.platform, freshForMs: 0 })
const { panel: log, note } = eventLog()

const loggedIn = element(
  'div',
  { class: 'column' },
  profileForm(app, note),
  pendingList(app),
  faultList(app, note),
  elsewherePanel(app, { apiRoot, token: served('control-token') }, note),
)
app.users.session$.subscribe(({ state }) => {
  loggedIn.hidden = state === 'opening' || state === 'signed-out'
})
noteEvents(app, note)

document
  .querySelector('#root')!
  .replaceChildren(
    element('header', {}, element('h1', {}, 'Holdfast'), statusBar(app, network, note)),
    element('main', {}, loggedIn, element('div', { class: 'column' }, sessionPanel(app, note), log)),
  )
