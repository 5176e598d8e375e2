import { chainColour } from './chart-trace.js'
import type { Drawing } from './drawing.js'
import { QUIET } from './ink.js'

const BINS = 20

/** How many of each chain's draws have a pooled rank in each of twenty equal bins, and what to expect of chains that agree. */
export interface RankHistogram {
  /** [chain][bin]. */
  readonly counts: readonly (readonly number[])[]
  readonly expected: number
  /** About 95 % of the counts of chains that agree, bin by bin. */
  readonly low: number
  readonly high: number
}

/**
 * Rank histograms of several chains (Vehtari et al. 2021, section 4.2): every draw's rank among all, ties by their order. The counts of
 * chains that agree are hypergeometric; correlation within the chains, read off the bulk ESS, widens the band.
 */
export function rankHistogram(chains: readonly Float64Array[], essBulk: number): RankHistogram {
  const size = chains[0].length
  const total = chains.length * size
  const value = (index: number): number => chains[Math.floor(index / size)][index % size]
  const order = Array.from({ length: total }, (_, i) => i).sort((a, b) => value(a) - value(b) || spread(a) - spread(b))
  const counts = chains.map(() => new Array<number>(BINS).fill(0))
  order.forEach((index, rank) => {
    counts[Math.floor(index / size)][Math.floor((rank * BINS) / total)]++
  })
  const expected = size / BINS
  const inflation = essBulk > 0 && essBulk < total ? total / essBulk : 1
  const sd = Math.sqrt(expected * (1 - 1 / BINS) * ((total - size) / Math.max(1, total - 1)) * inflation)
  return { counts, expected, low: Math.max(0, expected - 1.96 * sd), high: expected + 1.96 * sd }
}

/** A fixed shuffle, so that ties favour no chain. */
const spread = (index: number): number => Math.imul(index + 1, 0x9e3779b1) >>> 0

/** Share of the bins whose count lies outside the band. */
export function outsideShare({ counts, low, high }: RankHistogram): number {
  const all = counts.flat()
  return all.filter(count => count < low || count > high).length / all.length
}

export function ranksChart({ plot, draw }: Drawing, { counts, expected, low, high }: RankHistogram, label: string): string {
  const bins = counts.flatMap((row, chain) => row.map((count, bin) => ({ chain: chain + 1, bin, count })))
  const rows = counts.map((_, chain) => ({ chain: chain + 1 }))
  return draw(label, {
    width: 300,
    height: Math.max(170, 42 + 24 * counts.length),
    marginLeft: 42,
    marginRight: 20,
    marginTop: 8,
    marginBottom: 34,
    fy: { domain: rows.map(({ chain }) => chain), label: null, axis: null, padding: 0.12 },
    x: {
      domain: [0, 1],
      label: 'rank among all chains',
      labelArrow: 'none',
      labelAnchor: 'center',
      ticks: [0, 0.5, 1],
      tickFormat: rankTick,
    },
    y: { domain: [0, Math.max(high * 1.1, ...counts.flat())], axis: null },
    marks: [
      plot.rect(rows, { fy: 'chain', x1: 0, x2: 1, y1: low, y2: high, fill: QUIET, fillOpacity: 0.28 }),
      plot.rect(bins, {
        fy: 'chain',
        x1: ({ bin }) => bin / BINS,
        x2: ({ bin }) => (bin + 1) / BINS,
        y1: 0,
        y2: 'count',
        inset: 0.4,
        fill: ({ chain }) => chainColour(chain - 1),
        fillOpacity: 0.7,
      }),
      plot.ruleY(rows, { fy: 'chain', y: expected, stroke: QUIET, strokeWidth: 1.2 }),
      plot.text(rows, { fy: 'chain', frameAnchor: 'left', dx: -6, textAnchor: 'end', text: ({ chain }) => `chain ${chain}` }),
    ],
  })
}

const rankTick = (share: number): string => (share === 0 ? 'least' : share === 1 ? 'largest' : 'median')
