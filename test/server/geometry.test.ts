import { describe, expect, it } from 'vitest'
import { textOf } from '../../demo/server/json.js'
import { call, serve } from './api.js'

const schema = [
  { name: 'email', identity: true, required: true },
  { name: 'place', type: 'POINT' },
  { name: 'route', type: 'LINESTRING' },
  { name: 'area', type: 'POLYGON' },
  { name: 'any', type: 'GEOMETRY' },
] as const

const stored = (type: string, coordinates: unknown): object => ({
  type,
  coordinates,
  srsId: 4326,
  ___class: `com.backendless.persistence.${type}`,
})
const ring = [
  [0, 0],
  [2, 0],
  [2.5, -1.5],
  [0, 0],
]

async function withUser() {
  const { apiRoot, control } = await serve({ schema })
  const { body } = await call(apiRoot, 'POST', '/users/register', { body: { email: 'ann@example.com', password: 'x' } })
  const id = textOf(body.objectId ?? '')
  return { apiRoot, control, id, put: (sent: object) => call(apiRoot, 'PUT', `/users/${id}`, { body: sent }) }
}

describe('a column of a geometry', () => {
  it.each([
    ['place', { type: 'Point', coordinates: [37.6, 55.75] }, stored('Point', [37.6, 55.75])],
    ['place', 'POINT (37.6 55.75)', stored('Point', [37.6, 55.75])],
    ['place', 'Point(-1e1  2)', stored('Point', [-10, 2])],
    ['place', stored('Point', [1, 2]), stored('Point', [1, 2])],
    ['route', 'LINESTRING (0 0, 2 0, 2.5 -1.5, 0 0)', stored('LineString', ring)],
    ['route', { type: 'LineString', coordinates: ring }, stored('LineString', ring)],
    ['area', 'POLYGON ((0 0, 2 0, 2.5 -1.5, 0 0),(0 0,2 0,2.5 -1.5,0 0))', stored('Polygon', [ring, ring])],
    ['any', { type: 'Polygon', coordinates: [ring] }, stored('Polygon', [ring])],
    ['any', 'POINT (1 2)', stored('Point', [1, 2])],
    ['place', null, null],
  ])('%s takes %j, and is answered as GeoJSON with srsId and ___class', async (property, sent, answered) => {
    const { apiRoot, id, put } = await withUser()
    expect((await put({ [property]: sent })).body[property]).toEqual(answered)
    expect((await call(apiRoot, 'GET', `/data/Users/${id}`)).body[property]).toEqual(answered)
    const found = await call(apiRoot, 'POST', '/data/Users/find', {
      body: { props: `${property} as it`, distinct: true },
    })
    expect(found.body).toEqual([{ it: answered, ___class: 'Users' }])
  })

  it.each([
    ['place', 'LINESTRING (0 0, 1 1)'],
    ['place', 'POINT (0)'],
    ['place', 'POINT (0 0, 1 1)'],
    ['place', 'POINT (0 0'],
    ['place', 'POINT ((0 0))'],
    ['place', 'POINT (a b)'],
    ['place', `POINT (${'('.repeat(100_000)}`],
    ['place', 7],
    ['place', {}],
    ['place', { type: 'Point' }],
    ['place', { type: 'Point', coordinates: ['0', 1] }],
    ['place', { type: 'Point', coordinates: [0, 1, 2] }],
    ['route', { type: 'LineString', coordinates: [] }],
    ['area', { type: 'Polygon', coordinates: ring }],
    ['any', { type: 'Circle', coordinates: [0, 0] }],
    ['any', { type: 'toString', coordinates: [0, 0] }],
  ])('%s refuses %j', async (property, sent) => {
    const { control, id, put } = await withUser()
    const { status, body } = await put({ [property]: sent })
    expect([status, body.code]).toEqual([400, 1007])
    expect(control.readUser({ id })?.[property]).toBeNull()
  })
})
