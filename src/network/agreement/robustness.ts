import { refuse } from '../../base/index.js'
import type { Neighbours } from '../topology.js'

/** Time and memory double with each vertex; removals are tried one by one on top of it. */
const verticesMax = 20
const removalVerticesMax = 16

/**
 * How robust a graph is: the largest r for which it is (r, 1)-robust, and the largest s for which it is (r, s)-robust with that r.
 * A graph of n >= 2 vertices is (r, s)-robust if of any two sets of vertices that do not meet one has every vertex, or both together have at
 * least s, with r or more neighbours outside its own set (LeBlanc et al. 2013, definition 6). Exponential in the vertices.
 * Errors: TOO_LARGE above 20 vertices.
 */
export function robustness(neighbours: Neighbours): { readonly r: number; readonly s: number } {
  const masks = masksOf(neighbours)
  const n = masks.length
  for (let r = Math.ceil(n / 2); r >= 1; r--) {
    const s = largestS(masks, r)
    if (s >= 1) return { r, s }
  }
  return { r: 0, s: n }
}

/** True for a graph that is (r, s)-robust. Errors: TOO_LARGE above 20 vertices. */
export const isRobust = (neighbours: Neighbours, r: number, s: number): boolean => largestS(masksOf(neighbours), r) >= s

/** True for a graph that stays (f + 1)-robust without any f of its vertices. Errors: TOO_LARGE above 16 vertices. */
export function survivesRemovals(neighbours: Neighbours, f: number): boolean {
  const masks = masksOf(neighbours, removalVerticesMax)
  const n = masks.length
  for (let removed = 0; removed < 1 << n; removed++) {
    if (bitCount(removed) === f && largestS(without(masks, removed), f + 1) < 1) return false
  }
  return true
}

/** Every vertex's neighbours as bits, in the order of the ids. */
function masksOf(neighbours: Neighbours, max = verticesMax): number[] {
  const ids = Object.keys(neighbours).sort()
  if (ids.length > max) refuse('TOO_LARGE', `${ids.length} vertices`, `a graph of at most ${max}`, 'robustness')
  const place = new Map(ids.map((id, i) => [id, i]))
  return ids.map(id => neighbours[id].reduce((mask, other) => mask | (1 << place.get(other)!), 0))
}

/** The graph of the vertices that are not removed. */
function without(masks: readonly number[], removed: number): number[] {
  const left = masks.map((_, i) => i).filter(i => (removed & (1 << i)) === 0)
  return left.map(i => left.reduce((mask, j, k) => ((masks[i] & (1 << j)) === 0 ? mask : mask | (1 << k)), 0))
}

/**
 * The largest s for which the graph is (r, s)-robust; 0 where there is none, n where no two sets of vertices limit it. A set limits it that has
 * fewer reaching vertices than members; the least number of those in any such subset of a set is that of the set itself or of
 * one of its subsets with one member less, so all pairs of sets are looked at in 2^n n steps.
 */
function largestS(masks: readonly number[], r: number): number {
  const n = masks.length
  const all = (1 << n) - 1
  const none = n + 1
  const own = new Int8Array(all + 1).fill(none)
  const least = new Int8Array(all + 1).fill(none)
  for (let set = 1; set <= all; set++) {
    let reaching = 0
    for (let rest = set; rest !== 0; rest &= rest - 1) {
      const vertex = 31 - Math.clz32(rest & -rest)
      if (bitCount(masks[vertex] & ~set) >= r) reaching++
      if (least[set & ~(1 << vertex)] < least[set]) least[set] = least[set & ~(1 << vertex)]
    }
    if (reaching < bitCount(set)) own[set] = reaching
    if (own[set] < least[set]) least[set] = own[set]
  }
  let s = n
  for (let set = 1; set < all; set++) {
    if (own[set] < none && least[all & ~set] < none) s = Math.min(s, own[set] + least[all & ~set])
  }
  return s
}

function bitCount(bits: number): number {
  let v = bits - ((bits >>> 1) & 0x55555555)
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333)
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
