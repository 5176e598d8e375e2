import { childKey, refuse } from '../base/index.js'
import type { Forecast } from '../forecast/index.js'
import type { Belief } from '../inference/index.js'
import type { Parameters, Story } from './attack.js'
import { type AttackTable, type CollusionFactory, collusion, isCollusion, type Round } from './collusion.js'
import { honestMean, kinBeliefs, pointOf, withPoint } from './honest-range.js'

/**
 * The same lie from all: a simple attack upon the honest mean of the round in place of each liar's own truth: { lie: { kind, ... } }.
 * Posteriors are those of the honest mean of the puppet's family, in the coordinates in which families pool.
 */
export const togetherIn =
  (table: AttackTable): CollusionFactory =>
  (parameters, where) => {
    const { lie, ...rest } = parameters
    for (const name of Object.keys(rest)) refuse('BAD_ATTACK', `unknown field '${name}'`, 'one of lie', where)
    const { kind, ...details } = (typeof lie === 'object' && lie !== null ? lie : {}) as Parameters
    if (typeof kind !== 'string' || !Object.hasOwn(table, kind))
      refuse('UNKNOWN_ATTACK', kind ?? lie ?? 'nothing', `one of ${Object.keys(table).sort().join(', ')}`, `${where}.lie.kind`)
    const simple = table[kind](details, `${where}.lie`)
    if (isCollusion(simple)) return refuse('BAD_ATTACK', kind, 'an attack of one agent alone', `${where}.lie.kind`)
    const { description, isTwoFaced, memoryDays, tamper } = simple
    return collusion(
      'collusion',
      `all tell one lie about the honest mean: ${description}`,
      () => ({
        report: (round, key) => (_, receiver) => {
          const past = stories(round, honest => ({ kind: 'report', day: honest.day, forecast: honestMean(honest) }), memoryDays)
          return forecastIn(tamper(past[past.length - 1], receiver, childKey(key, 'report'), past))
        },
        belief: (round, key) => (puppet, receiver) => {
          const own = round.ownBeliefs.get(puppet)!
          const past = stories(round, then => ({ kind: 'posterior', day: then.day, belief: meanBelief(then, own) }), memoryDays)
          return beliefIn(tamper(past[past.length - 1], receiver, childKey(key, 'posterior'), past))
        },
      }),
      { isTwoFaced, memoryDays },
    )
  }

/** What the honest mean said in the rounds that are remembered and in this one, oldest first. */
function stories(round: Round, tell: (round: Round) => Story, memoryDays: number): Story[] {
  const known = memoryDays > 0 ? round.past.filter(({ honest }) => honest.size > 0) : []
  return [...known, round].map(tell)
}

const forecastIn = (story: Story | null): Forecast | null => (story?.kind === 'report' ? story.forecast : null)
const beliefIn = (story: Story | null): Belief | null => (story?.kind === 'posterior' ? story.belief : null)

/** The coordinate-wise mean of the honest beliefs of one's own family, with one's own spread; one's own where there is none. */
function meanBelief(round: Round, own: Belief): Belief {
  const kin = kinBeliefs(round, own).map(([, belief]) => pointOf(belief))
  if (kin.length === 0) return own
  return withPoint(
    own,
    pointOf(own).map((_, k) => kin.reduce((sum, row) => sum + row[k], 0) / kin.length),
  )
}
