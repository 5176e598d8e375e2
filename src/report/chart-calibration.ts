import { jStat } from 'jstat'
import type { Calibration, Evaluation } from '../evaluation/index.js'
import type { Drawing } from './drawing.js'
import { FAULTY, HONEST, QUIET } from './ink.js'
import { areaSwatch, escapeHtml, type Figure, legendOf, lineSwatch } from './markup.js'
import { counted, fixed } from './numbers.js'

interface Histogram {
  readonly name: string
  readonly what: string
  readonly isFaulty: boolean
  readonly calibration: Calibration
}

/** PIT histograms of every rule and every agent with the band that a calibrated forecast's bins stay within. */
export function calibrationFigure(drawing: Drawing, { rules, agents }: Evaluation): Figure {
  const histograms: Histogram[] = [
    ...Object.entries(rules).map(([name, { calibration }]) => ({ name, what: 'rule', isFaulty: false, calibration })),
    ...Object.entries(agents).map(([name, { model, fault, calibration }]) => ({
      name,
      what: model,
      isFaulty: fault !== null,
      calibration,
    })),
  ]
  return {
    charts: `<div class="panels small">${histograms.map(histogram => panelOf(drawing, histogram)).join('\n')}</div>`,
    caption:
      'Probability integral transforms of the returns in 20 bins. A calibrated forecast fills all bins alike: the shaded band holds 95 % of ' +
      'its counts, bin by bin, so about one bin in 20 falls outside by chance. A hump says that the forecast is too wide, a valley that it is too narrow.',
    legend: legendOf([
      { label: 'bin', swatch: areaSwatch(HONEST, 0.75) },
      { label: 'bin outside the band', swatch: areaSwatch(FAULTY, 0.85) },
      { label: '95 % band', swatch: areaSwatch(QUIET, 0.3) },
      { label: 'expected', swatch: lineSwatch({ colour: QUIET, width: 1.2 }) },
    ]),
  }
}

function panelOf(drawing: Drawing, { name, what, isFaulty, calibration }: Histogram): string {
  const counts = calibration.pitHistogram
  const days = counts.reduce((sum, count) => sum + count, 0)
  const band = binomialBand95(days, 1 / counts.length)
  const outside = counts.filter(count => count < band.low || count > band.high).length
  const remarks =
    days === 0 ? 'no accepted forecast' : `${counted(outside, 'bin')} outside, mean CRPS ${fixed(calibration.meanCrps, 4)}`
  const svg = days === 0 ? '' : drawHistogram(drawing, counts, days, band, `PIT histogram of ${name}: ${remarks}`)
  return (
    `<div class="panel${isFaulty ? ' faulty' : ''}"><h3>${escapeHtml(name)} <span class="model">${escapeHtml(what)}</span></h3>` +
    `${svg}<p class="note">${escapeHtml(isFaulty ? `faulty; ${remarks}` : remarks)}</p></div>`
  )
}

function drawHistogram(
  { plot, draw }: Drawing,
  counts: readonly number[],
  days: number,
  { low, high }: { low: number; high: number },
  label: string,
): string {
  const bins = counts.map((count, i) => ({
    x1: i / counts.length,
    x2: (i + 1) / counts.length,
    count,
    isOutside: count < low || count > high,
  }))
  return draw(label, {
    width: 220,
    height: 110,
    marginLeft: 30,
    marginRight: 6,
    marginTop: 8,
    marginBottom: 20,
    x: { domain: [0, 1], label: null, ticks: [0, 0.5, 1] },
    y: { domain: [0, Math.max(high * 1.15, ...counts)], label: null, ticks: 3 },
    marks: [
      plot.rect([0], { x1: 0, x2: 1, y1: low, y2: high, fill: QUIET, fillOpacity: 0.28 }),
      plot.rect(bins, {
        x1: 'x1',
        x2: 'x2',
        y1: 0,
        y2: 'count',
        inset: 0.4,
        fill: bin => (bin.isOutside ? FAULTY : HONEST),
        fillOpacity: bin => (bin.isOutside ? 0.85 : 0.75),
      }),
      plot.ruleY([days / counts.length], { stroke: QUIET, strokeWidth: 1.2 }),
    ],
  })
}

/**
 * The central 95 % of a binomial count of n trials: the least count with more than 2.5 % at or below it, and the least
 * with at least 97.5 %.
 */
export function binomialBand95(n: number, p: number): { low: number; high: number } {
  let low = 0
  while (low < n && jStat.binomial.cdf(low, n, p) <= 0.025) low++
  let high = low
  while (high < n && jStat.binomial.cdf(high, n, p) < 0.975) high++
  return { low, high }
}
