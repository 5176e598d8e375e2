import { type Key, nextInteger, nextUniform, openStream } from '../base/index.js'
import { type Fields, readFields } from './fields.js'
import type { Id } from './node.js'

/** Who hears whose local broadcasts. Links are symmetric; every list is in code-unit order and without the id itself. */
export interface Neighbours {
  readonly [id: Id]: readonly Id[]
}

export interface TopologySpec {
  readonly kind: string
  readonly [parameter: string]: unknown
}

/** An undirected simple graph on the places of the sorted ids. */
type Graph = readonly Set<number>[]

/** Reads a kind's parameters and draws its graph on `ids`, which are in code-unit order. */
export type TopologyKind = (fields: Fields, ids: readonly Id[], key: Key) => Graph

const emptyGraph = (n: number): Graph => Array.from({ length: n }, () => new Set<number>())

function connect(graph: Graph, a: number, b: number): void {
  if (a === b) return
  graph[a].add(b)
  graph[b].add(a)
}

/** Everyone hears everyone: {}. */
const complete: TopologyKind = (_fields, ids) => {
  const graph = emptyGraph(ids.length)
  for (let a = 0; a < ids.length; a++) for (let b = a + 1; b < ids.length; b++) connect(graph, a, b)
  return graph
}

/** A ring in the order of the ids: { neighbours = 1 } on each side. */
const ring: TopologyKind = (fields, ids) => {
  const max = Math.max(1, Math.floor(ids.length / 2))
  return lattice(ids.length, fields.number('neighbours', { min: 1, max, integer: true, fallback: 1 }))
}

function lattice(n: number, each: number): Graph {
  const graph = emptyGraph(n)
  for (let i = 0; i < n; i++) for (let j = 1; j <= each; j++) connect(graph, i, (i + j) % n)
  return graph
}

/**
 * Watts & Strogatz (1998): a ring with so many neighbours on each side, every link of which moves its far end with a probability:
 * { neighbours, rewire }. The graph stays simple and keeps its number of links; it need not stay connected.
 */
const smallWorld: TopologyKind = (fields, ids, key) => {
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

/** The links as given: { edges: [id, id][] }, each undirected and named once. */
const edges: TopologyKind = (fields, ids) => {
  const place = new Map(ids.map((id, i) => [id, i]))
  const graph = emptyGraph(ids.length)
  for (const [i, [from, to]] of fields.idLists('edges', new Set(ids), 2).entries()) {
    const [a, b] = [place.get(from)!, place.get(to)!]
    if (a === b) fields.refuse(`edges[${i}]`, [from, to], 'two different ids')
    if (graph[a].has(b)) fields.refuse(`edges[${i}]`, [from, to], 'an edge that is named once')
    connect(graph, a, b)
  }
  return graph
}

export const topologyTable: { readonly [kind: string]: TopologyKind } = { complete, edges, ring, smallWorld }

/** Turns a topology's specification into everyone's neighbours. Errors: BAD_TOPOLOGY. */
export function parseTopology(spec: unknown, ids: readonly Id[], key: Key, where: string): Neighbours {
  const sorted = [...ids].sort()
  const fields = readFields(spec, Object.keys(topologyTable), 'BAD_TOPOLOGY', where)
  const graph = topologyTable[fields.kind](fields, sorted, key)
  fields.end()
  const placed = sorted.map((id, i): [Id, Id[]] => [id, [...graph[i]].sort((a, b) => a - b).map(j => sorted[j])])
  return Object.fromEntries(placed)
}
