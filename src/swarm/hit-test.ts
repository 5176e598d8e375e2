// A test of an agent's hits that may be looked at every day: a test martingale (Ville 1939), that is bets against the claim that
// the agent is honest, whose capital is the evidence (an e-value; Ramdas et al. 2023).
// Claim: given the past, a return falls below the agent's a-quantile with probability at most a (it does not understate risk), or
// at least a (it does not overstate it). A bet on probability p multiplies its share by p/a after a hit and by (1-p)/(1-a)
// otherwise: the likelihood ratio, whose mean under the claim is at most 1 for p on the other side of a.
// The capital is spread over several p, and over all days on which lying may begin (the j-th report gets 1 / ((j+1)(j+2))), so that
// a long honest past delays detection by no more than its logarithm. Guarantee, by Ville's inequality and whatever the
// returns' law: the capital of an honest agent ever reaches c with probability at most 1/c.
// Expected delay: ln(c x bets x start) / KL(p, a) reports; for a VaR near zero at 1 % (half of the days are hits) KL = 1.6: a handful.

export type Charge = 'understates risk' | 'overstates risk'

/** What a day's return said of a report: whether it fell below the quantile at the level, and below the median. */
export interface Observation {
  readonly isHit: boolean
  readonly isBelowMedian: boolean
}

interface Bet {
  readonly on: 'hit' | 'median'
  /** What an observation multiplies the stake by. */
  readonly won: number
  readonly lost: number
}

export interface HitTest {
  readonly bets: readonly Bet[]
  /** For every bet, the capital of what has been staked so far. */
  readonly capital: Float64Array
  reports: number
}

const MEDIAN = 0.5
/** Stakes below this are gone: products must not get so small that arithmetic slows down. */
const GONE = 1e-200
const MOST = 1e300

const bet = (on: Bet['on'], p: number, level: number): Bet => ({ on, won: p / level, lost: (1 - p) / (1 - level) })

/** Too many hits: 2, 4, 8 ... times the level, half of all days, nearly all days. */
function againstUnderstating(level: number): Bet[] {
  const bets = [bet('hit', 0.5, level), bet('hit', 0.95, level)]
  for (let p = 2 * level; p < 0.45; p *= 2) bets.push(bet('hit', p, level))
  return bets
}

/** Too few hits: none, a quarter; and, since those take long to notice, a whole forecast that lies too low for the returns. */
const againstOverstating = (level: number): Bet[] => [
  bet('hit', 0, level),
  bet('hit', level / 4, level),
  bet('median', 0.05, MEDIAN),
  bet('median', 0.2, MEDIAN),
]

export function openHitTest(charge: Charge, level: number): HitTest {
  const bets = charge === 'understates risk' ? againstUnderstating(level) : againstOverstating(level)
  return { bets, capital: new Float64Array(bets.length), reports: 0 }
}

const factor = ({ on, won, lost }: Bet, { isHit, isBelowMedian }: Observation): number =>
  (on === 'hit' ? isHit : isBelowMedian) ? won : lost

/** Takes in one report's outcome, in place. */
export function observe(test: HitTest, observation: Observation): void {
  const { bets, capital, reports } = test
  const stake = 1 / ((reports + 1) * (reports + 2))
  bets.forEach((each, k) => {
    const next = (capital[k] + stake) * factor(each, observation)
    capital[k] = next < GONE ? 0 : Math.min(next, MOST)
  })
  test.reports++
}

/** The evidence so far: 1 at the start, and what has not been staked yet counts as it is. */
export function eValue({ bets, capital, reports }: HitTest): number {
  const unstaked = 1 / (reports + 1)
  return capital.reduce((sum, each) => sum + each / bets.length, unstaked)
}

/** The evidence of these reports alone, all bets staked on the first of them. */
export function eValueOf(charge: Charge, level: number, observations: readonly Observation[]): number {
  const { bets } = openHitTest(charge, level)
  const capital = bets.map(each =>
    observations.reduce((product, observation) => {
      const next = product * factor(each, observation)
      return next < GONE ? 0 : Math.min(next, MOST)
    }, 1),
  )
  return capital.reduce((sum, each) => sum + each / bets.length, 0)
}
