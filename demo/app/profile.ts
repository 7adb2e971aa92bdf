import type { BackendlessApp } from '../../src/backendless/index.js'

/** The demo's users, as `demo-users.ts` has them. */
export interface Profile {
  readonly objectId: string
  readonly email: string
  readonly name: string | null
  readonly nickname: string
  readonly phone: string | null
}

export type DemoApp = BackendlessApp<Profile>

/** The properties that the page lets a person edit; `hint` describes the server's treatment of each. */
export const fields = [
  { property: 'name', label: 'Name', hint: '' },
  { property: 'nickname', label: 'Nickname', hint: 'Required: an empty one is refused at once (3045)' },
  {
    property: 'email',
    label: 'E-mail',
    hint: 'The identity: the server refuses ann@example.com, which is taken (3018)',
  },
  { property: 'phone', label: 'Phone', hint: '' },
] as const

export type EditableProperty = (typeof fields)[number]['property']
