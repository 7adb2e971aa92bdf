import { useCurrentUser, useField } from '../app.js'
import { SavedField } from '../parts/saved-field.js'
import { SignOut } from '../parts/sign-out.js'

export function ProfileScreen() {
  const me = useCurrentUser()
  const name = useField(me, 'name')
  const nickname = useField(me, 'nickname')
  const email = useField(me, 'email')
  const phone = useField(me, 'phone')

  return (
    <div className="page">
      <h1 tabIndex={-1}>Profile</h1>
      <p className="lead">Each line saves itself as you type.</p>
      <form className="fields" onSubmit={(event) => event.preventDefault()}>
        <SavedField label="Name" field={name} />
        <SavedField label="Nickname" field={nickname} />
        <SavedField label="E-mail address" type="email" field={email} />
        <SavedField label="Phone number" type="tel" field={phone} />
      </form>
      <SignOut />
    </div>
  )
}
