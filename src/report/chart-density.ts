import { chainColour } from './chart-trace.js'
import type { Drawing } from './drawing.js'
import { HONEST } from './ink.js'

const CELLS = 160

/** A density at the middles of equal cells. */
export interface Density {
  readonly x: Float64Array
  readonly y: Float64Array
}

/**
 * Gaussian kernel density of the draws inside [low, high], reflected at the ends, so that it integrates to one there; the bandwidth
 * is Silverman's (1986, equation 3.31) from the smaller of the standard deviation and the interquartile range.
 */
export function densityOf(given: Float64Array, low: number, high: number): Density {
  const draws = given.filter(x => x >= low && x <= high)
  const bandwidth = silverman(draws)
  const width = (high - low) / CELLS
  const counts = new Float64Array(CELLS)
  for (const x of draws) counts[Math.min(CELLS - 1, Math.max(0, Math.floor((x - low) / width)))]++
  const h = Math.max(bandwidth, width / 2) / width
  const reach = Math.min(CELLS, Math.ceil(5 * h))
  const kernel = Float64Array.from({ length: reach + 1 }, (_, j) => Math.exp((-0.5 * j * j) / (h * h)))
  const mass = kernel.reduce((sum, k, j) => sum + (j === 0 ? k : 2 * k), 0)
  const y = new Float64Array(CELLS)
  for (let i = 0; i < CELLS; i++) {
    if (counts[i] === 0) continue
    for (let j = -reach; j <= reach; j++) {
      const at = i + j < 0 ? -1 - i - j : i + j >= CELLS ? 2 * CELLS - 1 - i - j : i + j
      y[at] += (counts[i] * kernel[Math.abs(j)]) / (mass * draws.length * width)
    }
  }
  return { x: Float64Array.from({ length: CELLS }, (_, i) => low + (i + 0.5) * width), y }
}

function silverman(draws: Float64Array): number {
  const ascending = Float64Array.from(draws).sort()
  const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length
  const sd = Math.sqrt(draws.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / Math.max(1, draws.length - 1))
  const range = ascending[Math.floor(0.75 * (draws.length - 1))] - ascending[Math.floor(0.25 * (draws.length - 1))]
  const spread = range > 0 ? Math.min(sd, range / 1.34) : sd
  return 0.9 * spread * draws.length ** -0.2
}

/** The density of every chain and of all together, the central 95 % shaded. */
export function densityChart(
  { plot, draw }: Drawing,
  chains: readonly Float64Array[],
  [low95, median, high95]: readonly [number, number, number],
  label: string,
): string {
  const all = Float64Array.from(chains.flatMap(chain => [...chain])).sort()
  // A few far draws would leave the rest no room.
  const at = (share: number): number => all[Math.round(share * (all.length - 1))]
  const [low, high] = at(0.998) > at(0.002) ? [at(0.002), at(0.998)] : [all[0], all[all.length - 1]]
  const pooled = densityOf(all, low, high)
  const cells = [...pooled.x.keys()]
  const line = ({ x, y }: Density, stroke: string, strokeWidth: number, strokeOpacity: number) =>
    plot.lineY(cells, { x: i => x[i], y: i => y[i], stroke, strokeWidth, strokeOpacity })
  return draw(label, {
    width: 300,
    height: 170,
    marginLeft: 12,
    marginRight: 12,
    marginTop: 8,
    marginBottom: 34,
    x: { domain: [low, high], label: null, ticks: 4 },
    y: { axis: null, insetTop: 6 },
    marks: [
      plot.areaY(
        cells.filter(i => pooled.x[i] >= low95 && pooled.x[i] <= high95),
        { x: i => pooled.x[i], y: i => pooled.y[i], fill: HONEST, fillOpacity: 0.16 },
      ),
      ...(chains.length > 1 ? chains.map((chain, c) => line(densityOf(chain, low, high), chainColour(c), 1, 0.8)) : []),
      line(pooled, 'currentColor', 1.6, 1),
      plot.ruleX([median], { strokeDasharray: '3 2', strokeWidth: 1 }),
      plot.ruleY([0]),
    ],
  })
}
