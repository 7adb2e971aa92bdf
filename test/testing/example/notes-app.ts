import { openRest, type Client, type Platform } from '../../../src/rest/index.js'

export interface Note {
  id: string
  title: string
}

/** The token of the app's own login. */
export const session = { token: 'token-1' }

/** A page calls it without a platform, a test with that of a device. */
export function openNotes(platform?: Platform): Client<{ notes: Note }> {
  return openRest<{ notes: Note }>({
    url: 'https://api.example.com/v1/',
    account: 'ann',
    token: () => session.token,
    collections: { notes: { ids: 'server', idempotencyKey: true } },
    ...(platform && { platform }),
  })
}
