import type { Key } from '../base/index.js'
import { readFields } from './fields.js'
import type { TopologyKind } from './graph.js'
import { complete, edges, grid, ring } from './lattices.js'
import type { Id } from './node.js'
import { random, regular, scaleFree, smallWorld } from './random-graphs.js'

/** Who hears whose local broadcasts. Links are symmetric; every list is in code-unit order and without the id itself. */
export interface Neighbours {
  readonly [id: Id]: readonly Id[]
}

export interface TopologySpec {
  readonly kind: string
  readonly [parameter: string]: unknown
}

export const topologyTable: { readonly [kind: string]: TopologyKind } = {
  complete,
  edges,
  grid,
  random,
  regular,
  ring,
  scaleFree,
  smallWorld,
}

/** Turns a topology's specification into everyone's neighbours. Errors: BAD_TOPOLOGY. */
export function parseTopology(spec: unknown, ids: readonly Id[], key: Key, where: string): Neighbours {
  const sorted = [...ids].sort()
  const fields = readFields(spec, Object.keys(topologyTable), 'BAD_TOPOLOGY', where)
  const graph = topologyTable[fields.kind](fields, sorted, key)
  fields.end()
  const placed = sorted.map((id, i): [Id, Id[]] => [id, [...graph[i]].sort((a, b) => a - b).map(j => sorted[j])])
  return Object.fromEntries(placed)
}
