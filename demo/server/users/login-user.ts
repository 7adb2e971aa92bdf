import { Fault, faultCodes } from '../faults.js'
import type { Properties } from '../json.js'
import { isPassword, nobodysHash } from '../passwords.js'
import type { Store } from '../store/store.js'
import { identityKey, type UserRow } from '../store/users.js'
import type { Switches } from '../switches.js'

export interface LoggedIn {
  readonly row: UserRow
  readonly token: string
}

/** Checks identity and password and begins a session; whether it ends the user's others is a switch. */
export async function loginUser(
  store: Store,
  sent: Properties,
  { switches, nowMs }: { switches: Switches; nowMs: number },
): Promise<LoggedIn> {
  if (sent.has('objectId') && !sent.has('login')) {
    throw new Fault(faultCodes.loginByIdReserved, 'Login by object id is allowed only for Code Runner API key')
  }
  const login = sent.get('login') ?? ''
  const password = sent.get('password') ?? ''
  if (login === '' || password === '') {
    throw new Fault(faultCodes.loginIncomplete, 'Login or password is missing')
  }
  const key = typeof login === 'object' ? null : identityKey(login)
  const found = key === null ? undefined : store.users.byIdentity(key)
  // Hashed for an unknown user too: the time of an answer would else reveal who has an account.
  const right = typeof password === 'string' && (await isPassword(password, found?.passwordHash ?? nobodysHash))
  if (!found || !right) throw wrongLogin()

  return store.transaction(() => {
    // Read again: the comparison of the hash was outside of any transaction, and the password may be another by now.
    const user = store.users.byId(found.objectId)
    if (user?.passwordHash !== found.passwordHash) throw wrongLogin()
    if (user.userStatus === 'DISABLED') throw new Fault(faultCodes.accountDisabled, 'User account is disabled')
    const row: UserRow = { ...user, lastLogin: Math.floor(nowMs / 1000) * 1000 }
    store.users.replace(row)
    return { row, token: store.sessions.begin(row.objectId, { alone: switches.multipleLogins === 'off' }) }
  })
}

function wrongLogin(): Fault {
  return new Fault(faultCodes.wrongPassword, 'Invalid login or password')
}
