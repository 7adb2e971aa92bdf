import { describe, expect, it } from 'vitest'
import { sendJson, type HttpRequest } from '../../src/endpoint/http.js'
import { answeringFetch, jsonAnswer, rawAnswer, type Answer } from '../support/answering-fetch.js'

const url = 'https://api.example.com/APP/SECRET-KEY/users/1'

const request = (answer: Answer, more: Partial<HttpRequest> = {}): HttpRequest => ({
  url,
  method: 'GET',
  signal: new AbortController().signal,
  fetch: answeringFetch(answer).fetch,
  ...more,
})

const headers = expect.any(Headers) as unknown

/** A response that says it came from `url`, as a browser's does. */
function from(address: string, { redirected = false } = {}): Response {
  const response = jsonAnswer({ a: 1 })
  Object.defineProperties(response, { url: { value: address }, redirected: { value: redirected } })
  response.clone = () => response
  return response
}

/** Where CapacitorHttp has the webview's own server make a GET. */
const interceptor = (address: string, origin = 'https://localhost'): string =>
  `${origin}/_capacitor_http_interceptor_?u=${encodeURIComponent(address)}`

const endless = (chunk: string, onCancel = (): void => undefined): ReadableStream<Uint8Array> =>
  new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode(chunk)),
    cancel: onCancel,
  })

