import { nextUniform, type Stream } from '../base/index.js'
import { exp, ln, log1p } from '../math/index.js'
import { openSimulation, type Power, type Simulation } from './monte-carlo.js'
import { emptyEvents, type RiskForecasts, type TailEvents } from './shortfall-sample.js'
import type { TailLaw } from './tail-shape.js'

/** What is true when VaR and ES were forecast: the true ones are the forecasts times these factors. The null: 1 and 1. */
export interface Truth {
  readonly words: string
  readonly varFactor: number
  readonly esFactor: number
}

export const NULL_TRUTH: Truth = { words: 'the forecasts are right', varFactor: 1, esFactor: 1 }

/** A forecast that understates by 20 % is 0.8 of the truth. */
export const ALTERNATIVES: readonly Truth[] = [
  { words: 'ES understated by 20 %, VaR right', varFactor: 1, esFactor: 1.25 },
  { words: 'VaR and ES understated by 20 %', varFactor: 1.25, esFactor: 1.25 },
]

// Losses that are exceeded with probability u = highest exp(-v): a table in v, 16 nodes a unit, to the smallest uniform there is.
const NODES_A_UNIT = 16
const SPAN = 38
/** Above this probability of a candidate every day is drawn. */
const DENSE = 0.9
const tables = new Map<string, Float64Array>()

/**
 * Draws the hits of a sample and their excesses: candidates come with geometric gaps at the largest probability of a hit of any day, and
 * those that are no hit on their day are thinned out. Time and draws are proportional to the hits. A day whose ES is its VaR is hit
 * at the nominal rate, with no excess.
 */
export function eventSimulator(
  { vars, ess, level }: RiskForecasts,
  law: TailLaw,
  truth: Truth,
): (stream: Stream, events: TailEvents) => void {
  const days = vars.length
  const isNull = truth.varFactor === 1
  // In units of the tail: a loss is locations[t] + widths[t] Y, and a hit when it is above the VaR.
  const widths = ess.map((es, t) => truth.esFactor * es - truth.varFactor * vars[t])
  const shifts = vars.map(v => (truth.varFactor - 1) * v)
  const thresholds = isNull ? new Float64Array(days) : shifts.map((shift, t) => (ess[t] > vars[t] ? -shift / widths[t] : 0))
  let lowest = 0
  for (const threshold of thresholds) lowest = Math.min(lowest, threshold)
  const highest = lowest < 0 ? law.survival(lowest) : level
  if (highest > DENSE) return denseSimulator(law, widths, shifts, thresholds)
  const table = tableOf(law, highest)
  const logMiss = log1p(-highest)
  return (stream, events) => {
    let count = 0
    let t = Math.floor(ln(nextUniform(stream)) / logMiss)
    while (t < days) {
      const y = lookUp(table, -ln(nextUniform(stream)))
      if (y > thresholds[t] || isNull) {
        events.days[count] = t
        events.excesses[count++] = Math.max(shifts[t] + widths[t] * y, 0)
      }
      t += 1 + Math.floor(ln(nextUniform(stream)) / logMiss)
    }
    events.count = count
  }
}

function denseSimulator(law: TailLaw, widths: Float64Array, shifts: Float64Array, thresholds: Float64Array) {
  return (stream: Stream, events: TailEvents): void => {
    let count = 0
    for (let t = 0; t < widths.length; t++) {
      const y = law.draw(stream)
      if (!(y > thresholds[t])) continue
      events.days[count] = t
      events.excesses[count++] = Math.max(shifts[t] + widths[t] * y, 0)
    }
    events.count = count
  }
}

/** Draws of a statistic of the hits under the null. */
export function nullDraw(forecasts: RiskForecasts, law: TailLaw, statistic: EventStatistic): (stream: Stream) => number | null {
  const events = emptyEvents(forecasts.vars.length)
  const simulate = eventSimulator(forecasts, law, NULL_TRUTH)
  return stream => {
    simulate(stream, events)
    return statistic(events)
  }
}

