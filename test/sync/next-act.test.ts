/* The sender's next act, in each of the situations that its seven facts can make. */
import { expect, it } from 'vitest'
import { type Act, nextAct, type Situation } from '../../src/sync/next-act.js'

type Facts = { [fact in keyof Situation]: boolean }

const facts: readonly (keyof Situation)[] = [
  'isClosed',
  'undecided',
  'roundIsOver',
  'isFrozen',
  'found',
  'hasRoom',
  'asking',
]

const situations = Array.from({ length: 2 ** facts.length }, (_, bits) => {
  const at = Object.fromEntries(facts.map((fact, place) => [fact, ((bits >> place) & 1) === 1])) as Facts
  return { ...at, undecided: Number(at.undecided), found: Number(at.found), asking: Number(at.asking) }
})

/** For each act, when it is the right one: said fact by fact, and not in the order in which the code asks. */
const isRight: { [act in Act]: (at: Situation) => boolean } = {
  end: ({ isClosed }) => isClosed,
  write: ({ isClosed, undecided }) => !isClosed && undecided > 0,
  look: (at) => isIdle(at) && mayLook(at),
  await: (at) => isIdle(at) && !mayLook(at) && at.asking > 0,
  rest: (at) => isIdle(at) && !mayLook(at) && at.asking === 0,
}

function isIdle({ isClosed, undecided }: Situation): boolean {
  return !isClosed && undecided === 0
}

/** A look is of use only while lanes are left to find, nothing found is left to plan, and what is found has a place. */
function mayLook({ roundIsOver, isFrozen, found, hasRoom }: Situation): boolean {
  return [roundIsOver, isFrozen, found > 0, !hasRoom].every((isReasonAgainst) => !isReasonAgainst)
}

it('is decided by seven facts, in 128 situations', () => {
  expect(situations).toHaveLength(128)
  expect(new Set(situations.map((at) => JSON.stringify(at))).size).toBe(128)
})

it.each(situations)('is the one act that is right: %j', (at) => {
  const right = Object.entries(isRight).flatMap(([act, is]) => (is(at) ? [act] : []))
  expect(right).toEqual([nextAct(at)])
})

it('comes to each act', () => {
  expect(new Set(situations.map(nextAct))).toEqual(new Set(Object.keys(isRight)))
})
