import type { Trace } from '../scenario/trace.js'
import { type Drawing, type Mark, WIDE, wideAndNarrow } from './drawing.js'
import { HONEST, QUIET } from './ink.js'
import { areaSwatch, dotSwatch, type Figure, legendOf, lineSwatch } from './markup.js'
import { counted, fixed, listed, percent } from './numbers.js'
import { clamp, cutOff, robustSpan, type Span, widened } from './span.js'
import { axisOf, daysToDraw, isolatedDays, type Timeline, timelineOf } from './timeline.js'

interface Band {
  readonly level: number
  /** -VaR, percent. */
  readonly edge: Float64Array
}

const BUCKETS = 350
const LINE_WIDTHS = [1.8, 1.2, 0.8]

/** One rule's VaR at every level as bands under the returns, hits marked. */
export function ensembleFigure(drawing: Drawing, trace: Trace, levels: readonly number[], rule: string): Figure {
  const bands = levels.map(level => ({ level, edge: trace.ensemble[rule][String(level)].var.map(v => -v) }))
  const span = widened(
    robustSpan(
      bands.map(({ edge }) => edge),
      trace.returns,
    ),
    trace.returns,
  )
  const cut = bands.flatMap(({ level, edge }) => cutOff(percent(level), edge, span) ?? [])
  const hits = bands.map(({ level, edge }) => `${counted(hitDays(trace.returns, edge).length, 'hit')} at ${percent(level)}`)
  const caption =
    `Daily returns (grey) and the ${rule} rule’s −VaR at ${listed(levels.map(percent))}, in percent. ` +
    `A circle marks a return below −VaR, by the strictest level it broke: ${listed(hits)} of ${counted(trace.days.length, 'day')}.` +
    cut.map(({ name, days, extreme }) => ` Cut off: ${counted(days, 'day')} at ${name}, as far as ${fixed(extreme, 1)}.`).join('')
  return {
    charts: wideAndNarrow(width => drawEnsemble(drawing, trace, bands, span, width, caption)),
    caption,
    legend: legendOf([
      { label: 'return', swatch: lineSwatch({ colour: QUIET, width: 2 }) },
      ...levels.map((level, i) => ({
        label: `−VaR ${percent(level)}`,
        swatch: lineSwatch({ colour: HONEST, width: lineWidth(i) }),
      })),
      ...levels.map((level, i) => ({
        label: `hit at ${percent(level)}`,
        swatch: dotSwatch(hitColour(i), i === 0 ? hitColour(i) : 'none'),
      })),
      ...(levels.length > 1 ? [{ label: 'between levels', swatch: areaSwatch(HONEST, 0.15) }] : []),
    ]),
  }
}

const lineWidth = (i: number): number => LINE_WIDTHS[Math.min(i, LINE_WIDTHS.length - 1)]
const hitColour = (i: number): string => (i === 0 ? 'var(--faulty)' : i === 1 ? 'var(--series-5)' : QUIET)

const hitDays = (returns: Float64Array, edge: Float64Array): number[] =>
  [...returns.keys()].filter(day => returns[day] < edge[day])

function drawEnsemble(
  { plot, draw }: Drawing,
  trace: Trace,
  bands: readonly Band[],
  span: Span,
  width: number,
  label: string,
): string {
  const timeline = timelineOf(trace.days)
  const days = daysToDraw([trace.returns, ...bands.map(({ edge }) => edge)], BUCKETS)
  const x = (day: number): Date | number => timeline.at[day]
  const areas = bands.slice(1).map(({ edge }, i) =>
    plot.areaY(days, {
      x,
      y1: day => clamp(bands[i].edge[day], span),
      y2: day => clamp(edge[day], span),
      fill: HONEST,
      fillOpacity: i === 0 ? 0.22 : 0.1,
    }),
  )
  const lines = bands.map(({ edge }, i) =>
    plot.lineY(days, { x, y: day => clamp(edge[day], span), stroke: HONEST, strokeWidth: lineWidth(i) }),
  )
  return draw(label, {
    width,
    height: width === WIDE ? 360 : 300,
    marginLeft: 38,
    marginRight: 38,
    x: axisOf(timeline, width / 110),
    y: { domain: [span.low, span.high], label: 'percent', grid: true, inset: 5 },
    marks: [
      plot.ruleY([0], { strokeOpacity: 0.4 }),
      ...areas,
      stems(plot, days, timeline, trace.returns),
      ...lines,
      ...bands.map(({ edge }) => plot.dot(isolatedDays(edge), { x, y: day => clamp(edge[day], span), r: 2, fill: HONEST })),
      ...hitMarks(plot, trace, bands, timeline, span),
      edgeLabels(plot, bands, timeline, span),
    ],
  })
}

/** Every return as a thin bar from zero, all in one path. */
function stems(plot: Drawing['plot'], days: readonly number[], timeline: Timeline, returns: Float64Array): Mark {
  const points = days.flatMap(day => [0, returns[day], Number.NaN].map(y => ({ x: timeline.at[day], y })))
  return plot.line(points, { x: 'x', y: 'y', stroke: QUIET, strokeWidth: 1, strokeLinecap: 'butt' })
}

function hitMarks(plot: Drawing['plot'], { returns }: Trace, bands: readonly Band[], timeline: Timeline, span: Span): Mark[] {
  const marked = new Set<number>()
  const marks: Mark[] = []
  bands.forEach(({ edge }, i) => {
    const fresh = hitDays(returns, edge).filter(day => !marked.has(day))
    for (const day of fresh) marked.add(day)
    const style = i === 0 ? { fill: hitColour(i) } : { stroke: hitColour(i), fill: 'var(--paper)' }
    marks.unshift(
      plot.dot(fresh, { x: day => timeline.at[day], y: day => clamp(returns[day], span), r: i === 0 ? 3.2 : 2.6, ...style }),
    )
  })
  return marks
}

/** Each band's level at its right end, pushed apart where they would touch. */
function edgeLabels(plot: Drawing['plot'], bands: readonly Band[], timeline: Timeline, span: Span): Mark {
  const gap = 0.045 * (span.high - span.low)
  let below = Number.NEGATIVE_INFINITY
  const labels = bands.flatMap(({ level, edge }) => {
    const last = edge.findLast(Number.isFinite)
    if (last === undefined) return []
    below = Math.max(clamp(last, span), below + gap)
    return [{ x: timeline.domain[1], y: below, text: percent(level) }]
  })
  return plot.text(labels, { x: 'x', y: 'y', text: 'text', textAnchor: 'start', dx: 6, fill: HONEST })
}
