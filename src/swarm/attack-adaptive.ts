import { refuse } from '../base/index.js'
import type { Forecast } from '../forecast/index.js'
import { mapForecast, only, text } from './attack.js'
import { alieZ, littleForecast, scaledRisk } from './attack-collusive.js'
import type { LabelledRule } from './bounds.js'
import { type CollusionFactory, collusion, type Round, type Scene } from './collusion.js'
import { between, type Direction, extreme, extremeBelief, forecastsOf, honestMean, mainVar } from './honest-range.js'

/** How far lies scale the honest mean's VaR: far outside, a multiple that might pass, a step. */
const SCALES: { readonly [direction in Direction]: readonly number[] } = {
  understate: [-10, -1, -0.1, 0.5, 0.9],
  overstate: [1000, 30, 4, 2, 1.1],
}
const DEVIATIONS = [3, 2, 1.5, 1, 0.5]

/**
 * Knows the rules: every day it tries a menu of lies on the honest reports that it has overheard and on the rule `against` (a label;
 * by default the first), and all puppets tell the one that moves the rule's VaR at the lowest risk level farthest in the
 * `direction`; 'either': farthest from what the rule makes of the honest reports alone. Ties go to the first on the menu. Nobody
 * knows the day's return, nor does it. Fang, Cao, Jia & Gong (2020) attack a known rule so.
 */
export const adaptive: CollusionFactory = (parameters, where) => {
  only(parameters, ['against', 'direction'], where)
  const { against } = parameters
  const direction = text(parameters, 'direction', where, 'understate', ['understate', 'overstate', 'either'])
  if (against !== undefined && typeof against !== 'string')
    refuse('BAD_ATTACK', against, 'the label of a rule', `${where}.against`)
  const aim = direction === 'either' ? 'moves its VaR farthest' : `${direction}s risk most`
  return collusion(
    'adaptive',
    `all tell the lie that, tried on ${against ?? 'the first rule'}, ${aim} that day`,
    (scene, place) => {
      const { rules } = scene
      const target = against === undefined ? rules[0] : rules.find(({ label }) => label === against)
      if (target === undefined)
        return refuse(
          'BAD_ATTACK',
          against ?? 'no rules',
          `a rule: ${rules.map(r => r.label).join(', ') || 'any'}`,
          `${place}.against`,
        )
      const isOpen = target.rule.bound(scene.agents.length, target.params) < 1
      const directions: readonly Direction[] = direction === 'either' ? ['understate', 'overstate'] : [direction]
      return {
        report: round => {
          const lie = best(
            round,
            target,
            direction,
            directions.flatMap(one => menu(round, one, scene, isOpen)),
          )
          return () => lie
        },
        belief: round => extremeBelief(round, directions[0]),
      }
    },
  )
}

/**
 * From the boldest to the meekest: the first of those that move the rule equally far is told. A rule that bears no fault at all
 * (`isOpen`) is only tried with bold ones.
 */
function menu(round: Round, direction: Direction, { agents, puppets }: Scene, isOpen: boolean): Forecast[] {
  const honest = honestMean(round)
  const sign = direction === 'understate' ? 1 : -1
  const far = extreme(round, direction)
  // Sure of itself: pools follow whoever claims to know best.
  const certain = (risk: number): Forecast =>
    mapForecast(
      honest,
      () => -risk,
      () => risk,
    )
  const bold = [
    ...SCALES[direction].map(scale => scaledRisk(honest, scale)),
    certain(SCALES[direction][0] * mainVar(honest)),
    far,
  ]
  if (isOpen) return bold
  const z = alieZ(agents.length, puppets.length)
  return [
    ...bold,
    ...[...DEVIATIONS, ...(z === null ? [] : [z])].map(sds => littleForecast(round, sign * sds)),
    between(far, honest, 0.1),
    copied(round, sign),
  ]
}

/** The honest report with the least VaR, or the largest: no rule that looks at distances can tell a copy from it. */
function copied(round: Round, sign: number): Forecast {
  const [first, ...rest] = forecastsOf(round)
  return rest.reduce((most, one) => (sign * mainVar(one) < sign * mainVar(most) ? one : most), first)
}

function best(round: Round, target: LabelledRule, direction: Direction | 'either', lies: readonly Forecast[]): Forecast | null {
  const quiet = riskUnder(round, target, [])
  const gain = (risk: number): number =>
    direction === 'understate' ? -risk : direction === 'overstate' ? risk : Math.abs(risk - (quiet ?? 0))
  let chosen = lies[0] ?? null
  let most = Number.NEGATIVE_INFINITY
  for (const lie of lies) {
    const risk = riskUnder(
      round,
      target,
      round.puppets.map(id => [id, lie] as const),
    )
    if (risk !== null && gain(risk) > most) [chosen, most] = [lie, gain(risk)]
  }
  return chosen
}

/** The rule's VaR on the reports that the coordinator would have, in its order; null where the rule does not answer. */
function riskUnder(
  { honest, others }: Round,
  { rule, params }: LabelledRule,
  lies: readonly (readonly [string, Forecast])[],
): number | null {
  const all = [...honest, ...others, ...lies].sort(([a], [b]) => (a < b ? -1 : 1))
  if (all.length < Math.max(1, rule.needs(params))) return null
  try {
    const risk = mainVar(
      rule.apply(
        all.map(([, forecast]) => copyOf(forecast)),
        params,
      ),
    )
    return Number.isFinite(risk) ? risk : null
  } catch (error) {
    // The scenario may bring rules of its own, which may fail: then this lie moves nothing.
    if (error instanceof Error && error.message.startsWith('internal error')) throw error
    return null
  }
}

/** A rule of the scenario's own may write into what it is given. */
const copyOf = ({ levels, quantiles, riskLevels, shortfalls }: Forecast): Forecast => ({
  levels: levels.slice(),
  quantiles: quantiles.slice(),
  riskLevels: riskLevels.slice(),
  shortfalls: shortfalls.slice(),
})
