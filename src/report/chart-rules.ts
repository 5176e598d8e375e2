import type { Evaluation } from '../evaluation/index.js'
import type { Trace } from '../scenario/trace.js'
import { type Drawing, WIDE, wideAndNarrow } from './drawing.js'
import { inkOf } from './ink.js'
import { type Figure, type Ink, legendOf, lineSwatch } from './markup.js'
import { counted, fixed, percent } from './numbers.js'
import { clamp, cutOff, robustSpan, type Span } from './span.js'
import { axisOf, daysToDraw, isolatedDays, timelineOf } from './timeline.js'

interface Line {
  readonly label: string
  readonly values: Float64Array
  readonly ink: Ink
}

const BUCKETS = 300

/** Every rule's VaR at the lowest level over time; a rule that explodes is drawn along the edge and named. */
export function rulesFigure(drawing: Drawing, trace: Trace, evaluation: Evaluation, preferred: string | null): Figure {
  const level = evaluation.levels[0]
  const labels = Object.keys(evaluation.rules).sort((a, b) => Number(b === preferred) - Number(a === preferred))
  const lines = labels.map((label, i): Line => {
    const values = trace.ensemble[label][String(level)].var
    return { label, values, ink: inkOf(i) }
  })
  const span = robustSpan(
    lines.map(({ values }) => values),
    trace.returns,
  )
  const cut = lines.flatMap(({ label, values }) => cutOff(label, values, span) ?? [])
  const caption =
    `${percent(level)} VaR of every rule, in percent.` +
    cut
      .map(
        ({ name, days, extreme }) =>
          ` Off the scale: ${name} on ${counted(days, 'day')}, as far as ${fixed(extreme, 1)}, drawn along the edge.`,
      )
      .join('')
  return {
    charts: wideAndNarrow(width => drawRules(drawing, trace, lines, span, width, caption)),
    caption,
    legend: legendOf(
      lines.map(({ label, ink }) => ({
        label: cut.some(({ name }) => name === label) ? `${label} (off the scale)` : label,
        swatch: lineSwatch(ink),
      })),
    ),
  }
}

function drawRules(
  { plot, draw }: Drawing,
  trace: Trace,
  lines: readonly Line[],
  span: Span,
  width: number,
  label: string,
): string {
  const timeline = timelineOf(trace.days)
  return draw(label, {
    width,
    height: width === WIDE ? 300 : 260,
    marginLeft: 38,
    marginRight: 12,
    x: axisOf(timeline, width / 110),
    y: { domain: [span.low, span.high], label: 'percent', grid: true, insetTop: 5 },
    marks: [
      plot.ruleY([0], { strokeOpacity: 0.4 }),
      ...lines.map(({ values, ink }) =>
        plot.lineY(daysToDraw([values], BUCKETS), {
          x: day => timeline.at[day],
          y: day => clamp(values[day], span),
          stroke: ink.colour,
          strokeWidth: ink.width,
          strokeOpacity: ink.opacity,
          ...(ink.dash === '' ? {} : { strokeDasharray: ink.dash, strokeLinecap: 'butt' }),
        }),
      ),
      ...lines.map(({ values, ink }) =>
        plot.dot(isolatedDays(values), {
          x: day => timeline.at[day],
          y: day => clamp(values[day], span),
          r: 2.5,
          fill: ink.colour,
        }),
      ),
    ],
  })
}
