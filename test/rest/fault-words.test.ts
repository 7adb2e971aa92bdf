import { describe, expect, it } from 'vitest'
import type { Json, Properties } from '../../src/model/record.js'
import { offendingIn, wordsOf } from '../../src/rest/fault-words.js'

/** The properties that are sent, unless a row says otherwise. */
const sent: Properties = { title: '', quantity: -1, lines: [{ qty: 0 }], dueAt: 'x' }

describe('the words of a fault', () => {
  it.each<[string, Json, string | undefined, string[]]>([
    [
      'RFC 9457',
      {
        type: 'https://example.net/validation-error',
        title: 'Your request is not valid.',
        errors: [
          { detail: 'must be a positive integer', pointer: '#/quantity' },
          { detail: 'must be set', pointer: '#/title' },
        ],
      },
      'must be a positive integer must be set',
      ['quantity', 'title'],
    ],
    ['RFC 9457 with a detail', { type: 'about:blank', title: 'Forbidden', detail: 'Not yours.' }, 'Not yours.', []],
    [
      'JSON:API',
      {
        errors: [
          { status: '422', title: 'Invalid', detail: 'too short', source: { pointer: '/data/attributes/title' } },
        ],
      },
      'too short',
      ['title'],
    ],
    [
      'Rails, by name',
      { errors: { title: ["can't be blank"], lines: ['is invalid'] } },
      "title: can't be blank lines: is invalid",
      ['title', 'lines'],
    ],
    ['Rails, the names at the top', { title: ["can't be blank"] }, "title: can't be blank", ['title']],
    ['Rails, sentences', { errors: ["Title can't be blank"] }, "Title can't be blank", []],
    ['Rails, the record as a whole', { errors: { base: ['too many notes'] } }, 'too many notes', []],
    ['Rails, in general', { status: 404, error: 'Not Found' }, 'Not Found', []],
    [
      'Laravel',
      {
        message: 'The title field is required. (and 1 more error)',
        errors: { title: ['The title field is required.'], 'lines.0.qty': ['min'] },
      },
      'The title field is required. (and 1 more error)',
      ['title', 'lines'],
    ],
    [
      'Django REST framework',
      { title: ['This field may not be blank.'] },
      'title: This field may not be blank.',
      ['title'],
    ],
    [
      'Django REST framework, nested',
      { lines: [{ qty: ['A valid integer is required.'] }, {}] },
      'lines.qty: A valid integer is required.',
      ['lines'],
    ],
    ['Django REST framework, of the whole', { non_field_errors: ['No.'] }, 'No.', []],
    ['Django REST framework, in general', { detail: 'Not found.' }, 'Not found.', []],
    ['Django REST framework, a property called detail', { detail: ['Too long.'] }, 'detail: Too long.', ['detail']],
    [
      'ASP.NET',
      {
        type: 'https://tools.ietf.org/html/rfc9110#section-15.5.1',
        title: 'One or more validation errors occurred.',
        status: 400,
        errors: {
          Title: ['The Title field is required.'],
          '$.quantity': ['The JSON value could not be converted.'],
          'Lines[0].Qty': ['range'],
        },
        traceId: '00-1',
      },
      'Title: The Title field is required. $.quantity: The JSON value could not be converted. Lines[0].Qty: range',
      ['title', 'quantity', 'lines'],
    ],
    [
      'FastAPI',
      { detail: [{ loc: ['body', 'title'], msg: 'field required', type: 'missing' }] },
      'field required',
      ['title'],
    ],
    [
      'Mongoose',
      { errors: { title: { message: 'Path `title` is required.', path: 'title' } } },
      'Path `title` is required.',
      ['title'],
    ],
    ['an object called error', { error: { code: 'E1', message: 'No.', errors: { title: ['No.'] } } }, 'No.', ['title']],
    ['OAuth', { error: 'invalid_grant', error_description: 'Expired.' }, 'Expired.', []],
    ['nothing', {}, undefined, []],
    ['numbers and lists of them', { errors: 5, values: [1, 2], more: { a: [null, true] } }, undefined, []],
    [
      'a name that every object has',
      { errors: { constructor: ['x'], toString: ['y'] } },
      'constructor: x toString: y',
      ['constructor', 'toString'],
    ],
  ])('in the shape of %s', (_shape, json, message, offending) => {
    const words = wordsOf(json as Properties)
    expect(words.message).toBe(message)
    expect(offendingIn(words.names, sent, undefined)).toEqual(offending)
  })

  it.each<[Json, unknown]>([
    [{ code: 7 }, 7],
    [{ code: 'E_TITLE' }, 'E_TITLE'],
    [{ error: { code: 'E1' } }, 'E1'],
    [{ type: 'https://example.net/out-of-credit' }, 'https://example.net/out-of-credit'],
    [{ type: 'about:blank' }, undefined],
    [{ code: null }, undefined],
    [{ code: {} }, undefined],
  ])('have a code: %j', (json, code) => {
    expect(wordsOf(json as Properties).code).toBe(code)
  })

  it('are as many of a message as a person reads', () => {
    const errors = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`p${at}`, ['no']]))
    expect(wordsOf({ errors }).message).toBe('p0: no p1: no p2: no')
  })
})

describe('the properties at fault', () => {
  const encode = ({ dueAt, title, ...more }: Properties): Json => ({
    note: { ...(dueAt !== undefined && { due_at: dueAt }), ...(title !== undefined && { Title: title }), ...more },
  })

  it('have the names of the app, where a body has others, in an envelope too', () => {
    expect(offendingIn(['due_at', 'note.Title', 'quantity', 'note'], sent, encode)).toEqual([
      'dueAt',
      'title',
      'quantity',
    ])
  })

  it('are only those that are known, where the app renames them', () => {
    expect(offendingIn(['author_id'], sent, encode)).toEqual([])
    expect(offendingIn(['authorId'], sent, undefined)).toEqual(['authorId'])
  })

  it('are found although the app cannot encode a part', () => {
    const whole = ({ title, dueAt }: Properties): Json => ({ t: (title as string).trim(), d: (dueAt as string).trim() })
    expect(offendingIn(['title'], sent, whole)).toEqual(['title'])
  })
})
