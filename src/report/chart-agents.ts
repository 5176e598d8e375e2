import type { Evaluation } from '../evaluation/index.js'
import type { AgentRiskSeries, Trace } from '../scenario/trace.js'
import type { Drawing, Mark } from './drawing.js'
import { FAULTY, HONEST, QUIET } from './ink.js'
import { areaSwatch, escapeHtml, type Figure, legendOf, lineSwatch } from './markup.js'
import { counted, fixed, fixedExpected, percent } from './numbers.js'
import { clamp, cutOff, robustSpan, type Span } from './span.js'
import { axisOf, daysToDraw, isolatedDays, type Timeline, timelineOf } from './timeline.js'

interface Panel {
  readonly id: string
  readonly isFaulty: boolean
  readonly series: AgentRiskSeries
}

const BUCKETS = 130
const FAULTY_DASH = '4 2'

/** Every agent's VaR at the lowest level, one panel each, on one scale, over the preferred rule's. */
export function agentsFigure(drawing: Drawing, trace: Trace, evaluation: Evaluation, rule: string | null): Figure {
  const key = String(evaluation.levels[0])
  const panels = Object.entries(evaluation.agents).map(([id, { fault }]) => ({
    id,
    isFaulty: fault !== null,
    series: trace.agents[id][key],
  }))
  const reference = rule === null ? null : trace.ensemble[rule][key].var
  const span = robustSpan(
    [...panels.map(({ series }) => series.varHigh95 ?? series.var), ...(reference === null ? [] : [reference])],
    trace.returns,
  )
  const charts = panels.map(panel => {
    const { heading, remarks } = describePanel(panel, evaluation, span)
    const label = `${percent(evaluation.levels[0])} VaR of ${panel.id}: ${remarks}`
    const svg = drawPanel(drawing, trace, panel, reference, span, label)
    return `<div class="panel${panel.isFaulty ? ' faulty' : ''}"><h3>${heading}</h3>${svg}<p class="note">${escapeHtml(remarks)}</p></div>`
  })
  const hasInterval = panels.some(({ series }) => series.varLow95 !== undefined && series.varHigh95 !== undefined)
  return {
    charts: `<div class="panels">${charts.join('\n')}</div>`,
    caption:
      `Each agent’s ${percent(evaluation.levels[0])} VaR as ${evaluation.agreement === null ? 'the coordinator accepted it' : 'it went into the agreement'}, in percent, all on one scale. Gaps are days ` +
      'without an accepted report; ticks at the foot are days on which the return fell below −VaR.' +
      (hasInterval ? ' The band is the 95 % credible interval of VaR that the agent reported.' : ''),
    legend: legendOf([
      { label: 'honest agent', swatch: lineSwatch({ colour: HONEST, width: 1.8 }) },
      ...(evaluation.faulty.length > 0
        ? [{ label: 'faulty agent', swatch: lineSwatch({ colour: FAULTY, dash: FAULTY_DASH, width: 1.8 }) }]
        : []),
      ...(hasInterval ? [{ label: '95 % credible interval', swatch: areaSwatch(HONEST, 0.2) }] : []),
      ...(rule === null ? [] : [{ label: `${rule} rule`, swatch: lineSwatch({ colour: QUIET, width: 1.2 }) }]),
    ]),
  }
}

function describePanel({ id, series }: Panel, { agents, levels }: Evaluation, span: Span): { heading: string; remarks: string } {
  const { model, fault, levels: scores } = agents[id]
  const score = scores[String(levels[0])]
  const cut = cutOff(id, series.var, span)
  const remarks = [
    ...(fault === null ? [] : [`faulty: ${fault.description}`]),
    score.days === 0 ? 'no accepted report' : `${counted(score.hits, 'hit')}, ${fixedExpected(score.expectedHits)} expected`,
    ...(score.missing > 0 && score.days > 0 ? [`missing on ${counted(score.missing, 'day')}`] : []),
    ...(cut === null ? [] : [`off the scale on ${counted(cut.days, 'day')}, as far as ${fixed(cut.extreme, 1)}`]),
  ]
  return { heading: `${escapeHtml(id)} <span class="model">${escapeHtml(model)}</span>`, remarks: remarks.join('; ') }
}

function drawPanel(
  drawing: Drawing,
  trace: Trace,
  panel: Panel,
  reference: Float64Array | null,
  span: Span,
  label: string,
): string {
  const { plot, draw } = drawing
  const { series, isFaulty } = panel
  const timeline = timelineOf(trace.days)
  const days = daysToDraw([series.var], BUCKETS)
  const referenceDays = reference === null ? [] : daysToDraw([reference], BUCKETS)
  const x = (day: number): Date | number => timeline.at[day]
  const colour = isFaulty ? FAULTY : HONEST
  return draw(label, {
    width: 300,
    height: 160,
    marginLeft: 30,
    marginRight: 8,
    marginTop: 12,
    marginBottom: 34,
    x: axisOf(timeline, 5),
    y: { domain: [span.low, span.high], label: null, ticks: 4, grid: true, insetTop: 4 },
    marks: [
      ...interval(plot, series, timeline, span, colour),
      plot.lineY(referenceDays, { x, y: day => clamp(reference?.[day] ?? Number.NaN, span), stroke: QUIET, strokeWidth: 1 }),
      plot.lineY(days, {
        x,
        y: day => clamp(series.var[day], span),
        stroke: colour,
        strokeWidth: 1.5,
        ...(isFaulty ? { strokeDasharray: FAULTY_DASH, strokeLinecap: 'butt' as const } : {}),
      }),
      plot.dot(isolatedDays(series.var), { x, y: day => clamp(series.var[day], span), r: 2, fill: colour }),
      footTicks(plot, trace, series, timeline, span),
    ],
  })
}

function interval(
  plot: Drawing['plot'],
  { varLow95, varHigh95 }: AgentRiskSeries,
  timeline: Timeline,
  span: Span,
  colour: string,
): Mark[] {
  if (varLow95 === undefined || varHigh95 === undefined) return []
  const days = daysToDraw([varLow95, varHigh95], BUCKETS)
  const options = { fill: colour, fillOpacity: 0.2 }
  return [
    plot.areaY(days, {
      x: day => timeline.at[day],
      y1: day => clamp(varLow95[day], span),
      y2: day => clamp(varHigh95[day], span),
      ...options,
    }),
  ]
}

/** A tick at the foot for every hit, all in one path. */
function footTicks(
  plot: Drawing['plot'],
  { returns }: Trace,
  { var: vars }: AgentRiskSeries,
  timeline: Timeline,
  { low, high }: Span,
): Mark {
  const hits = [...returns.keys()].filter(day => returns[day] < -vars[day])
  const points = hits.flatMap(day => [low, low + 0.05 * (high - low), Number.NaN].map(y => ({ x: timeline.at[day], y })))
  return plot.line(points, { x: 'x', y: 'y', strokeWidth: 1, strokeLinecap: 'butt' })
}
