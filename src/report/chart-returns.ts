import type { Backcast } from '../models/index.js'
import { type Drawing, type Mark, WIDE, wideAndNarrow } from './drawing.js'
import type { FitReport } from './fit-tables.js'
import { FAULTY, HONEST, QUIET } from './ink.js'
import { dotSwatch, type Figure, legendOf, lineSwatch } from './markup.js'
import { counted, fixedExpected, percent } from './numbers.js'
import { axisOf, daysToDraw, type Timeline, timelineOf } from './timeline.js'

const BUCKETS = 350
const DAYS_MAX = 500
const LINE_WIDTHS = [1.8, 1.2, 0.8]
const lineWidth = (i: number): number => LINE_WIDTHS[Math.min(i, LINE_WIDTHS.length - 1)]

/** The last returns, and under the very last of them the one-day VaR that had been forecast. */
export function returnsFigure(drawing: Drawing, { data, backcast }: FitReport): Figure {
  const first = Math.max(0, data.returns.length - DAYS_MAX)
  const returns = data.returns.slice(first)
  const timeline = timelineOf(data.labels.slice(first))
  const past = backcast === undefined ? undefined : placed(backcast, first)
  const caption = `The last ${counted(returns.length, 'return')}, in percent.${past === undefined ? '' : ` ${hitSentence(past, returns)}`}`
  return {
    charts: wideAndNarrow(width => drawReturns(drawing, returns, timeline, past, width, caption)),
    caption,
    legend: legendOf([
      { label: 'return', swatch: lineSwatch({ colour: QUIET, width: 2 }) },
      ...(past?.lines ?? []).map(({ level }, i) => ({
        label: `−VaR ${percent(level)}`,
        swatch: lineSwatch({ colour: HONEST, width: lineWidth(i) }),
      })),
      ...(past === undefined
        ? []
        : [{ label: `return below −VaR ${percent(past.lines[0].level)}`, swatch: dotSwatch(FAULTY, FAULTY) }]),
    ]),
  }
}

/** The backcast on the days drawn, the deepest level first. */
interface Past {
  readonly from: number
  readonly lines: readonly { readonly level: number; readonly vars: Float64Array }[]
}

function placed({ from, levels, vars }: Backcast, first: number): Past {
  const lines = levels.map((level, i) => ({ level, vars: vars[i] })).sort((a, b) => a.level - b.level)
  return { from: from - first, lines }
}

const hitDays = ({ from, lines }: Past, i: number, returns: Float64Array): number[] =>
  [...lines[i].vars.keys()].filter(day => returns[from + day] < -lines[i].vars[day]).map(day => from + day)

function hitSentence(past: Past, returns: Float64Array): string {
  const days = past.lines[0].vars.length
  const hits = past.lines.map(
    ({ level }, i) => `${hitDays(past, i, returns).length} at ${percent(level)} (${fixedExpected(level * days)} expected)`,
  )
  return (
    `The lines are one-day −VaR of the last ${counted(days, 'day')} from a posterior trained on the returns before them; ` +
    `returns below −VaR: ${hits.join(', ')}.`
  )
}

function drawReturns(
  { plot, draw }: Drawing,
  returns: Float64Array,
  timeline: Timeline,
  past: Past | undefined,
  width: number,
  label: string,
): string {
  const days = daysToDraw([returns], BUCKETS)
  const stems = days.flatMap(day => [0, returns[day], Number.NaN].map(y => ({ x: timeline.at[day], y })))
  return draw(label, {
    width,
    height: width === WIDE ? 280 : 240,
    marginLeft: 38,
    marginRight: 12,
    x: axisOf(timeline, width / 110),
    y: { label: 'percent', grid: true, inset: 5 },
    marks: [
      plot.ruleY([0], { strokeOpacity: 0.4 }),
      plot.line(stems, { x: 'x', y: 'y', stroke: QUIET, strokeWidth: 1, strokeLinecap: 'butt' }),
      ...(past === undefined ? [] : riskMarks(plot, returns, timeline, past)),
    ],
  })
}

function riskMarks(plot: Drawing['plot'], returns: Float64Array, timeline: Timeline, past: Past): Mark[] {
  const { from, lines } = past
  return [
    ...lines.map(({ vars }, i) =>
      plot.lineY([...vars.keys()], {
        x: day => timeline.at[from + day],
        y: day => -vars[day],
        stroke: HONEST,
        strokeWidth: lineWidth(i),
      }),
    ),
    plot.dot(hitDays(past, 0, returns), { x: day => timeline.at[day], y: day => returns[day], r: 3.2, fill: FAULTY }),
  ]
}