describe('sendJson', () => {
  it('sends method, headers and JSON body, once, and neither follows, caches nor carries cookies', async () => {
    const { fetch, requests } = answeringFetch(jsonAnswer({ a: 1 }))
    const answer = await sendJson(
      request(jsonAnswer({}), { method: 'PUT', body: { name: 'Ann' }, headers: { 'user-token': 't' }, fetch }),
    )
    expect(answer).toEqual({ ok: true, headers, status: 200, json: { a: 1 } })
    expect(requests).toHaveLength(1)
    const [sent] = requests
    expect(sent).toMatchObject({ url, method: 'PUT', redirect: 'manual', cache: 'no-store', credentials: 'omit' })
    expect(sent!.referrerPolicy).toBe('no-referrer')
    expect(sent!.headers.get('content-type')).toBe('application/json')
    expect(sent!.headers.get('user-token')).toBe('t')
    expect(await sent!.json()).toEqual({ name: 'Ann' })
  })

  it.each(['PATCH', 'DELETE'] as const)(
    'sends %s as it is written, and cookies where it is told to',
    async (method) => {
      const { fetch, requests } = answeringFetch(new Response(null, { status: 204 }))
      const answer = await sendJson(request(jsonAnswer({}), { method, credentials: 'include', fetch }))
      expect(answer).toEqual({ ok: true, headers, status: 204 })
      expect(requests[0]).toMatchObject({ method, credentials: 'include' })
    },
  )

  it('hands on the headers that it can read', async () => {
    const answer = await sendJson(request(jsonAnswer([], { headers: { link: '<?page=2>; rel="next"' } })))
    expect(answer.ok && answer.headers.get('link')).toBe('<?page=2>; rel="next"')
  })

  it('sends no body and no content type where there is none', async () => {
    const { fetch, requests } = answeringFetch(jsonAnswer(true))
    await sendJson(request(jsonAnswer(true), { method: 'POST', fetch }))
    expect(requests[0]!.headers.get('content-type')).toBeNull()
    expect(await requests[0]!.text()).toBe('')
  })

  it('calls fetch without a this, as browsers demand', async () => {
    const selves: unknown[] = []
    const bare = function (this: unknown) {
      selves.push(this)
      return Promise.resolve(jsonAnswer(1))
    }
    await sendJson(request(jsonAnswer(1), { fetch: bare }))
    expect(selves).toEqual([undefined])
  })

  it.each([408, 413, 429, 500, 502, 503, 504])('asks only once when the answer is %d', async (status) => {
    const { fetch, requests } = answeringFetch(jsonAnswer({}, { status }))
    expect(await sendJson(request(jsonAnswer({}), { method: 'PUT', body: {}, fetch }))).toMatchObject({
      ok: true,
      status,
    })
    expect(requests).toHaveLength(1)
  })

  it.each([
    ['a BOM', rawAnswer('\ufeff{"a":1}'), { a: 1 }],
    ['a charset', rawAnswer('{"a":"é"}', 'application/json;charset=UTF-8'), { a: 'é' }],
    ['null', rawAnswer('null'), null],
    ['the very address', from(url), { a: 1 }],
    ['an answer without an address, as a script makes it', from(''), { a: 1 }],
    ["the address in that of CapacitorHttp's interceptor", from(interceptor(url)), { a: 1 }],
    ['the same on iOS', from(interceptor(url, 'capacitor://localhost')), { a: 1 }],
  ])('takes %s', async (_name, answer, json) => {
    expect(await sendJson(request(answer))).toEqual({ ok: true, headers, status: 200, json })
  })

  it.each([
    ['no body', new Response(null, { status: 204 })],
    ['an empty body of any type', rawAnswer('', 'text/html')],
  ])('says of %s that there is no JSON', async (_name, answer) => {
    const answered = await sendJson(request(answer))
    expect(answered).toEqual({ ok: true, headers, status: answer.status })
    expect(answered).not.toHaveProperty('json')
  })

  it.each([
    ['another address', from('https://portal.example/login')],
    ['a followed redirect', from(url, { redirected: true })],
    ["another address in that of CapacitorHttp's interceptor", from(interceptor(`${url}0`))],
    ['a followed redirect to such an address', from(interceptor(url), { redirected: true })],
    ['an address that only has the same query', from(`https://localhost/x?u=${encodeURIComponent(url)}`)],
    ["the interceptor's address with none in it", from('https://localhost/_capacitor_http_interceptor_')],
    ['a text in place of an address', from('not an address')],
  ])('believes no %s', async (_name, answer) => {
    expect(await sendJson(request(answer))).toEqual({
      ok: false,
      failure: { kind: 'server', status: 200, message: 'The answer came from another address' },
    })
  })

  it('takes a redirect that it was told of for an answer without a body', async () => {
    const answer = await sendJson(
      request(new Response(null, { status: 302, headers: { location: 'https://evil.example' } })),
    )
    expect(answer).toEqual({ ok: true, headers, status: 302 })
  })

  it('cuts an endless body at the limit', async () => {
    let cancelled = false
    const body = endless('"'.repeat(1000), () => (cancelled = true))
    const answer = await sendJson(request(() => rawAnswer(body), { limits: { sizeBytes: 10_000, depth: 5 } }))
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'server', message: expect.stringContaining('10000') } })
    expect(cancelled).toBe(true)
  })

  it('does not read what is not JSON', async () => {
    let pulled = 0
    const body = new ReadableStream({ pull: (c) => (pulled++, c.enqueue(new Uint8Array(1000))) })
    await sendJson(request(() => rawAnswer(body, 'video/mp4')))
    expect(pulled).toBeLessThan(5)
  })

  it('hands on a Retry-After with any body', async () => {
    const headers = { 'retry-after': 'Mon, 23 Nov 2026 12:02:00 GMT' }
    const now = (): number => Date.parse('2026-11-23T12:00:00Z')
    const json = jsonAnswer({ error: 'slow down' }, { status: 429, headers })
    expect(await sendJson(request(json, { now }))).toMatchObject({ ok: true, status: 429, retryAfterMs: 120_000 })
    const html = rawAnswer('<html>', 'text/html', { status: 503, headers: { 'retry-after': '7' } })
    expect(await sendJson(request(html))).toMatchObject({
      ok: false,
      failure: { kind: 'busy', status: 503, retryAfterMs: 7000 },
    })
  })

  // The same trouble has another name and text in each engine.
  it.each([
    new TypeError('Failed to fetch'),
    new TypeError('NetworkError when attempting to fetch resource.'),
    new TypeError('Load failed'),
    new DOMException('The operation was aborted', 'AbortError'),
    new DOMException('The operation timed out', 'TimeoutError'),
    new Error('anything'),
    'no error at all',
  ])('calls it unreachable when fetch throws %s, and does not ask again', async (thrown) => {
    const { fetch, requests } = answeringFetch(() => {
      throw thrown
    })
    expect(await sendJson(request(jsonAnswer(1), { fetch }))).toEqual({
      ok: false,
      failure: { kind: 'unreachable', message: 'The backend could not be reached' },
    })
    expect(requests).toHaveLength(1)
  })

  describe('on abort', () => {
    const timedOut = new DOMException('The operation timed out', 'TimeoutError')

    it.each([
      ['timeout', timedOut],
      ['unreachable', new DOMException('frozen', 'AbortError')],
      ['unreachable', undefined],
    ])('says %s for the reason %s, also when fetch ignores the signal', async (kind, reason) => {
      const controller = new AbortController()
      const asked = sendJson(request(() => new Promise<Response>(() => undefined), { signal: controller.signal }))
      controller.abort(reason)
      expect(await asked).toMatchObject({ ok: false, failure: { kind } })
    })

    it('ends a body that drips', async () => {
      const controller = new AbortController()
      const body = new ReadableStream({
        pull: (stream) => {
          stream.enqueue(new Uint8Array([0x20]))
          controller.abort(timedOut)
          return new Promise<void>(() => undefined)
        },
      })
      const asked = sendJson(request(() => rawAnswer(body), { signal: controller.signal }))
      expect(await asked).toMatchObject({ ok: false, failure: { kind: 'timeout' } })
    })

    it('sends nothing when it came before', async () => {
      const { fetch, requests } = answeringFetch(jsonAnswer(1))
      const answer = await sendJson(request(jsonAnswer(1), { fetch, signal: AbortSignal.abort(timedOut) }))
      expect(answer).toMatchObject({ ok: false, failure: { kind: 'timeout' } })
      expect(requests).toHaveLength(0)
    })
  })

  it('holds everything when no request can be made of what it is given', async () => {
    const answer = await sendJson(request(jsonAnswer(1), { headers: { 'user-token': 'line\nbreak' } }))
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'configuration' } })
    expect(await sendJson(request(jsonAnswer(1), { url: 'https://' }))).toMatchObject({
      failure: { kind: 'configuration' },
    })
  })

  it('never names the URL or a header', async () => {
    const answers: Answer[] = [
      rawAnswer('<html>', 'text/html'),
      from('https://portal.example/login?from=SECRET-KEY'),
      () => Promise.reject(new TypeError(`fetch failed: ${url}`)),
      jsonAnswer({ __proto__x: 1 }, { status: 500 }),
      rawAnswer('{'),
    ]
    for (const answer of answers) {
      expect(
        JSON.stringify(await sendJson(request(answer, { headers: { 'user-token': 'SECRET-TOKEN' } }))),
      ).not.toContain('SECRET')
    }
  })
})
