import type { RunningServer } from './server/start-server.js'
import type { ColumnDefinition } from './server/store/columns.js'

/** The user class of the demo: an identity that can be taken, and a nickname that cannot be left empty. */
export const demoSchema: readonly ColumnDefinition[] = [
  { name: 'email', identity: true, required: true },
  { name: 'password', required: true },
  { name: 'name' },
  { name: 'nickname', required: true },
  { name: 'phone' },
]

/** The logins of the demo's pages. */
export const james = {
  email: 'james@example.com',
  password: 'low-tide-at-9',
  name: null,
  nickname: 'Jim',
  phone: null,
}

/** Another user, whose e-mail address is taken. */
export const ann = { email: 'ann@example.com', password: 'iAmAnn', name: 'Ann', nickname: 'Annie', phone: null }

/** Registers both, as any client would, if they are not there yet. Rejects when the server refuses one. */
export async function seedDemoUsers({ apiRoot, control }: RunningServer): Promise<void> {
  for (const user of [james, ann]) {
    if (control.readUser({ identity: user.email })) continue
    const answer = await fetch(`${apiRoot}/users/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(user),
    })
    if (!answer.ok) throw new Error(`The server did not register ${user.email}: ${await answer.text()}`)
  }
}
