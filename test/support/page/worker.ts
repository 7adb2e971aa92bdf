/* A service worker that sends what pages left, to the backend that `?root=` of its address names. */
import { backendlessEndpoint } from '../../../src/backendless/endpoint.js'
import { drainOnSync } from '../../../src/service-worker/index.js'

drainOnSync(backendlessEndpoint({ baseUrl: new URLSearchParams(location.search).get('root')! }))
