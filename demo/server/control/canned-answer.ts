import type { Action } from './rules.js'

type Canned = Extract<
  Action,
  { do: 'server-error' | 'too-many-requests' | 'captive-portal' | 'gateway' | 'answer' | 'problem' }
>

const titles: { readonly [status: number]: string } = {
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
}

const portalPage = `<!DOCTYPE html>
<html><head><title>Guest network</title></head>
<body><h1>Welcome</h1><form method="post" action="/connect"><button>Accept and connect</button></form></body></html>
`

/**
 * Answers of something between client and backend: none of them has the shape of the backend's own faults, but for `problem`.
 * `cors` are the headers that let a page's script read them.
 */
export function cannedAnswer(action: Canned, cors: { readonly [name: string]: string }): Response {
  const headers = new Headers('cors' in action && action.cors === false ? {} : cors)
  switch (action.do) {
    case 'captive-portal':
      return answer(200, 'html', headers, portalPage)
    case 'answer': {
      const { status = 200, body, text } = action
      if (body !== undefined) headers.set('Content-Type', 'application/json')
      for (const [name, value] of Object.entries(action.headers ?? {})) headers.set(name, value)
      return new Response(text ?? (body === undefined ? null : JSON.stringify(body)), { status, headers })
    }
    case 'problem': {
      const { do: _do, delayMs: _delayMs, status = 400, ...said } = action
      headers.set('Content-Type', 'application/problem+json')
      return new Response(JSON.stringify({ title: titleOf(status), status, ...said }), { status, headers })
    }
    case 'gateway':
      return answer(action.status, 'html', headers)
    case 'server-error':
      return answer(action.status ?? 500, action.as ?? 'html', headers)
    case 'too-many-requests': {
      const { status = 429, as = 'empty', retryAfter, readable = true } = action
      if (retryAfter !== undefined) headers.set('Retry-After', String(retryAfter))
      // Script in a page sees a header of another origin only if it is exposed to it.
      if (readable) headers.set('Access-Control-Expose-Headers', 'Retry-After')
      return answer(status, as, headers)
    }
  }
}

function answer(status: number, as: 'json' | 'html' | 'empty', headers: Headers, html?: string): Response {
  const title = `${status} ${titleOf(status)}`
  const page = `<html>\r\n<head><title>${title}</title></head>\r\n<body><center><h1>${title}</h1></center></body>\r\n</html>\r\n`
  if (as === 'empty') return new Response(null, { status, headers })
  headers.set('Content-Type', as === 'json' ? 'application/json' : 'text/html; charset=utf-8')
  return new Response(as === 'json' ? JSON.stringify({ error: title }) : (html ?? page), { status, headers })
}

function titleOf(status: number): string {
  return titles[status] ?? 'Error'
}
