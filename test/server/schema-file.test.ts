import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { checkSchema, readSchemaFile } from '../../demo/server/schema-file.js'

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
  [{ name: 'x', type: 'RELATION' }, 'The column "x" has the unknown type "RELATION"'],
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
