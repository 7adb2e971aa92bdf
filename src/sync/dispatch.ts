// Requests that are ready leave, and their answers come in: a part of the sender's events.
import type { Reply } from '../endpoint/endpoint.js'
import type { TraceStep } from '../model/events.js'
import type { Lookout } from './lookout.js'
import type { Owners } from './owners.js'
import { answerSteps, brokenStep, readOf, sentSteps } from './request-steps.js'
import type { Ready } from './requests.js'
import type { SenderParts } from './sender-parts.js'

export interface DispatchParts {
  trace(step: TraceStep): void
  report(broadcasts: boolean): void
  /** An invariant does not hold: the term ends. */
  broken(error: unknown): void
  wakeLoop(): void
}

/** Returns the function that lets ready requests leave, as far as there is room. */
export function createDispatch(
  parts: SenderParts,
  { agenda, decisions, gate, news, pacing, requests }: Owners,
  lookout: Lookout,
  { trace, report, broken, wakeLoop }: DispatchParts,
): () => void {
  const { clock, connectivity } = parts.platform

  const answered = (asked: Ready, reply: Reply, atMs: number): void => {
    const { key, step, session } = asked
    const noted = pacing.note(key, reply)
    news.answered(reply)
    if (noted === 'wait') requests.doubt()
    if (noted === 'more') lookout.lookAgain()
    answerSteps(asked, reply).forEach(trace)
    agenda.move(key, 'asking', 'deciding')
    if (step.step === 'read') {
      lookout.readAnswered(key.collection, reply)
      decisions.add(key, { event: 'read-answered', reply, atMs, sessionId: session.sessionId, ...readOf(step) })
    } else {
      decisions.add(key, { event: 'write-answered', attempt: step.attempt, reply })
      try {
        parts.onReply(key.collection, step.attempt.patch, reply)
      } catch (error) {
        trace(brokenStep(error, key))
      }
    }
    // Ready requests leave at once, and not after the transaction under way.
    dispatch()
    wakeLoop()
  }

  const send = async (one: Ready): Promise<void> => {
    const { term } = requests
    try {
      const atMs = clock.now()
      agenda.move(one.key, 'ready', 'asking')
      const asked = requests.send(one)
      report(true)
      sentSteps(one).forEach(trace)
      const reply = await asked
      // The term may end after its answer is known, in the same turn.
      if (reply && !term.aborted) answered(one, reply, atMs)
    } catch (error) {
      // Or the same answer would end each term.
      agenda.hold(one.key)
      broken(error)
    }
  }

  const dispatch = (): void => {
    for (let one: Ready | undefined; (one = requests.take(pacing.width));) {
      if (requests.isFresh(one) && gate.mayTry(connectivity.online, clock.now())) {
        void send(one)
        continue
      }
      const { key, step } = one
      // The sender decides again whether the request may leave, and takes it back for that, uncharged.
      agenda.move(key, 'ready', 'deciding')
      decisions.add(key, step.step === 'send' ? { event: 'not-sent', attempt: step.attempt } : { event: 'looked' })
    }
  }

  return dispatch
}
