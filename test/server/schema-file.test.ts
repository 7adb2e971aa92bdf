import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { textOf } from '../../demo/server/json.js'
import { checkSchema, readSchemaFile } from '../../demo/server/schema-file.js'
import { startServer } from '../../demo/server/start-server.js'
import { call, serve } from './api.js'

function fileOf(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-schema-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const path = join(directory, 'columns.json')
  writeFileSync(path, text)
  return path
}

const identity = { name: 'email', identity: true }

it('reads columns, and passes over those of the system', () => {
  expect(readSchemaFile(fileOf(JSON.stringify([identity, { name: 'objectId' }])))).toEqual([identity])
})

it('reads a file that begins with a byte order mark', () => {
  expect(readSchemaFile(fileOf(`\ufeff${JSON.stringify([identity])}`))).toEqual([identity])
})

/** As `userclassprops` of an app with relations and a map lists its columns. */
const described = [
  ['objectId', 'STRING_ID', { required: true, isPrimaryKey: true }],
  ['created', 'DATETIME'],
  ['email', 'STRING', { required: true, identity: true }],
  ['password', 'STRING', { required: true }],
  ['name', 'STRING', { customRegex: '' }],
  ['bio', 'TEXT'],
  ['age', 'INT', { defaultValue: 18 }],
  ['photo', 'FILE_REF'],
  ['home', 'POINT'],
  ['route', 'LINESTRING'],
  ['district', 'POLYGON'],
  ['shape', 'GEOMETRY'],
  ['manager', 'RELATION', { relatedTable: 'Users', autoLoad: true, required: true }],
  ['orders', 'RELATION_LIST', { relatedTable: 'Order' }],
  ['tags', 'COLLECTION'],
  ['odd', 'UNKNOWN'],
].map(([name, type, more = {}]) => ({
  name,
  type,
  required: false,
  identity: false,
  defaultValue: null,
  relatedTable: null,
  customRegex: null,
  autoLoad: false,
  isPrimaryKey: false,
  ...(more as object),
}))

it('takes the class description of a real app, relations and places in it', async () => {
  const schema = readSchemaFile(fileOf(JSON.stringify(described)))
  const { apiRoot } = await serve({ schema })
  const { body: columns } = await call(apiRoot, 'GET', '/users/userclassprops')
  expect(columns).toEqual(
    expect.arrayContaining(described.filter(({ name }) => name !== 'objectId' && name !== 'created')),
  )
  const body = { email: 'ann@example.com', password: 'x', home: 'POINT (1 2)', photo: 'files/a.png', name: 'Ann' }
  const registered = await call(apiRoot, 'POST', '/users/register', { body })
  expect(registered.body).toMatchObject({ age: 18, photo: 'files/a.png', home: { type: 'Point', coordinates: [1, 2] } })
  const id = textOf(registered.body.objectId ?? '')
  const put = (sent: object) => call(apiRoot, 'PUT', `/users/${id}`, { body: sent })
  // A relation is in no row: it is loaded on request.
  expect((await put({ name: 'A', manager: null })).body).not.toHaveProperty('manager')
  const refused = await put({ manager: { objectId: id } })
  expect([refused.body.code, refused.body.message]).toEqual([3024, expect.stringContaining('"manager" is a RELATION')])
})

it('is taken again by the server that it came from', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-schema-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const schema = readSchemaFile(fileOf(JSON.stringify(described)))
  for (let start = 0; start < 2; start += 1) await (await startServer({ data: directory, schema })).stop()
})

it.each([
  ['[{"name":', 'is not JSON: Unexpected end of JSON input'],
  ['{"name":"email"}', 'has to be an array of columns'],
])('says what a file is that is no schema: %s', (text, message) => {
  expect(() => readSchemaFile(fileOf(text))).toThrow(message)
})

it.each([
  [null, 'A column of the schema has to be an object, not null'],
  ['email', 'A column of the schema has to be an object, not "email"'],
  [{}, 'A column cannot be called undefined'],
  [{ name: 5 }, 'A column cannot be called 5'],
  [{ name: 'a b' }, 'A column cannot be called "a b"'],
  [{ name: '__proto__' }, 'A column cannot be called "__proto__"'],
  [{ name: 'email' }, 'The schema has the column "email" twice'],
  [{ name: 'x', type: 'RELATIONS' }, 'The column "x" has the unknown type "RELATIONS"'],
  [{ name: 'x', type: 'toString' }, 'The column "x" has the unknown type "toString"'],
  [{ name: 'x', type: 'RELATION', relatedTable: 5 }, '"relatedTable" of the column "x" has to be text, not 5'],
  [{ name: 'x', type: 'DOUBLE', expression: 'age * 2' }, 'The column "x" is computed by an expression'],
  [{ name: 'x', type: null }, 'The column "x" has the unknown type null'],
  [{ name: 'x', required: 'yes' }, '"required" of the column "x" has to be true or false, not "yes"'],
  [{ name: 'x', identity: true }, 'The schema needs one identity column and has 2'],
  [{ name: 'password', identity: true }, 'The column "password" cannot be the identity'],
  [{ name: 'x', customRegex: '(' }, 'The validator of the column "x" is no regular expression: "("'],
  [{ name: 'x', customRegex: 5 }, 'The validator of the column "x" is no regular expression: 5'],
  [{ name: 'x', type: 'INT', defaultValue: 'old' }, 'The default of the column "x" is no INT: "old"'],
])('names the column that cannot be: %j', (column, message) => {
  const schema = readSchemaFile(fileOf(JSON.stringify([identity, column])))
  expect(() => checkSchema(schema)).toThrow(message)
})
