/*
 * The answers of answers.ts that prove nothing to a client of an ordinary API either (G12), and more of that kind. Readers: the endpoint
 * (test/rest/hostile-to-rest.test.ts), and the whole client (test/scenario/hostile-records.test.ts).
 */
import { changed, json, page, unprovenAnswers, type UnprovenAnswer } from './answers.js'

/** Backendless' own faults and ids, which mean something else to an ordinary API, or nothing. */
const ofAnotherService =
  /record of another|the id as|NaN" for|the last one wrong|whose code is a text|that is no fault|the record$|201|207|in JSON|409 and nothing/

/** With an id that is none, of a record that is right otherwise. */
const withId = (id: string): Pick<UnprovenAnswer, 'text'> => ({
  text: ({ id: _id, ...good }) => `{"id":${id},${JSON.stringify(good).slice(1)}`.replace(',}', '}'),
})

export const unprovenRestAnswers: readonly UnprovenAnswer[] = [
  ...unprovenAnswers.filter(({ what }) => !ofAnotherService.test(what)),
  ...[400, 409, 422].map((status) => ({ what: `${status} with the record`, ...changed((good) => good, status) })),
  ...[400, 404, 409, 422].map((status) => ({ what: `${status} with a list`, ...json([{ error: 'No' }], status) })),
  { what: 'a login page with 404', ...page(404) },
  { what: 'the record as a text', ...changed((good) => JSON.stringify(good)) },
  { what: 'the record in its prototype', text: (good) => `{"__proto__":${JSON.stringify(good)}}` },
  { what: 'success, and no more', ...json({ success: true }) },
  { what: 'a fault with 200', ...json({ error: 'No', message: 'No' }) },
  { what: 'no id', ...changed(({ id: _id, ...good }) => good) },
  ...['9007199254740993', '1e21', '1.5', 'true', 'null', '""', '{}', '[1]', '"."', '".."'].map((id) => ({
    what: `the id ${id}`,
    ...withId(id),
  })),
]

/** An API's own refusals, which R27 doubts. */
export const doubtedRestAnswers: readonly UnprovenAnswer[] = [
  { what: '403 of an expired session', ...json({ detail: 'Authentication credentials were not provided.' }, 403) },
  { what: '404 of a gateway', ...json({ message: 'no Route matched with those values' }, 404) },
  { what: '410 of a gateway', ...json({ error: 'Gone' }, 410) },
  { what: '404 and nothing', status: 404 },
  { what: '403 and nothing', status: 403 },
]
