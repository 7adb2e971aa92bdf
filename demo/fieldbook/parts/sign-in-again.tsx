import { useState } from 'react'
import { Button, Form } from 'react-aria-components'
import { useApp, useCurrentUser, useField } from '../app.js'
import { Problem } from './problem.js'
import { TextInput } from './text-input.js'
import { useAction } from './use-action.js'

/** The session has ended: the password is asked for where the person is, and everything else stays as it is. */
export function SignInAgain() {
  const { users } = useApp()
  const { value, state } = useField(useCurrentUser(), 'email')
  // The server does not know an address that waits: the account still has the one from before.
  const [email, setEmail] = useState(state === 'pending' ? '' : (value ?? ''))
  const [password, setPassword] = useState('')
  const signIn = useAction(() => users.login(email, password))

  return (
    <section className="notice" data-tone="waiting" aria-label="Sign in again">
      <strong>Your session has ended</strong>
      <p>Go on working: all is saved here. Sign in to send it.</p>
      <Form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault()
          void signIn.run()
        }}
      >
        <TextInput
          label="E-mail address"
          type="email"
          autoComplete="username"
          isRequired
          value={email}
          onChange={setEmail}
        />
        <TextInput
          label="Password"
          type="password"
          autoComplete="current-password"
          isRequired
          value={password}
          onChange={setPassword}
        />
        <Button type="submit" className="primary">
          Sign in
        </Button>
      </Form>
      <Problem error={signIn.error} />
    </section>
  )
}
