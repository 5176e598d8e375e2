import { christoffersen, christoffersenOf, kupiec, kupiecOf } from '../backtest/index.js'
import { fz0Loss, pinballLoss } from '../forecast/index.js'
import { meanOf } from '../math/index.js'
import type { RiskSummary } from '../scenario/summary.js'
import type { RiskSeries } from '../scenario/trace.js'
import type { LevelScore } from './types.js'

/** The losses of one stream at one level, one a day; NaN on days without an accepted report and where undefined. */
export interface DailyLosses {
  readonly pinball: Float64Array
  /** NaN also on days with ES <= 0. */
  readonly fz0: Float64Array
}

/** A number for JSON: null unless finite. */
export const finiteOrNull = (x: number): number | null => (Number.isFinite(x) ? x : null)

export const isScored = ({ var: vars, es }: RiskSeries, day: number): boolean =>
  !Number.isNaN(vars[day]) && !Number.isNaN(es[day])

export function dailyLosses(returns: Float64Array, series: RiskSeries, level: number): DailyLosses {
  const pinball = new Float64Array(returns.length).fill(Number.NaN)
  const fz0 = new Float64Array(returns.length).fill(Number.NaN)
  for (let day = 0; day < returns.length; day++) {
    if (!isScored(series, day)) continue
    pinball[day] = pinballLoss(returns[day], series.var[day], level)
    if (series.es[day] > 0) fz0[day] = fz0Loss(returns[day], series.var[day], series.es[day], level)
  }
  return { pinball, fz0 }
}

/** Scores `series` (days long, percent) against `returns` at `level`. Days that are NaN are skipped and counted. */
export function scoreLevel(returns: Float64Array, series: RiskSeries, level: number, losses: DailyLosses): LevelScore {
  const scored = [...returns.keys()].filter(day => isScored(series, day))
  const hits = scored.map(day => (returns[day] < -series.var[day] ? 1 : 0))
  const hitCount = hits.reduce<number>((sum, hit) => sum + hit, 0)
  const nonPositiveEsDays = scored.filter(day => !(series.es[day] > 0)).length
  const mean = (values: Float64Array): number | null =>
    scored.length === 0 ? null : finiteOrNull(meanOf(scored.map(day => values[day])))
  return {
    level,
    days: scored.length,
    missing: returns.length - scored.length,
    hits: hitCount,
    expectedHits: level * scored.length,
    hitRate: scored.length === 0 ? null : hitCount / scored.length,
    kupiecP: scored.length === 0 ? null : finiteOrNull(kupiec(hits, level).pValue),
    christoffersenP: scored.length < 2 ? null : finiteOrNull(christoffersen(hits, level).conditionalCoverage.pValue),
    meanVar: mean(series.var),
    meanEs: mean(series.es),
    meanPinball: mean(losses.pinball),
    meanFz0: nonPositiveEsDays > 0 ? null : mean(losses.fz0),
    nonPositiveEsDays,
  }
}

/** The same of a run of `days` days whose running sums alone are known. */
export function scoreSummary(risk: RiskSummary, level: number, days: number): LevelScore {
  const { hits, meanVar, meanEs, pinball, fz0, nonPositiveEsDays } = risk
  return {
    level,
    days: risk.days,
    missing: days - risk.days,
    hits,
    expectedHits: level * risk.days,
    hitRate: risk.days === 0 ? null : hits / risk.days,
    kupiecP: risk.days === 0 ? null : finiteOrNull(kupiecOf(risk, level).pValue),
    christoffersenP: risk.days < 2 ? null : finiteOrNull(christoffersenOf(risk, level).conditionalCoverage.pValue),
    meanVar: meanVar === null ? null : finiteOrNull(meanVar),
    meanEs: meanEs === null ? null : finiteOrNull(meanEs),
    meanPinball: pinball === null ? null : finiteOrNull(pinball),
    meanFz0: fz0 === null ? null : finiteOrNull(fz0),
    nonPositiveEsDays,
  }
}
