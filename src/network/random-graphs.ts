import { nextInteger, nextUniform, openStream, type Stream } from '../base/index.js'
import { connect, emptyGraph, type Graph, lattice, type TopologyKind } from './graph.js'

/**
 * Watts & Strogatz (1998): a ring with so many neighbours on each side, every link of which moves its far end with a probability:
 * { neighbours, rewire }. The graph stays simple and keeps its number of links; it need not stay connected.
 */
export const smallWorld: TopologyKind = (fields, ids, key) => {
  const n = ids.length
  // At least one vertex must be free to move to: 2 * neighbours < n keeps the lattice's links distinct as well.
  const each = fields.number('neighbours', { min: 1, max: Math.floor((n - 1) / 2), integer: true })
  const rewire = fields.number('rewire', { min: 0, max: 1 })
  const graph = lattice(n, each)
  const stream = openStream(key)
  for (let j = 1; j <= each; j++) {
    for (let i = 0; i < n; i++) {
      const free = n - 1 - graph[i].size
      if (nextUniform(stream) >= rewire || free === 0) continue
      const end = nthStranger(graph, i, nextInteger(stream, free))
      const old = (i + j) % n
      graph[i].delete(old)
      graph[old].delete(i)
      connect(graph, i, end)
    }
  }
  return graph
}

/** The vertex with `rank` others before it among those that are neither `i` nor its neighbours. */
function nthStranger(graph: Graph, i: number, rank: number): number {
  let left = rank
  let vertex = 0
  for (; vertex < graph.length; vertex++) if (vertex !== i && !graph[i].has(vertex) && left-- === 0) break
  return vertex
}

/**
 * Erdos & Renyi (1959): all graphs with so many links are equally likely: { density }, the share of all pairs that are linked, to the
 * nearest whole number of links. It need not be connected.
 */
export const random: TopologyKind = (fields, ids, key) => {
  const n = ids.length
  const pairs = (n * (n - 1)) / 2
  let wanted = Math.round(pairs * fields.number('density', { min: 0, max: 1 }))
  const graph = emptyGraph(n)
  const stream = openStream(key)
  // Selection sampling (Knuth, The Art of Computer Programming, 3.4.2, algorithm S).
  let left = pairs
  for (let a = 0; a < n; a++) {
    for (let b = a + 1; b < n; b++) {
      if (nextInteger(stream, left--) >= wanted) continue
      connect(graph, a, b)
      wanted--
    }
  }
  return graph
}

/**
 * Barabasi & Albert (1999): ids come one by one, in their order, and each links itself to so many that are there, drawn in proportion to
 * the links they have: { links }. The first links + 1 are all linked to each other. Connected; every id has at least so many links.
 */
export const scaleFree: TopologyKind = (fields, ids, key) => {
  const n = ids.length
  const links = fields.number('links', { min: 1, max: Math.max(1, n - 1), integer: true })
  const graph = emptyGraph(n)
  const stream = openStream(key)
  const first = Math.min(n, links + 1)
  for (let a = 0; a < first; a++) for (let b = a + 1; b < first; b++) connect(graph, a, b)
  for (let newcomer = first; newcomer < n; newcomer++) {
    for (const chosen of drawByDegree(graph, newcomer, links, stream)) connect(graph, newcomer, chosen)
  }
  return graph
}

/** So many different vertices below `end`, one after the other in proportion to their degrees. */
function drawByDegree(graph: Graph, end: number, count: number, stream: Stream): readonly number[] {
  const degrees = graph.slice(0, end).map(({ size }) => size)
  let total = degrees.reduce((sum, degree) => sum + degree, 0)
  return Array.from({ length: count }, () => {
    let left = nextInteger(stream, total)
    let vertex = 0
    while (left >= degrees[vertex]) left -= degrees[vertex++]
    total -= degrees[vertex]
    degrees[vertex] = 0
    return vertex
  })
}

// Per link; the chain of switches forgets where it began after a few.
const SWITCHES = 30

/**
 * A random graph in which all have equally many links: { degree }. A ring lattice whose links are switched at random so often that nothing
 * is left of it: the switch chain, whose limit is uniform on all such graphs (Cooper, Dyer & Greenhill 2007). Degree times the number of
 * ids is even. It need not be connected, though for degree 3 and more it nearly always is.
 */
export const regular: TopologyKind = (fields, ids, key) => {
  const n = ids.length
  const degree = fields.number('degree', { min: 0, max: n - 1, integer: true })
  if ((n * degree) % 2 === 1) fields.refuse('degree', degree, `an even degree for ${n} ids: every link has two ends`)
  const graph = lattice(n, Math.floor(degree / 2))
  if (degree % 2 === 1) for (let i = 0; i < n / 2; i++) connect(graph, i, i + n / 2)
  const ends = graph.flatMap((others, a) => [...others].filter(b => b > a).map(b => [a, b]))
  const stream = openStream(key)
  for (let i = 0; i < SWITCHES * ends.length; i++) {
    const [one, other] = [ends[nextInteger(stream, ends.length)], ends[nextInteger(stream, ends.length)]]
    switchEnds(graph, one, other, nextInteger(stream, 2))
  }
  return graph
}

/** Links a-b and c-d become a-d and c-b, the second turned round before where `turn` is 1; not where that leaves no simple graph. */
function switchEnds(graph: Graph, one: number[], other: number[], turn: number): void {
  const [a, b] = one
  const [c, d] = [other[turn], other[1 - turn]]
  if (a === c || a === d || b === c || b === d || graph[a].has(d) || graph[c].has(b)) return
  for (const [x, y] of [
    [a, b],
    [c, d],
  ]) {
    // biome-ignore format: two links
    graph[x].delete(y)
    graph[y].delete(x)
  }
  connect(graph, a, d)
  connect(graph, c, b)
  one[1] = d
  other[0] = c
  other[1] = b
}
