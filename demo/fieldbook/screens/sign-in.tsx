import { useState } from 'react'
import { Button, Form } from 'react-aria-components'
import { ann, james } from '../../demo-users.js'
import { useApp } from '../app.js'
import { isLocal } from '../backend.js'
import { Problem } from '../parts/problem.js'
import { TextInput } from '../parts/text-input.js'
import { useAction } from '../parts/use-action.js'

export function SignInScreen() {
  const { users } = useApp()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const signIn = useAction((identity: string, secret: string) => users.login(identity, secret))

  return (
    <section className="card">
      <h1 tabIndex={-1}>Fieldbook</h1>
      <p className="lead">Your visits, with or without a network.</p>
      <Form
        onSubmit={(event) => {
          event.preventDefault()
          void signIn.run(email, password)
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
        <Problem error={signIn.error} />
        <Button type="submit" className="primary wide">
          Sign in
        </Button>
      </Form>
      <p className="links">
        <a href="#/register">Make an account</a>
        <a href="#/forgotten">Forgotten password</a>
      </p>
      {isLocal && (
        <p className="hint">
          This is the local demo. Sign in as{' '}
          <Button className="link" onPress={() => void signIn.run(james.email, james.password)}>
            James
          </Button>{' '}
          or as{' '}
          <Button className="link" onPress={() => void signIn.run(ann.email, ann.password)}>
            Ann
          </Button>
          .
        </p>
      )}
    </section>
  )
}
