import { Button } from 'react-aria-components'
import { TrashIcon } from './icons.js'
import { Question } from './question.js'

interface Props {
  /** How the person knows it. */
  what: string
  onDelete: () => Promise<unknown>
}

/** Deletes after a question. */
export function DeleteButton({ what, onDelete }: Props) {
  return (
    <Question
      title={`Delete “${what}”?`}
      text="It leaves your list at once, and the server as soon as there is a network."
      yes="Delete"
      no="Keep it"
      onYes={onDelete}
    >
      <Button className="icon-button" aria-label={`Delete ${what}`}>
        <TrashIcon />
      </Button>
    </Question>
  )
}
