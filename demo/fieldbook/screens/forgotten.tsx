import { useState } from 'react'
import { Button, Form } from 'react-aria-components'
import { useApp } from '../app.js'
import { Problem } from '../parts/problem.js'
import { TextInput } from '../parts/text-input.js'
import { useAction } from '../parts/use-action.js'

export function ForgottenScreen() {
  const { users } = useApp()
  const [email, setEmail] = useState('')
  const [sentTo, setSentTo] = useState('')
  const ask = useAction(async () => {
    await users.restorePassword(email)
    setSentTo(email)
  })

  return (
    <section className="card">
      <h1 tabIndex={-1}>Forgotten password</h1>
      <p className="lead">The server sends you a mail with the next steps.</p>
      <Form
        onSubmit={(event) => {
          event.preventDefault()
          void ask.run()
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
        <Problem error={ask.error} />
        {sentTo && (
          <p className="good" role="status">
            The server was asked to send a mail to {sentTo}.
          </p>
        )}
        <Button type="submit" className="primary wide">
          Send the mail
        </Button>
      </Form>
      <p className="links">
        <a href="#/">Back to sign in</a>
      </p>
    </section>
  )
}
