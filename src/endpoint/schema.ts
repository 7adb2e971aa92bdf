// Floor 3: an app's own schema of its records, checked as an edit is made.
import { InvalidEditError } from '../model/errors.js'
import type { Json } from '../model/record.js'
import type { EditToCheck, Endpoint } from './endpoint.js'

/**
 * The part of a Standard Schema, version 1, that this file uses; zod, valibot, arktype and others make them. `T`: its input,
 * which is saved; its output plays no part.
 */
export interface StandardSchema<T> {
  /** The name that the standard gives (standardschema.dev). */
  readonly '~standard': {
    readonly version: 1
    /** Checks a record; a promise is refused, since edits are checked at once. */
    readonly validate: (value: unknown) => Verdict | Promise<Verdict>
    /** For the types alone: nothing reads it. `input`: the type of records; `output`: not used. */
    readonly types?: { readonly input: T; readonly output: unknown } | undefined
  }
}

interface Verdict {
  readonly issues?: readonly Issue[] | undefined
}

interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The endpoint with the schema behind its own check. Throws a `TypeError` for a value that is no schema. */
export function checkedBy<T>(schema: StandardSchema<T> | undefined, endpoint: Endpoint): Endpoint {
  if (schema === undefined) return endpoint
  if (typeof schema?.['~standard']?.validate !== 'function')
    throw new TypeError('"schema" is a Standard Schema, as zod, valibot or arktype make them')
  return {
    ...endpoint,
    check: (edit) => endpoint.check?.(edit) ?? checkSchema(schema['~standard'], edit),
  }
}

/**
 * Of an update, only issues of changed properties count: the rest of the record is not the edit's business, and may not be on
 * this device yet.
 */
function checkSchema(
  schema: StandardSchema<unknown>['~standard'],
  { op, patch, view }: EditToCheck,
): InvalidEditError | undefined {
  if (op === 'delete') return undefined
  const record: { [property: string]: Json } = { ...view, ...patch }
  for (;;) {
    const verdict = schema.validate(record)
    if ('then' in verdict) {
      // Nobody awaits the promise any more: its rejection must not be reported.
      verdict.then(undefined, () => {})
      return new InvalidEditError('', undefined, 'the schema answers later, and an edit is checked as it is made')
    }
    const named = verdict.issues?.map(({ message, path: [at] = [] }) => ({
      message,
      property: String(typeof at === 'object' ? at.key : (at ?? '')),
    }))
    const issue = named?.find(({ property }) => op === 'create' || Object.hasOwn(patch, property))
    if (!issue) return undefined
    const { property, message } = issue
    if (record[property] !== null) return new InvalidEditError(property, patch[property], message)
    // A schema may expect an absent property where the backend has null.
    delete record[property]
  }
}
