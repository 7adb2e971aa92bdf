import { useState } from 'react'
import { Button, Form } from 'react-aria-components'
import { useApp } from '../app.js'
import { Problem } from '../parts/problem.js'
import { TextInput } from '../parts/text-input.js'
import { useAction } from '../parts/use-action.js'

export function RegisterScreen() {
  const { users } = useApp()
  const [email, setEmail] = useState('')
  const [nickname, setNickname] = useState('')
  const [password, setPassword] = useState('')
  const register = useAction(async () => {
    await users.register({ email, nickname, password })
    await users.login(email, password)
  })

  return (
    <section className="card">
      <h1 tabIndex={-1}>Make an account</h1>
      <Form
        onSubmit={(event) => {
          event.preventDefault()
          void register.run()
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
        <TextInput label="Nickname" autoComplete="nickname" isRequired value={nickname} onChange={setNickname} />
        <TextInput
          label="Password"
          type="password"
          autoComplete="new-password"
          isRequired
          value={password}
          onChange={setPassword}
        />
        <Problem error={register.error} />
        <Button type="submit" className="primary wide">
          Make the account
        </Button>
      </Form>
      <p className="links">
        <a href="#/">Back to sign in</a>
      </p>
    </section>
  )
}
