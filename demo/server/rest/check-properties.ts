import type { Json, Properties } from '../json.js'
import { checkValue } from './field-value.js'
import { Problem } from './problem.js'
import type { Schema } from './schema.js'

/** The name as it may stand in an answer. */
const longestName = 80

/**
 * The values of a request as they are stored. Throws one problem that names every field that is wrong. A creation gets the
 * defaults of what it lacks.
 */
export function checkProperties(
  schema: Schema,
  {
    collection,
    op,
    sent,
    unknownFields,
  }: {
    collection: string
    op: 'create' | 'update'
    sent: Properties
    unknownFields: 'refuse' | 'drop'
  },
): Map<string, Json> {
  const { fields, refs = {} } = schema.collections[collection]!
  const values = new Map<string, Json>()
  const errors = new Map<string, string[]>()
  for (const [name, value] of sent) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (!field) {
      if (unknownFields === 'refuse') errors.set(name.slice(0, longestName), [`is no field of ${collection}`])
      continue
    }
    if (field.set !== undefined) {
      errors.set(name, ['is written by the server alone'])
      continue
    }
    const target = Object.hasOwn(refs, name) ? refs[name] : undefined
    const checked = checkValue(field, value, schema, target)
    if ('flaw' in checked) errors.set(name, [checked.flaw])
    else values.set(name, checked.value)
  }
  if (op === 'create') {
    for (const [name, field] of Object.entries(fields)) {
      if (values.has(name) || errors.has(name) || field.set !== undefined) continue
      const { default: value = null } = field
      if (field.required && value === null) errors.set(name, ['has to have a value'])
      else values.set(name, value)
    }
  }
  if (errors.size > 0) throw invalid(errors)
  return values
}

/** The refusal of values, by field. */
export function invalid(errors: ReadonlyMap<string, readonly string[]>): Problem {
  const [first] = errors
  const more = errors.size > 1 ? `, and ${errors.size - 1} more` : ''
  return new Problem(422, 'invalid', `"${first![0]}" ${first![1][0]!}${more}`, { errors })
}
