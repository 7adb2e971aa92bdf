import { PendingEditsError, type LogoutPolicy } from '../../src/backendless/index.js'
import { button, element, labelled, panel } from './elements.js'
import { attempt, type Note } from './event-log.js'
import type { DemoApp } from './profile.js'

/** The values that the forms begin with; the server is seeded with the same. */
const james = { email: 'james@example.com', password: 'low-tide-at-9' }

/** Who is logged in, and the ways in and out. */
export function sessionPanel(app: DemoApp, note: Note): HTMLElement {
  const { users } = app
  const who = element('p', { class: 'who' })
  const logout = element(
    'p',
    { class: 'actions' },
    button('Log out', () => logOut(app, note)),
  )
  const login = loginForm(app, note)
  const register = element('details', {}, element('summary', {}, 'Register an account'), registerForm(app, note))

  const render = (): void => {
    const session = users.session$.value
    const email = users.current$.value?.email ?? 'somebody'
    const isIn = session.state === 'signed-in' || session.state === 'expired'
    who.textContent = {
      opening: 'Opening…',
      'signed-out': 'Nobody is logged in.',
      'signed-in': `Logged in as ${email}.`,
      expired: `The session of ${email} has ended. Edits are saved, and sent after the next login.`,
    }[session.state]
    logout.hidden = !isIn
    login.hidden = session.state === 'signed-in' || session.state === 'opening'
    register.hidden = session.state !== 'signed-out'
  }
  users.session$.subscribe(render)
  users.current$.subscribe(render)
  return panel('Session', who, logout, login, register)
}

function loginForm({ users }: DemoApp, note: Note): HTMLElement {
  const form = element(
    'form',
    {},
    labelled('E-mail', {
      id: 'login-email',
      type: 'email',
      value: james.email,
      autocomplete: 'username',
      required: true,
    }),
    labelled('Password', {
      id: 'login-password',
      type: 'password',
      value: james.password,
      autocomplete: 'current-password',
      required: true,
    }),
    element('p', { class: 'actions' }, element('button', { class: 'primary' }, 'Log in')),
  )
  onSubmit(form, async ({ email, password }) => {
    await logIn(users, note, email!, password!)
  })
  return form
}

/** The form goes away with the login, so the focus moves on to what has come. */
async function logIn(users: DemoApp['users'], note: Note, email: string, password: string): Promise<void> {
  if (await attempt(note, () => users.login(email, password))) {
    document.querySelector<HTMLElement>('#panel-profile')?.focus()
  }
}

function registerForm({ users }: DemoApp, note: Note): HTMLElement {
  const form = element(
    'form',
    {},
    labelled('E-mail', { id: 'register-email', type: 'email', autocomplete: 'username', required: true }),
    labelled('Nickname', { id: 'register-nickname', autocomplete: 'nickname', required: true }),
    labelled('Password', {
      id: 'register-password',
      type: 'password',
      autocomplete: 'new-password',
      required: true,
    }),
    element('p', { class: 'actions' }, element('button', { class: 'primary' }, 'Register and log in')),
  )
  onSubmit(form, async ({ email, nickname, password }) => {
    const isRegistered = await attempt(note, () =>
      users.register({ email: email!, nickname: nickname!, password: password! }),
    )
    if (isRegistered) await logIn(users, note, email!, password!)
  })
  return form
}

/** Passes the values by the last part of each input's id. */
function onSubmit(form: HTMLFormElement, submit: (values: { [name: string]: string }) => Promise<void>): void {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const inputs = [...form.querySelectorAll('input')]
    void submit(Object.fromEntries(inputs.map(({ id, value }) => [id.slice(id.indexOf('-') + 1), value])))
  })
}

/**
 * With edits pending, a logout needs the person's decision about them. The page asks here, and once more when they could not
 * be sent.
 */
async function logOut({ users }: DemoApp, note: Note): Promise<void> {
  await attempt(note, async () => {
    let pending: LogoutPolicy | undefined
    for (;;) {
      try {
        await users.logout(pending && { pending })
        // The button that had the focus is gone.
        document.querySelector<HTMLElement>('#panel-session')?.focus()
        return
      } catch (error) {
        if (!(error instanceof PendingEditsError)) throw error
        if (pending === 'send') note('They could not be sent: nobody was logged out', 'bad')
        pending = await askAboutPending(error.count)
        if (!pending) return
      }
    }
  })
}

function askAboutPending(count: number): Promise<LogoutPolicy | undefined> {
  const them = count === 1 ? 'it' : 'them'
  const choices: [LogoutPolicy, string][] = [
    ['keep', `Keep ${them} for my next login`],
    ['send', `Send ${them} first`],
    ['discard', `Discard ${them}`],
  ]
  const dialog = element(
    'dialog',
    { 'aria-labelledby': 'logout-question' },
    element('h2', { id: 'logout-question' }, `${count} ${count === 1 ? 'edit has' : 'edits have'} not been sent yet`),
    element(
      'form',
      { method: 'dialog', class: 'choices' },
      ...choices.map(([value, label]) => element('button', { value }, label)),
      element('button', { value: '' }, 'Stay logged in'),
    ),
  )
  document.body.append(dialog)
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve((dialog.returnValue || undefined) as LogoutPolicy | undefined)
    })
  })
}
