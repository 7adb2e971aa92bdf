import type { Json } from './json.js'

/** The changes that a server may make to a value on its way into the row. */
export type Normalisation = 'trim' | 'lower-case' | 'seconds'

/** The ways in which saving strays from the request, as the app's own logic on the server can. Changed at run time. */
export interface SaveBehaviour {
  /** The changes of a property, in this order. */
  normalise: { readonly [property: string]: readonly Normalisation[] }
  /** Properties that are not stored, though the answer is 200. */
  drop: readonly string[]
}

const steps: ReadonlySet<unknown> = new Set<Normalisation>(['trim', 'lower-case', 'seconds'])

/** Throws an `Error` that names the impossible part of a behaviour. */
export function checkSaving({ normalise = {}, drop = [] }: Partial<SaveBehaviour>): void {
  const isNormalise = typeof normalise === 'object' && normalise !== null && !Array.isArray(normalise)
  for (const [property, done] of isNormalise ? Object.entries(normalise) : [['normalise', normalise] as const]) {
    if (!Array.isArray(done) || !done.every((step) => steps.has(step))) {
      throw new Error(`"${property}" has to be a list of ${[...steps].join(', ')}, not ${JSON.stringify(done)}`)
    }
  }
  if (!Array.isArray(drop) || !drop.every((name) => typeof name === 'string')) {
    throw new Error(`"drop" has to be a list of properties, not ${JSON.stringify(drop)}`)
  }
}

export const plainSaving: Readonly<SaveBehaviour> = { normalise: {}, drop: [] }

/** The values that the server really stores. */
export function strayed<Column extends { readonly name: string }>(
  values: readonly (readonly [Column, Json])[],
  behaviour: SaveBehaviour,
): [Column, Json][] {
  return values
    .filter(([{ name }]) => !behaviour.drop.includes(name))
    .map(([column, value]) => {
      const steps = Object.hasOwn(behaviour.normalise, column.name) ? (behaviour.normalise[column.name] ?? []) : []
      return [column, steps.reduce(normalised, value)]
    })
}

function normalised(value: Json, step: Normalisation): Json {
  switch (step) {
    case 'trim':
      return typeof value === 'string' ? value.trim() : value
    case 'lower-case':
      return typeof value === 'string' ? value.toLowerCase() : value
    case 'seconds':
      return typeof value === 'number' ? Math.floor(value / 1000) * 1000 : value
  }
}
