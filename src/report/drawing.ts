import { parseHTML } from 'linkedom'
import { escapeHtml } from './markup.js'

/** Plot is an ES module: a package in CommonJS loads it when it first draws. */
export type PlotModule = typeof import('@observablehq/plot', { with: { 'resolution-mode': 'import' }})
export type PlotOptions = NonNullable<Parameters<PlotModule['plot']>[0]>
export type Mark = NonNullable<PlotOptions['marks']>[number]

/** A chart on the server: Plot's marks, and a way to make markup of them. */
export interface Drawing {
  readonly plot: PlotModule
  /** Inline SVG that scales with its container; `label` says in plain text what a reader would see. */
  draw(label: string, options: PlotOptions): string
}

export async function openDrawing(): Promise<Drawing> {
  const plot: PlotModule = await import('@observablehq/plot')
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  return {
    plot,
    draw(label, options) {
      const chart = plot.plot({ document, className: 'plot', ...options })
      return inlineSvg(label, String(chart.outerHTML))
    },
  }
}

/** The page styles its charts itself, and a tenth of a pixel is enough. */
function inlineSvg(label: string, markup: string): string {
  return markup
    .replace(/<style>[^<]*<\/style>/, '')
    .replace(/ aria-label="[^"]*"/g, '')
    .replace(/ (?:d|transform|x|y|cx|cy|x1|x2|y1|y2|width|height)="[^"]*"/g, attribute =>
      attribute.replace(/-?\d+\.\d{2,}/g, number => String(Number(Number(number).toFixed(1)))),
    )
    .replace('<svg ', `<svg role="img" aria-label="${escapeHtml(label)}" `)
}

/** The same chart for a wide page and for a phone: the style sheet shows one of them. */
export const wideAndNarrow = (draw: (width: number) => string): string =>
  `<div class="wide">${draw(WIDE)}</div><div class="narrow">${draw(NARROW)}</div>`

export const WIDE = 900
export const NARROW = 420
