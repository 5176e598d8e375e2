import type { Drawing } from './drawing.js'
import { daysToDraw } from './timeline.js'

/** The colour of a chain, the same in every plot. */
export const chainColour = (chain: number): string => `var(--series-${(chain % 6) + 1})`

const BUCKETS = 90

/** Draws in the order they were made, one line a chain. */
export function traceChart({ plot, draw }: Drawing, chains: readonly Float64Array[], label: string): string {
  const count = chains[0].length
  return draw(label, {
    width: 300,
    height: 170,
    marginLeft: 42,
    marginRight: 10,
    marginTop: 8,
    marginBottom: 34,
    x: { domain: [1, count], label: 'draw', labelArrow: 'none', labelAnchor: 'center', ticks: 4 },
    y: { label: null, ticks: 4, grid: true, nice: true },
    marks: chains.map((chain, c) =>
      plot.lineY(daysToDraw([chain], BUCKETS), {
        x: i => i + 1,
        y: i => chain[i],
        stroke: chainColour(c),
        strokeWidth: 0.7,
        strokeOpacity: 0.75,
      }),
    ),
  })
}
