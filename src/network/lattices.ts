import { connect, emptyGraph, lattice, type TopologyKind } from './graph.js'

/** Everyone hears everyone: {}. */
export const complete: TopologyKind = (_fields, ids) => {
  const graph = emptyGraph(ids.length)
  for (let a = 0; a < ids.length; a++) for (let b = a + 1; b < ids.length; b++) connect(graph, a, b)
  return graph
}

/** The links as given: { edges: [id, id][] }, each undirected and named once. */
export const edges: TopologyKind = (fields, ids) => {
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

/** Rows of equal length in the order of the ids, each id linked to those beside it: { rows, torus = false }; a torus joins opposite sides. */
export const grid: TopologyKind = (fields, ids) => {
  const n = ids.length
  const rows = fields.number('rows', { min: 1, max: n, integer: true })
  if (n % rows !== 0) fields.refuse('rows', rows, `a divisor of the number of ids, ${n}`)
  const columns = n / rows
  const isTorus = fields.flag('torus', false)
  if (isTorus && Math.min(rows, columns) < 3) fields.refuse('rows', rows, 'at least 3 rows of at least 3 ids for a torus')
  const graph = emptyGraph(n)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const i = row * columns + column
      if (isTorus || column + 1 < columns) connect(graph, i, row * columns + ((column + 1) % columns))
      if (isTorus || row + 1 < rows) connect(graph, i, ((row + 1) % rows) * columns + column)
    }
  }
  return graph
}

/** A ring in the order of the ids: { neighbours = 1 } on each side. */
export const ring: TopologyKind = (fields, ids) => {
  const max = Math.max(1, Math.floor(ids.length / 2))
  return lattice(ids.length, fields.number('neighbours', { min: 1, max, integer: true, fallback: 1 }))
}
