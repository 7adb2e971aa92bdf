/* The page on ordinary HTTP APIs: its samples pass the type checker, and its tables say what the code does. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { restEndpoints } from '../../src/rest/endpoint.js'
import { judge } from '../../src/rest/verdict.js'
import { samplesOf, tableAfter, typeErrors } from '../support/samples.js'

const page = readFileSync('docs/rest.md', 'utf8')

it('has samples that pass the type checker', { timeout: 60_000 }, () => {
  const samples = samplesOf(page).map(({ code }) => code)
  expect(samples).toHaveLength(6)
  expect(typeErrors(samples)).toEqual([])
})

/** The names of the options in the error for one that there is not. */
const known = (open: () => unknown): string[] => {
  try {
    open()
  } catch (error) {
    return (error as Error).message.split('there are: ')[1]!.split(', ')
  }
  throw new Error('An unknown option was taken')
}
const named = (heading: string): string[] =>
  tableAfter(page, heading).flatMap(([cell]) => [...cell!.matchAll(/`(\w+)`/g)].map(([, name]) => name!))

it('names every option, and no other', () => {
  const url = 'https://api.example.com/'
  const ofCollection = known(() => restEndpoints({ url, collections: { notes: { x: 1 } as never } }))
  expect(named('### Of a collection').sort()).toEqual(ofCollection.sort())
  const ofBackend = known(() => restEndpoints({ x: 1 } as never))
  expect(named('## Options').sort()).toEqual([...ofBackend, 'account'].sort())
})

it('says of each status which kind it is', () => {
  for (const [statuses, kind] of tableAfter(page, '## Answers'))
    for (const status of statuses!.split(', '))
      expect(
        `${status}: \`${judge({ status: Number(status), json: {} }, undefined, () => false)?.failure.kind}\``,
      ).toBe(`${status}: ${kind}`)
})
