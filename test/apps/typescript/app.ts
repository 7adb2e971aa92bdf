// An app that uses every entry of the package, with the checks of its dependencies' types on.
import { type Client, type Edit, type Endpoint, type LaneReason, type Live, openClient, type Row } from 'holdfast'
import { openBackendless } from 'holdfast/backendless'
import { backendlessEndpoint } from 'holdfast/backendless/endpoint'
import { capacitorPlatform } from 'holdfast/capacitor'
import { sendJson } from 'holdfast/endpoint'
import 'holdfast/inspector'
import { hooksFor } from 'holdfast/react'
import { openRest } from 'holdfast/rest'
import { restEndpoints } from 'holdfast/rest/endpoint'
import { drainOnSync } from 'holdfast/service-worker'
import { lossy } from 'holdfast/testing'

interface Note {
  id: string
  title: string
  done?: boolean
}

interface Me {
  objectId: string
  email: string
  name: string | null
}

const rest = {
  url: 'https://api.example.com/v1/',
  collections: { notes: { ids: 'device', create: 'PUT' } },
} as const

export const app = openRest<{ notes: Note }>({ ...rest, account: 'ann' })
export const notes: Live<readonly Row<Note>[] | undefined> = app.collection('notes').all$
export const edit: Promise<Edit<Note>> = app.collection('notes').update('n', { title: 'Milk' })
export const { HoldfastProvider, useCollection, useField, useRecord } = hooksFor<typeof app>()
// @ts-expect-error: no such property
void app.collection('notes').update('n', { titel: 'Milk' })
// @ts-expect-error: no such collection
app.collection('notess')

const users = openBackendless<Me>({ appId: 'MY-APP', apiKey: 'MY-KEY' }).users
void users.update({ name: 'James' })
// @ts-expect-error: no such property
void users.update({ nmae: 'James' })

export const endpoint: Endpoint = backendlessEndpoint({ appId: 'MY-APP', apiKey: 'MY-KEY' })
export const core: Client = openClient({ endpoints: { users: endpoint } })
export const send: typeof sendJson = sendJson
export const platform: typeof capacitorPlatform = capacitorPlatform
drainOnSync(restEndpoints(rest))
export const net: typeof lossy = lossy
const inspector = document.createElement('holdfast-inspector')
inspector.app = app
inspector.app = core
inspector.app = openBackendless<Me>({ appId: 'MY-APP', apiKey: 'MY-KEY' })
export const why: Promise<LaneReason[]> = app.inspect().then(({ lanes }) => lanes.map(({ reason }) => reason))
