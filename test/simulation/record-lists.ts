// The lists of a server, as the apps of a world pull them.
import type { RestCollection } from '../../src/rest/index.js'
import type { Dice } from './dice.js'

/** How a collection is listed. */
export interface ListRules {
  /** `whole`: all at once. `pages`: all, two by two. `cursor`: the changes since a pull before, two by two, with what is gone. */
  kind: 'whole' | 'pages' | 'cursor'
  /** The records of the list lack `p1`. */
  isPartial: boolean
  /** The list leaves every third record out, as one of those that are in use does. */
  omits: boolean
  refreshAfterMs: number
  maxRecords?: number | undefined
}

/** Whether a device keeps some of the records that it knows no longer than until the next pull. */
export function isLossy({ omits, maxRecords }: ListRules): boolean {
  return omits || maxRecords !== undefined
}

export function drawLists(dice: Dice): ListRules {
  return {
    kind: dice.weighted({ whole: 2, pages: 3, cursor: 4 }),
    isPartial: dice.chance(0.2),
    omits: dice.chance(0.2),
    refreshAfterMs: dice.pick([1_000, 10_000, 300_000]),
    maxRecords: dice.chance(0.1) ? dice.integer(2, 5) : undefined,
  }
}

/** The same as options of `holdfast/rest`. */
export function listOptionsOf({ kind, isPartial, omits, ...more }: ListRules): Partial<RestCollection> {
  const limits = { refreshAfterMs: more.refreshAfterMs, ...(more.maxRecords && { maxRecords: more.maxRecords }) }
  if (kind === 'whole' && !isPartial && !omits) return limits
  const most = kind === 'whole' ? 1_000 : 2
  return {
    ...limits,
    list: {
      partial: isPartial,
      query: (since) => ({
        lim: most,
        ...(isPartial && { slim: 1 }),
        ...(omits && { used: 1 }),
        ...(kind === 'cursor' && since !== undefined && { since: since as number }),
      }),
      page(json, _, asked) {
        const { records, next, gone, since } = json as never as ListedPage
        return kind === 'cursor'
          ? { records, next, gone, since, whole: asked === undefined }
          : { records, next, whole: true }
      },
    },
  }
}

/** A page as the server answers it. */
export interface ListedPage {
  records: { readonly [property: string]: never }[]
  next?: string
  gone?: (string | number)[]
  since: number
}
