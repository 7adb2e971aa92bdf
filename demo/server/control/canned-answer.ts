import type { Action } from './rules.js'

type Canned = Extract<Action, { do: 'server-error' | 'too-many-requests' | 'captive-portal' | 'gateway' | 'answer' }>

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

/** Answers of something between client and backend: none of them has the shape of the backend's own faults. */
export function cannedAnswer(action: Canned): Response {
  switch (action.do) {
    case 'captive-portal':
      return answer(200, 'html', { cors: action.cors, html: portalPage })
    case 'answer': {
      const { status = 200, body, text, cors = true } = action
      const headers = new Headers(cors ? { 'Access-Control-Allow-Origin': '*' } : {})
      if (body !== undefined) headers.set('Content-Type', 'application/json')
      for (const [name, value] of Object.entries(action.headers ?? {})) headers.set(name, value)
      return new Response(text ?? (body === undefined ? null : JSON.stringify(body)), { status, headers })
    }
    case 'gateway':
      return answer(action.status, 'html', { cors: action.cors })
    case 'server-error':
      return answer(action.status ?? 500, action.as ?? 'html', { cors: action.cors })
    case 'too-many-requests': {
      const { status = 429, as = 'empty', retryAfter, readable = true } = action
      const headers: Record<string, string> = {}
      if (retryAfter !== undefined) headers['Retry-After'] = String(retryAfter)
      // Script in a page sees a header of another origin only if it is exposed to it.
      if (readable) headers['Access-Control-Expose-Headers'] = 'Retry-After'
      return answer(status, as, { headers })
    }
  }
}

function answer(
  status: number,
  as: 'json' | 'html' | 'empty',
  options: { cors?: boolean | undefined; headers?: Record<string, string>; html?: string },
): Response {
  const title = `${status} ${titles[status] ?? 'Error'}`
  const page = `<html>\r\n<head><title>${title}</title></head>\r\n<body><center><h1>${title}</h1></center></body>\r\n</html>\r\n`
  const headers = new Headers(options.headers)
  if (options.cors !== false) headers.set('Access-Control-Allow-Origin', '*')
  if (as === 'empty') return new Response(null, { status, headers })
  headers.set('Content-Type', as === 'json' ? 'application/json' : 'text/html; charset=utf-8')
  return new Response(as === 'json' ? JSON.stringify({ error: title }) : (options.html ?? page), { status, headers })
}
