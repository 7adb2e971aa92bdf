/* The places of a record that name other records (R19). */
import { expect, it } from 'vitest'
import { idText, refsIn, undeclaredIn, withRefs } from '../../src/model/refs.js'

const refs = { authorId: 'authors', tagIds: 'tags', 'lines.*.productId': 'products', 'extra.boxId': 'boxes' }

it('finds each declared name: alone, in a list, in each item of a list, and inside of an object', () => {
  const found = refsIn(
    { authorId: 7, tagIds: ['t1', 2], lines: [{ productId: 'p' }, { other: 1 }], extra: { boxId: 'b' }, title: 'a1' },
    refs,
  )
  expect(found).toEqual([
    { collection: 'authors', id: '7', property: 'authorId' },
    { collection: 'tags', id: 't1', property: 'tagIds' },
    { collection: 'tags', id: '2', property: 'tagIds' },
    { collection: 'products', id: 'p', property: 'lines' },
    { collection: 'boxes', id: 'b', property: 'extra' },
  ])
})

it('other values name nothing: null, an object, an empty text, a number beyond 2^53, a list where none is declared', () => {
  for (const authorId of [null, {}, '', 2 ** 53, 1.5, true])
    expect(refsIn({ authorId, lines: 'p', extra: ['b'] }, refs)).toEqual([])
  expect(refsIn({ authorId: 'a' }, undefined)).toEqual([])
  expect(idText(2 ** 53 - 1)).toBe('9007199254740991')
})

it('renames in place, keeps the rest, and gives the same object back where nothing is renamed', () => {
  const given = {
    authorId: 'a',
    tagIds: ['t1', 't2'],
    lines: [{ productId: 'p', n: 1 }, { productId: 'q' }],
    title: 'a',
  }
  expect(withRefs(given, refs, () => undefined)).toBe(given)
  const renamed = withRefs(given, refs, (collection, id) =>
    id === 't2' || id === 'p' ? `${collection}-${id}` : undefined,
  )
  expect(renamed).toEqual({
    authorId: 'a',
    tagIds: ['t1', 'tags-t2'],
    lines: [{ productId: 'products-p', n: 1 }, { productId: 'q' }],
    title: 'a',
  })
  expect(given.tagIds).toEqual(['t1', 't2'])
  expect(renamed['lines']).not.toBe(given.lines)
})

it('a path with a name that every object has leads to own values only', () => {
  const hostile = { 'constructor.name': 'x', '__proto__.id': 'x', toString: 'x' }
  expect(refsIn({ title: 'a' }, hostile)).toEqual([])
  const given = JSON.parse('{"__proto__":{"id":"a"}}')
  expect(JSON.stringify(withRefs(given, hostile, () => 'b'))).toBe('{"__proto__":{"id":"b"}}')
})

it('finds ids in the form of a UUID at each place that is not declared, and at no other', () => {
  const id = (n: number): string => `0199a0b0-0000-7000-8000-00000000000${n}`
  const given = {
    authorId: id(1),
    tagIds: [id(1), [id(1)]],
    lines: [{ productId: id(1), productIds: id(2) }, id(3), [{ productId: id(4) }]],
    extra: { boxId: id(1), deep: { boxId: [id(5)] } },
    boxId: id(6),
    title: `${id(7)} `,
    constructor: id(8),
  }
  expect(undeclaredIn(given, refs)).toEqual([
    { path: 'lines.*.productIds', id: id(2) },
    { path: 'lines.*', id: id(3) },
    { path: 'lines.*.*.productId', id: id(4) },
    { path: 'extra.deep.boxId.*', id: id(5) },
    { path: 'boxId', id: id(6) },
    { path: 'constructor', id: id(8) },
  ])
  expect(undeclaredIn({ authorId: id(1), list: [id(2)] }, undefined)).toHaveLength(2)
})
