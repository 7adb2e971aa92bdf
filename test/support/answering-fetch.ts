/** One answer of an `answeringFetch`: a response, or what makes one (or throws) for the request. */
export type Answer = Response | ((request: Request) => Response | Promise<Response>)

/** A fetch that gives these answers in turn, the last one for ever, and keeps the requests. */
export function answeringFetch(...answers: readonly Answer[]): { fetch: typeof fetch; requests: Request[] } {
  const requests: Request[] = []
  return {
    requests,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const answer = answers[Math.min(requests.length, answers.length - 1)]
      requests.push(request)
      if (!answer) throw new Error('This fetch has no answer')
      return typeof answer === 'function' ? answer(request) : answer.clone()
    },
  }
}

/** An answer whose body is the JSON of `value`. */
export function jsonAnswer(value: unknown, init: ResponseInit = {}): Response {
  return Response.json(value, init)
}

/** An answer with a raw body. */
export function rawAnswer(body: BodyInit | null, contentType = 'application/json', init: ResponseInit = {}): Response {
  return new Response(body, { ...init, headers: { ...(init.headers as object), 'content-type': contentType } })
}

/** A context for one request: never aborted, no token. */
export function requestContext(fetch: typeof globalThis.fetch): {
  account: string
  signal: AbortSignal
  fetch: typeof globalThis.fetch
} {
  return { account: 'ann', signal: new AbortController().signal, fetch }
}
