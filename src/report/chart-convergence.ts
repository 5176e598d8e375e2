import type { Estimate } from '../montecarlo/index.js'
import type { Drawing } from './drawing.js'
import { HONEST } from './ink.js'

/** One method's estimates and their 95 % intervals at growing budgets, on axes that all methods share. */
export function convergenceChart(
  { plot, draw }: Drawing,
  estimates: readonly Estimate[],
  which: 'var' | 'es',
  domain: { readonly paths: readonly [number, number]; readonly risk: readonly [number, number] },
  reference: number | null,
  label: string,
): string {
  const at = (i: number): number => estimates[i].evaluations
  const bounds = (i: number) => estimates[i][which === 'var' ? 'varInterval95' : 'esInterval95']
  const rows = [...estimates.keys()]
  return draw(label, {
    width: 300,
    height: 190,
    marginLeft: 42,
    marginRight: 12,
    marginTop: 8,
    marginBottom: 34,
    x: { type: 'log', domain: [...domain.paths], label: null, ticks: 3, tickFormat: '~s' },
    y: { domain: [...domain.risk], label: null, ticks: 4, grid: true },
    marks: [
      plot.areaY(rows, { x: at, y1: i => bounds(i)[0], y2: i => bounds(i)[1], fill: HONEST, fillOpacity: 0.16, clip: true }),
      ...(reference === null ? [] : [plot.ruleY([reference], { strokeDasharray: '3 2', strokeWidth: 1 })]),
      plot.lineY(rows, { x: at, y: i => estimates[i][which], stroke: HONEST, strokeWidth: 1.6, clip: true }),
      plot.dot(rows, { x: at, y: i => estimates[i][which], r: 2.2, fill: HONEST, clip: true }),
    ],
  })
}
