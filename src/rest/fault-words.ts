// Floor 6: what an answer says of a refusal, in the shapes that are usual. Pure.
// Problem details with `errors`: RFC 9457, section 3. JSON:API: `errors` with `source.pointer`. Rails: `errors` by name or as a
// list of sentences, or the names at the top. Laravel: `message`, and `errors` by name (`lines.0.qty`). Django REST framework:
// `detail`, or the names at the top. ASP.NET: problem details with `errors` by name (`Lines[0].Qty`, `$.qty`).
import type { Failure } from '../model/failure.js'
import { fieldsOf, isProperties, own } from '../model/own.js'
import type { Json, Properties } from '../model/record.js'
import { equal } from '../model/same.js'

export interface FaultWords {
  message: string | undefined
  code: Failure['code']
  /** Names and pointers of the parts at fault, as the server writes them. */
  names: string[]
}

/** Names that stand for the record as a whole. */
const ofNoProperty = /^(non_field_errors|base|__all__|\$|_)?$/

/** A message needs no more. */
const mostTexts = 3

export function wordsOf(json: Properties): FaultWords {
  const names: string[] = []
  const texts: string[] = []
  /** `isSure`: a text by itself is one of a fault; else only one in a list is. */
  const collect = (value: Json | undefined, path: string, isSure: boolean): void => {
    if (typeof value === 'string') {
      if (!isSure) return
      names.push(path)
      texts.push(ofNoProperty.test(path) ? value : `${path}: ${value}`)
    } else if (Array.isArray(value)) {
      for (const one of value) collect(one, path, true)
    } else if (typeof value === 'object' && value !== null) {
      const { pointer, source, field, loc, detail, message, msg, title } = value
      const text = textIn(detail, message, msg, title)
      const own = isSure && text !== undefined && textIn(pointer, fieldsOf(source).pointer, field, listed(loc), path)
      if (typeof own === 'string') {
        names.push(own)
        texts.push(text!)
      } else {
        for (const [name, member] of Object.entries(value)) collect(member, path ? `${path}.${name}` : name, isSure)
      }
    }
  }
  const { error } = json
  const body = isProperties(error) ? error : json
  const { errors, detail, message, title, code, type, error_description, ...more } = body
  collect(errors, '', true)
  // Without a member of its own for them, the names are at the top, each with its list of texts.
  if (errors === undefined) {
    collect({ ...more, ...listsOf({ detail, message, title, code, type }) }, '', false)
  }
  return {
    message: textIn(detail, message, error_description, texts.slice(0, mostTexts).join(' '), title, error),
    code: codeIn(code, type === 'about:blank' ? undefined : type),
    names: names.filter((name) => !ofNoProperty.test(name)),
  }
}

/** Those of the members that hold a list: a property may have such a name. */
function listsOf(members: { readonly [name: string]: Json | undefined }): { [name: string]: Json } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => Array.isArray(value))) as {
    [name: string]: Json
  }
}

function listed(value: Json | undefined): unknown {
  return Array.isArray(value) ? value.filter((part) => typeof part !== 'object').join('.') : undefined
}

function textIn(...values: unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === 'string' && value.trim() !== '')
}

function codeIn(...values: (Json | undefined)[]): Failure['code'] {
  return values.find(
    (value) => typeof value === 'number' || (typeof value === 'string' && value !== ''),
  ) as Failure['code']
}

/**
 * The properties that names of a server mean: those of `sent` whose name in the body has the name's first known part; without
 * `encode`, which may rename, also the name's own first part.
 */
export function offendingIn(
  names: readonly string[],
  sent: Properties,
  encode: ((properties: Properties) => Json) | undefined,
): string[] {
  const propertyOf = encode
    ? wireNames(sent, encode)
    : new Map(Object.keys(sent).map((name) => [name.toLowerCase(), name]))
  const found = names.map((name) => {
    const parts = name.split(/[^\p{L}\p{N}_-]+/u).filter(Boolean)
    const known = parts.map((part) => propertyOf.get(part.toLowerCase())).find((property) => property !== undefined)
    return known ?? (encode ? undefined : parts.find((part) => !/^(body|data|attributes)$/.test(part)))
  })
  return [...new Set(found.filter((name) => name !== undefined))]
}

/** By its name in a request's body, in small letters, the property that is there. */
function wireNames(sent: Properties, encode: (properties: Properties) => Json): Map<string, string> {
  const without = encoded({}, encode)
  const found = new Map<string, string>()
  for (const [property, value] of Object.entries(sent)) {
    const names = namesIn(encoded({ [property]: value }, encode), without, value)
    for (const name of [...names, property.toLowerCase()]) if (!found.has(name)) found.set(name, property)
  }
  return found
}

function encoded(properties: Properties, encode: (properties: Properties) => Json): Json | undefined {
  try {
    return encode(properties)
  } catch {
    // It may need what is not there.
    return undefined
  }
}

/** The names in a body whose values the body `without` the property does not have; not those within `value`. */
function namesIn(body: Json | undefined, without: Json | undefined, value: Json): string[] {
  if (!isObject(body) || body === value) return []
  return Object.entries(body).flatMap(([name, member]) => {
    const before = isObject(without) ? own(without as Properties, name) : undefined
    const isWithin = isObject(member) && member !== value
    const isOwn = isWithin ? before === undefined : !equal(member, before)
    return [...(isOwn ? [name.toLowerCase()] : []), ...(isWithin ? namesIn(member, before, value) : [])]
  })
}

function isObject(value: Json | undefined): value is Json & object {
  return typeof value === 'object' && value !== null
}
