import type { Id } from '../network/index.js'
import { coordinateOutside, inputsOf, type Range, rangeOf, type Stated, statedBy } from './claims.js'
import { type History, missing, type Violation, violation } from './history.js'

/** What was promised to those who are honest. */
export interface Promised {
  readonly honest: ReadonlySet<Id>
  /** Decisions differ by no more, in any coordinate. */
  readonly epsilon: number
  /** By how much every round shrinks the spread of the honest values at least; 1 where it only may not grow. */
  readonly contraction: number
}

/** Rounding, of numbers as large as the range's ends. */
const slackOf = ({ low, high }: Range, j: number): number => 4e-15 * Math.max(Math.abs(low[j]), Math.abs(high[j]))

/** Every honest participant decides. */
export function checkTermination(history: History, { honest }: Promised): readonly Violation[] {
  const decided = new Set(statedBy(history, honest, 'decided').map(({ who }) => who))
  const late = [...honest].sort().filter(id => !decided.has(id))
  return late.map(id => missing(history, 'termination', id, `${id} never decided`))
}

/** No honest participant decides twice, or says two things of one round. */
export function checkIntegrity(history: History, { honest }: Promised): readonly Violation[] {
  const found: Violation[] = []
  for (const kind of ['round', 'decided']) {
    const seen = new Set<string>()
    for (const stated of statedBy(history, honest, kind)) {
      const what = kind === 'round' ? `${stated.who} round ${stated.round}` : stated.who
      if (seen.has(what)) found.push(violation(history, 'integrity', stated, `${kind} twice: ${what}`))
      seen.add(what)
    }
  }
  return found
}

/** Decisions lie within the range of the honest inputs. */
export function checkValidity(history: History, { honest }: Promised): readonly Violation[] {
  const inputs = [...inputsOf(history, honest).values()]
  if (inputs.length === 0) return []
  return leaving(history, 'validity', statedBy(history, honest, 'decided'), rangeOf(inputs.map(({ value }) => value)))
}

function leaving(history: History, property: string, stated: readonly Stated[], range: Range): Violation[] {
  const found: Violation[] = []
  for (const each of stated) {
    const j = coordinateOutside(each.value, range)
    if (j < 0) continue
    const detail = `${each.value[j]} at ${j} is not from ${range.low[j]} to ${range.high[j]}`
    found.push(violation(history, property, each, detail))
  }
  return found
}

/** Any two decisions are within epsilon. */
export function checkAgreement(history: History, { honest, epsilon }: Promised): readonly Violation[] {
  const decisions = statedBy(history, honest, 'decided')
  if (decisions.length === 0) return []
  const range = rangeOf(decisions.map(({ value }) => value))
  for (let j = 0; j < range.low.length; j++) {
    if (range.high[j] - range.low[j] <= epsilon + slackOf(range, j)) continue
    const detail = `decisions from ${range.low[j]} to ${range.high[j]} at ${j}, more than ${epsilon} apart`
    return [violation(history, 'agreement', decisions.find(({ value }) => !(value[j] < range.high[j]))!, detail)]
  }
  return []
}

/**
 * In every round the honest values stay within those of the round before, the inputs at first, and their spread shrinks as promised.
 * `contraction` counts from round 1 if all honest participants have an input, else from round 2.
 */
export function checkHonestRange(history: History, promise: Promised): readonly Violation[] {
  const { honest, contraction } = promise
  const inputs = [...inputsOf(history, honest).values()]
  if (inputs.length === 0) return []
  const rounds = new Map<number, Stated[]>()
  for (const stated of statedBy(history, honest, 'round')) {
    const others = rounds.get(stated.round)
    if (others === undefined) rounds.set(stated.round, [stated])
    else others.push(stated)
  }
  const found: Violation[] = []
  let before = rangeOf(inputs.map(({ value }) => value))
  for (const round of [...rounds.keys()].sort((a, b) => a - b)) {
    const stated = rounds.get(round)!
    found.push(...leaving(history, 'honest range', stated, before))
    const after = rangeOf(stated.map(({ value }) => value))
    for (let j = 0; j < after.low.length; j++) {
      const bound = contraction * (before.high[j] - before.low[j]) + slackOf(before, j)
      if (after.high[j] - after.low[j] <= bound) continue
      const detail = `spread of round ${round} at ${j}: ${after.high[j] - after.low[j]}, more than ${contraction} of ${before.high[j] - before.low[j]}`
      found.push(violation(history, 'contraction', stated.at(-1)!, detail))
    }
    before = after
  }
  return found
}

/** No honest participant is accused by an honest one of telling two stories or nonsense. */
export function checkBlame(history: History, { honest }: Promised): readonly Violation[] {
  const found: Violation[] = []
  for (const event of history.events) {
    if (event.kind !== 'noted' || !honest.has(event.who)) continue
    const { kind, agent, detail } = event.note
    if ((kind === 'equivocated' || kind === 'malformed') && agent !== undefined && honest.has(agent))
      found.push(violation(history, 'blame', event, `${agent} is honest and accused: ${kind}, ${detail}`))
    if (kind === 'crash') found.push(violation(history, 'blame', event, `${event.who} crashed: ${detail}`))
  }
  return found
}

/** Everything that approximate agreement promises. */
export const checkApproximateAgreement = (history: History, promise: Promised): readonly Violation[] => [
  ...checkTermination(history, promise),
  ...checkIntegrity(history, promise),
  ...checkValidity(history, promise),
  ...checkAgreement(history, promise),
  ...checkHonestRange(history, promise),
  ...checkBlame(history, promise),
]
