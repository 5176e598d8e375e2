import type { Drawing } from './drawing.js'
import { cellText, type HeatMap, rangeOf, shareOf } from './heat-map.js'
import { escapeHtml, type Figure } from './markup.js'
import { shortened } from './numbers.js'

const ROW_HEIGHT = 24
const COLUMN_WIDTH = { least: 32, most: 58 }
const PAGE_WIDTH = 980
const LONGEST_NAME = 46
/** Pixels a character of a label takes, about. */
const CHARACTER = 6.1
const STRIPES = 60

interface Place {
  readonly row: number
  readonly column: number
  readonly value: number | null
  readonly share: number
}

/** A matrix as coloured cells with their values, and a legend of the colours below. */
export function heatMapFigure(drawing: Drawing, map: HeatMap): Figure {
  const { title, rows, columns, caption } = map
  return {
    charts: `<h3>${escapeHtml(title)}</h3>
<div class="scroll heat" tabindex="0" role="region" aria-label="${escapeHtml(title)}">${drawCells(drawing, map)}</div>`,
    caption: `${caption} Rows: ${map.rowTitle} (${rows.length}); columns: ${map.columnTitle} (${columns.length}).`,
    legend: drawLegend(drawing, map),
  }
}

function drawCells({ plot, draw }: Drawing, map: HeatMap): string {
  const { title, rows, columns, values, scale, digits = 2 } = map
  const range = rangeOf(map)
  const places = rows.flatMap((_, row) =>
    columns.map((_, column): Place => {
      const value = values[row]?.[column] ?? null
      return { row, column, value, share: value === null ? 0 : shareOf(value, range, scale) }
    }),
  )
  const marginLeft = 16 + CHARACTER * Math.max(...rows.map(name => Math.min(LONGEST_NAME, [...name].length)))
  const longest = Math.max(...columns.map(name => Math.min(LONGEST_NAME, [...name].length)))
  // Column names stand at 40 degrees.
  const marginTop = 14 + 0.65 * CHARACTER * longest
  const marginRight = 12 + 0.76 * CHARACTER * longest
  const room = (PAGE_WIDTH - marginLeft - marginRight) / Math.max(1, columns.length)
  const columnWidth = Math.min(COLUMN_WIDTH.most, Math.max(COLUMN_WIDTH.least, room))
  return draw(`${title}: ${rows.length} rows by ${columns.length} columns; the same numbers stand in the table below`, {
    width: marginLeft + marginRight + columnWidth * columns.length,
    height: marginTop + 6 + ROW_HEIGHT * rows.length,
    marginLeft,
    marginRight,
    marginTop,
    marginBottom: 6,
    x: { type: 'band', domain: columns.map((_, j) => j), axis: null, padding: 0.03 },
    y: { type: 'band', domain: rows.map((_, i) => i), axis: null, padding: 0.06 },
    color: { type: 'identity' },
    marks: [
      plot.cell(places, {
        x: 'column',
        y: 'row',
        fill: ({ value, share }) => (value === null ? 'none' : colourAt(share)),
        stroke: ({ value }) => (value === null ? 'var(--line)' : 'none'),
      }),
      plot.text(places, {
        x: 'column',
        y: 'row',
        text: ({ value }) => cellText(value, digits),
        fill: ({ value, share }) => (value === null ? 'var(--soft)' : inkOn(share)),
      }),
      plot.text(
        rows.map((_, i) => i),
        { y: i => i, frameAnchor: 'left', dx: -8, textAnchor: 'end', text: i => shortened(rows[i], LONGEST_NAME) },
      ),
      plot.text(
        columns.map((_, j) => j),
        {
          x: j => j,
          frameAnchor: 'top',
          dy: -7,
          rotate: -40,
          textAnchor: 'start',
          lineAnchor: 'middle',
          text: j => shortened(columns[j], LONGEST_NAME),
        },
      ),
    ],
  })
}

function drawLegend({ plot, draw }: Drawing, map: HeatMap): string {
  const { scale, unit = '', values } = map
  const range = rangeOf(map)
  const [low, high] = range
  const all = values.flat().filter((x): x is number => x !== null)
  const isBelow = all.some(x => x < low)
  const isAbove = all.some(x => x > high)
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(share => ({ share, value: valueAt(share, range, scale) }))
  const named = ({ share, value }: (typeof ticks)[number]): string => {
    const text = `${Number(value.toPrecision(2))}${unit === '' ? '' : ` ${unit}`}`
    return share === 0 && isBelow ? `≤ ${text}` : share === 1 && isAbove ? `≥ ${text}` : text
  }
  return draw(`Colours from ${named(ticks[0])} to ${named(ticks[4])}${scale === 'log' ? ', logarithmic' : ''}`, {
    width: 420,
    height: 40,
    marginLeft: 40,
    marginRight: 40,
    marginTop: 4,
    marginBottom: 20,
    x: { type: 'linear', domain: [0, 1], axis: null },
    y: { type: 'linear', domain: [0, 1], axis: null },
    color: { type: 'identity' },
    marks: [
      plot.rect(
        Array.from({ length: STRIPES }, (_, i) => i),
        {
          x1: i => i / STRIPES,
          x2: i => Math.min(1, (i + 1.2) / STRIPES),
          y1: 0,
          y2: 1,
          fill: i => colourAt((i + 0.5) / STRIPES),
        },
      ),
      plot.text(ticks, { x: 'share', frameAnchor: 'bottom', dy: 14, text: named }),
    ],
  })
}

const valueAt = (share: number, [low, high]: readonly [number, number], scale: HeatMap['scale']): number =>
  scale === 'log' ? low * (high / low) ** share : low + share * (high - low)

/** Cividis (Nuñez, Anderton & Renslow 2018), light for little: alike for readers with and without colour vision deficiency. */
const CIVIDIS: readonly (readonly [number, number, number])[] = [
  [254, 232, 90],
  [225, 204, 85],
  [196, 178, 98],
  [168, 154, 110],
  [143, 132, 117],
  [121, 112, 119],
  [98, 93, 112],
  [74, 75, 108],
  [44, 56, 110],
  [0, 36, 86],
]

export function colourAt(share: number): string {
  const at = share * (CIVIDIS.length - 1)
  const k = Math.min(CIVIDIS.length - 2, Math.floor(at))
  const mixed = CIVIDIS[k].map((from, c) => Math.round(from + (at - k) * (CIVIDIS[k + 1][c] - from)))
  return `rgb(${mixed.join(', ')})`
}

/** Dark on the light half, light on the dark one: a contrast of 4 or more everywhere. */
export const inkOn = (share: number): string => (share < 0.5 ? '#16181c' : '#ffffff')
