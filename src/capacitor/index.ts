// Floor 7: Holdfast in Capacitor's webview.
export {
  type CapacitorApp,
  type CapacitorNetwork,
  type CapacitorOptions,
  capacitorPlatform,
} from '../platform/capacitor-platform.js'
