import type { Evaluation, LevelScore } from '../evaluation/index.js'
import type { Drawing } from './drawing.js'
import { FAULTY, HONEST, QUIET } from './ink.js'
import { crossSwatch, dotSwatch, escapeHtml, type Figure, legendOf } from './markup.js'
import { fixed, percent, shortened } from './numbers.js'

interface Loss {
  readonly name: string
  readonly kind: 'rule' | 'honest' | 'faulty'
  readonly loss: number
}

/** Losses spread wider than this are shown on a log scale. */
const LOG_FROM = 12
const LONGEST_NAME = 18

/** Mean pinball loss of every rule and agent, one panel a level. */
export function lossesFigure(drawing: Drawing, evaluation: Evaluation): Figure {
  const panels = evaluation.levels
    .map(level => ({ level, losses: lossesAt(evaluation, level) }))
    .filter(({ losses }) => losses.length > 0)
  const isLog = panels.some(({ losses }) => needsLog(losses))
  const charts = panels.map(({ level, losses }) => {
    const label = `Mean pinball loss at ${percent(level)}: ${losses.map(({ name, loss }) => `${name} ${fixed(loss, 4)}`).join(', ')}`
    return `<div class="panel"><h3>${escapeHtml(percent(level))}</h3>${drawLosses(drawing, losses, label, isLog)}</div>`
  })
  const faulty = { label: 'faulty agent', swatch: crossSwatch(FAULTY) }
  return {
    charts: `<div class="panels">${charts.join('\n')}</div>`,
    caption: `Mean pinball loss by level; less is better.${isLog ? ` The scale is logarithmic: some losses are more than ${LOG_FROM} times others.` : ''}`,
    legend: legendOf([
      { label: 'rule', swatch: dotSwatch(HONEST, HONEST) },
      { label: 'honest agent', swatch: dotSwatch(QUIET, 'none') },
      ...(evaluation.faulty.length > 0 ? [faulty] : []),
    ]),
  }
}

function lossesAt({ rules, agents }: Evaluation, level: number): Loss[] {
  const lossOf = (scores: { readonly [level: string]: LevelScore }): number | null => scores[String(level)].meanPinball
  const named = [
    ...Object.entries(rules).map(([name, rule]) => ({ name, kind: 'rule' as const, loss: lossOf(rule.levels) })),
    ...Object.entries(agents).map(([name, agent]) => ({
      name,
      kind: agent.fault === null ? ('honest' as const) : ('faulty' as const),
      loss: lossOf(agent.levels),
    })),
  ]
  return named.flatMap(({ name, kind, loss }) => (loss === null ? [] : [{ name, kind, loss }]))
}

function needsLog(losses: readonly Loss[]): boolean {
  const values = losses.map(({ loss }) => loss)
  const least = Math.min(...values)
  return least > 0 && Math.max(...values) / least > LOG_FROM
}

function drawLosses({ plot, draw }: Drawing, losses: readonly Loss[], label: string, isLog: boolean): string {
  const row = (_: Loss, i: number): number => i
  const of = (kind: Loss['kind']): number[] => losses.flatMap((loss, i) => (loss.kind === kind ? [i] : []))
  const dots = (kind: Loss['kind'], style: object) =>
    plot.dot(of(kind), { x: i => losses[i].loss, y: i => i, r: 3.5, strokeWidth: 1.6, ...style })
  return draw(label, {
    width: 300,
    height: 46 + 17 * losses.length,
    marginLeft: 124,
    marginRight: 16,
    marginTop: 6,
    marginBottom: 28,
    x: {
      label: null,
      grid: true,
      tickFormat: (loss: number) => String(loss),
      ...(isLog ? logAxis(losses) : { ticks: 2, inset: 6 }),
    },
    y: { type: 'band', domain: losses.map(row), axis: null },
    marks: [
      plot.ruleY(losses, { y: row, strokeOpacity: 0.12 }),
      plot.text(losses, {
        y: row,
        frameAnchor: 'left',
        dx: -6,
        textAnchor: 'end',
        text: ({ name }) => shortened(name, LONGEST_NAME),
      }),
      dots('rule', { fill: HONEST, stroke: HONEST }),
      dots('honest', { stroke: QUIET, fill: 'var(--paper)' }),
      dots('faulty', { stroke: FAULTY, symbol: 'times', strokeWidth: 2 }),
    ],
  })
}

/** A log scale with room at both ends, ticked at powers of ten, or at 1, 2 and 5 times those where they are few. */
function logAxis(losses: readonly Loss[]): { type: 'log'; domain: [number, number]; ticks: number[] } {
  const values = losses.map(({ loss }) => loss).filter(loss => loss > 0)
  const low = Math.min(...values) / 1.4
  const high = Math.max(...values) * 1.4
  const powers: number[] = []
  for (let power = 1e-9; power <= high; power *= 10) powers.push(Number(power.toPrecision(1)))
  const inside = (tick: number): boolean => tick >= low && tick <= high
  const tens = powers.filter(inside)
  const ticks =
    tens.length > 2
      ? tens
      : powers.flatMap(power => [power, 2 * power, 5 * power].map(tick => Number(tick.toPrecision(1)))).filter(inside)
  return { type: 'log', domain: [low, high], ticks }
}
