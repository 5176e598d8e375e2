import type { Table } from './table.js'

const ENTITIES: { readonly [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text for HTML, inside elements and inside quoted attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, character => ENTITIES[character])

/** Escaped like {@link escapeHtml}; a number stays on the line of its percent sign. */
export const prose = (text: string): string => escapeHtml(text).replace(/(\d) %/g, '$1&nbsp;%')

/** A plain <table> in a container that scrolls by itself; its cells copy as plain numbers. */
export function htmlTable({ title, columns, rows, notes }: Table): string {
  const side = (j: number): string => (columns[j].align === 'right' ? ' class="n"' : '')
  const head = columns.map(({ title }, j) => `<th scope="col"${side(j)}>${escapeHtml(title)}</th>`).join('')
  const body = rows.map(row => {
    const cells = row.map(({ text, striking }, j) => {
      const content = striking ? `<strong>${escapeHtml(text)}</strong>` : escapeHtml(text)
      return j === 0 ? `<th scope="row"${side(j)}>${content}</th>` : `<td${side(j)}>${content}</td>`
    })
    return `<tr>${cells.join('')}</tr>`
  })
  const foot = notes.map(note => `<p class="note">${escapeHtml(note)}</p>`).join('\n')
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(title)}">
<table>
<caption>${escapeHtml(title)}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table>
</div>
${foot}`
}

export interface Figure {
  /** Ready-made markup: one or more charts. */
  readonly charts: string
  /** Plain text. */
  readonly caption: string
  /** Ready-made markup: a legend under the charts. */
  readonly legend?: string
}

export const htmlFigure = ({ charts, caption, legend = '' }: Figure): string =>
  `<figure>
${charts}
${legend}
<figcaption>${prose(caption)}</figcaption>
</figure>`

export const section = (id: string, title: string, ...parts: readonly string[]): string =>
  `<section aria-labelledby="${id}">
<h2 id="${id}">${escapeHtml(title)}</h2>
${parts.filter(part => part !== '').join('\n')}
</section>`

export const paragraph = (text: string, kind = ''): string => `<p${kind === '' ? '' : ` class="${kind}"`}>${prose(text)}</p>`

/** How one line is drawn, on a chart and in its legend. */
export interface Ink {
  readonly colour: string
  /** An SVG dash array, or '' for a solid line. */
  readonly dash: string
  readonly width: number
  readonly opacity: number
}

/** A legend of lines. Labels are plain text. */
export function legendOf(entries: readonly { readonly label: string; readonly swatch: string }[]): string {
  const items = entries.map(({ label, swatch }) => `<li>${swatch} ${escapeHtml(label)}</li>`)
  return `<ul class="legend">${items.join('')}</ul>`
}

const swatch = (content: string): string =>
  `<svg class="swatch" width="26" height="12" viewBox="0 0 26 12" aria-hidden="true">${content}</svg>`

export const lineSwatch = ({ colour, dash = '', width, opacity = 1 }: Partial<Ink> & Pick<Ink, 'colour' | 'width'>): string =>
  swatch(
    `<line x1="1" y1="6" x2="25" y2="6" stroke="${colour}" stroke-width="${width}" stroke-opacity="${opacity}"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}/>`,
  )

export const dotSwatch = (colour: string, fill: string): string =>
  swatch(`<circle cx="13" cy="6" r="3.5" stroke="${colour}" stroke-width="1.5" fill="${fill}"/>`)

export const areaSwatch = (colour: string, opacity: number): string =>
  swatch(`<rect x="1" y="1" width="24" height="10" fill="${colour}" fill-opacity="${opacity}"/>`)

export const crossSwatch = (colour: string): string =>
  swatch(`<path d="M9.5,2.5l7,7m0,-7l-7,7" stroke="${colour}" stroke-width="2"/>`)
