import { wordsOfError } from '../words/errors.js'

/** Why something was not done, in plain words; nothing where it was. */
export function Problem({ error }: { error: unknown }) {
  return error === undefined ? null : (
    <p className="problem" role="alert">
      {wordsOfError(error)}
    </p>
  )
}