/** Draws whole paths of returns, day by day. */
export function pathSimulator(
  { vars, ess }: RiskForecasts,
  law: TailLaw,
  truth: Truth,
): (stream: Stream, returns: Float64Array) => void {
  const locations = vars.map(v => truth.varFactor * v)
  const widths = ess.map((es, t) => truth.esFactor * es - locations[t])
  return (stream, returns) => {
    for (let t = 0; t < returns.length; t++) returns[t] = -locations[t] - widths[t] * law.draw(stream)
  }
}

function tableOf(law: TailLaw, highest: number): Float64Array {
  const { shape } = law
  const parameter = shape.kind === 'normal' ? 0 : shape.kind === 'studentT' ? shape.nu : shape.xi
  const name = `${shape.kind} ${parameter} ${law.level} ${highest}`
  let table = tables.get(name)
  if (table === undefined) {
    table = Float64Array.from({ length: SPAN * NODES_A_UNIT + 1 }, (_, i) => law.upperQuantile(highest * exp(-i / NODES_A_UNIT)))
    if (tables.size >= 64) tables.clear()
    tables.set(name, table)
  }
  return table
}

/** The cubic through the four nearest nodes. */
function lookUp(table: Float64Array, v: number): number {
  const at = v * NODES_A_UNIT
  const i = Math.min(Math.max(Math.floor(at) - 1, 0), table.length - 4)
  const x = at - i
  const [a, b, c] = [x - 1, x - 2, x - 3]
  return (-table[i] * a * b * c + 3 * table[i + 1] * x * b * c - 3 * table[i + 2] * x * a * c + table[i + 3] * x * a * b) / 6
}

/** Passes a statistic's draws on and keeps them. */
export const recording =
  (draw: (stream: Stream) => number | null, values: number[]) =>
  (stream: Stream): number | null => {
    const value = draw(stream)
    if (value !== null) values.push(value)
    return value
  }

/** The least value that at most 5 % of a statistic and its draws reach, as the p-value (1 + G) / (N + 1) has it; Infinity for fewer than 19. */
export function criticalOf(draws: ArrayLike<number>): number {
  const descending = Float64Array.from(draws).sort().reverse()
  const k = Math.floor(0.05 * (draws.length + 1))
  return k === 0 ? Number.POSITIVE_INFINITY : descending[k - 1]
}

/** Null draws for each draw of an alternative: the critical value must be surer than the power. */
const NULL_SHARE = 5

/** A statistic of one sample of hits; large values speak against the null; null where there is none. */
export type EventStatistic = (events: TailEvents) => number | null

/**
 * Simulated powers of several statistics against {@link ALTERNATIVES}, from the same samples of hits. Each rejects at its own simulated
 * critical value among the null samples that have it, so at a true size of 5 %; a sample without the statistic does not reject.
 */
export function powersOf(
  forecasts: RiskForecasts,
  law: TailLaw,
  statistics: readonly EventStatistic[],
  simulation: Simulation,
  purpose: string,
): readonly (readonly Power[])[] {
  const events = emptyEvents(forecasts.vars.length)
  const sample = (truth: Truth, replications: number): (number | null)[][] => {
    const { draws } = openSimulation({ ...simulation, replications }, `${purpose}, power, ${truth.words}`)
    const simulate = eventSimulator(forecasts, law, truth)
    const values = statistics.map(() => new Array<number | null>(replications))
    for (let i = 0; i < replications; i++) {
      simulate(draws, events)
      for (let j = 0; j < statistics.length; j++) values[j][i] = statistics[j](events)
    }
    return values
  }
  const { replications } = simulation
  const criticals = sample(NULL_TRUTH, NULL_SHARE * replications).map(values => criticalOf(values.filter(v => v !== null)))
  const powers = ALTERNATIVES.map(truth => {
    const values = sample(truth, replications)
    return criticals.map((critical, j): Power => {
      const power = values[j].filter(value => value !== null && value >= critical).length / replications
      const standardError = Math.sqrt((power * (1 - power)) / replications)
      return { alternative: truth.words, power, method: 'simulated', standardError }
    })
  })
  return statistics.map((_, j) => powers.map(each => each[j]))
}
