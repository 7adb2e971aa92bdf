import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { HoldfastProvider, openApp } from './app.js'
import { DrawerPlace } from './drawer/drawer-place.js'
import { registerWorker } from './parts/new-version.js'
import { Fieldbook } from './screens/fieldbook.js'
import './style/base.css'
import './style/parts.css'
import './style/screens.css'

createRoot(document.querySelector('#root')!).render(
  <StrictMode>
    <HoldfastProvider app={openApp}>
      <Fieldbook />
      <DrawerPlace />
    </HoldfastProvider>
  </StrictMode>,
)
registerWorker()
