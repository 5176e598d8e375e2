import type { Key } from '../base/index.js'
import type { Fields } from './fields.js'
import type { Id } from './node.js'

/** An undirected simple graph on the places of the sorted ids. */
export type Graph = readonly Set<number>[]

/** Reads a kind's parameters and draws its graph on `ids`, which are in code-unit order. */
export type TopologyKind = (fields: Fields, ids: readonly Id[], key: Key) => Graph

export const emptyGraph = (n: number): Graph => Array.from({ length: n }, () => new Set<number>())

export function connect(graph: Graph, a: number, b: number): void {
  if (a === b) return
  graph[a].add(b)
  graph[b].add(a)
}

/** A ring on n vertices, each linked to the next `each` on both sides. */
export function lattice(n: number, each: number): Graph {
  const graph = emptyGraph(n)
  for (let i = 0; i < n; i++) for (let j = 1; j <= each; j++) connect(graph, i, (i + j) % n)
  return graph
}
