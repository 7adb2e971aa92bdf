// Mistakes that somebody could make with records that are created and deleted; the judge has to notice every one of them.
import type { PlantedBug } from './planted-bugs.js'

/** Those that show while nothing can be sent. */
export const offlineBugs: readonly PlantedBug[] = [
  {
    breaks: 'an edit is out of sight while its record is read for the first time (G2)',
    changes: [{ in: 'advance', find: '!$saved.some(($one) => awaited.has($name))', replace: 'true' }],
  },
  {
    breaks: 'a deleted record is in sight, as it was before (R17)',
    changes: [{ in: 'fold', find: '$view = null', replace: '$view ??= null' }],
  },
  {
    breaks: 'a creation is in sight without what was typed (R17)',
    changes: [{ in: 'fold', find: 'new Map(Object.entries(effectivePatch($edit)))', replace: 'new Map()' }],
  },
]
