import { Notes } from './notes'
import { isTrapSet } from './trap'

export default function Page() {
  return (
    <main data-trap={isTrapSet() ? 'set' : 'missing'}>
      <h1>Notes</h1>
      <Notes />
    </main>
  )
}
