/* An app as a person has it: the client opens as the page loads, on the backend that `?root=` names. */
import { openBackendless, type BackendlessApp } from '../../../src/backendless/index.js'

export interface Profile {
  readonly objectId: string
  readonly email: string
  readonly [property: string]: string | null
}

declare global {
  var app: BackendlessApp<Profile>
}

globalThis.app = openBackendless<Profile>({
  baseUrl: new URLSearchParams(location.search).get('root')!,
  requestTimeoutMs: 1_500,
})
