import type { Ink } from './markup.js'

// Colours are variables of the style sheet, so that charts follow the page from light to dark.
export const HONEST = 'var(--honest)'
export const FAULTY = 'var(--faulty)'
export const QUIET = 'var(--quiet)'

const COLOURS = 6
const DASHES = ['', '7 3', '2 2.5', '9 3 2 3', '5 2', '12 3 2 3 2 3'] as const

/**
 * The i-th of several lines: no two of the first six share a colour or a dash. The first is a broad pale line to draw
 * underneath, so that lines which agree with it stay visible upon it.
 */
export const inkOf = (i: number): Ink => ({
  colour: `var(--series-${(i % COLOURS) + 1})`,
  dash: DASHES[(i + Math.floor(i / COLOURS)) % DASHES.length],
  width: i === 0 ? 5 : 1.5,
  opacity: i === 0 ? 0.45 : 1,
})
