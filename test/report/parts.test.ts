import { describe, expect, it } from 'vitest'
import { binomialBand95 } from '../../src/report/chart-calibration.js'
import { manifestTable } from '../../src/report/manifest.js'
import { escapeHtml, htmlTable } from '../../src/report/markup.js'
import { clamp, cutOff, robustSpan } from '../../src/report/span.js'
import { axisOf, daysToDraw, isolatedDays, timelineOf } from '../../src/report/timeline.js'

describe('the robust range', () => {
  const calm = [1, 2, 3]

  it('holds everything while no series explodes', () => {
    expect(robustSpan([calm, [2, 3, 4]], [1, -2])).toEqual({ low: 0, high: 4 })
  })

  it('leaves out a series that explodes, and says what it left out', () => {
    const span = robustSpan([calm, [2, 3, 4], [1000, 3, Number.NaN]], [1, -2])
    expect(span.high).toBeLessThan(6)
    expect(cutOff('wild', [1000, 3, Number.NaN, 2000], span)).toEqual({ name: 'wild', days: 2, extreme: 2000 })
    expect(cutOff('calm', calm, span)).toBeNull()
    expect(clamp(1000, span)).toBe(span.high)
    expect(clamp(Number.NaN, span)).toBeNaN()
  })

  it('is bounded below too', () => {
    const span = robustSpan([calm, calm, calm, [-1000, 1, 1]], [1, -2])
    expect(span.low).toBeGreaterThan(-10)
  })

  it('is never empty', () => {
    expect(robustSpan([[Number.NaN], []], [])).toEqual({ low: -1, high: 1 })
    expect(robustSpan([[0, 0]], [0])).toEqual({ low: -1, high: 1 })
  })
})

describe('the timeline', () => {
  it('is one of dates where every label is a date', () => {
    expect(timelineOf(['2020-01-01', '2020-01-02']).type).toBe('utc')
    expect(timelineOf(['2020-01-01', 'day 2']).type).toBe('linear')
    expect(timelineOf(['2020-01-01', '2020-13-45']).type).toBe('linear')
  })

  it('has room for a single day', () => {
    const timeline = timelineOf(['2020-01-01'])
    expect(timeline.domain).toEqual([0, 2])
    expect(axisOf(timeline, 5)).toMatchObject({ label: '2020-01-01', ticks: [] })
  })

  it('finds the days that a line alone would not show', () => {
    expect(isolatedDays(Float64Array.of(1, Number.NaN, 2, 3, Number.NaN, 4))).toEqual([0, 5])
  })
})

describe('thinning', () => {
  it('keeps every day of a short series', () => {
    expect(daysToDraw([new Float64Array(10)], 5)).toHaveLength(10)
  })

  it('keeps spikes, gaps and both ends of a long one', () => {
    const values = Float64Array.from({ length: 10_000 }, (_, i) => i % 7)
    values[1234] = 1000
    values[4321] = -1000
    values[7777] = Number.NaN
    const days = daysToDraw([values], 100)
    expect(days.length).toBeLessThan(350)
    for (const day of [0, 1234, 4321, 7777, 9999]) expect(days).toContain(day)
  })
})

describe('the band of a calibrated histogram', () => {
  it('holds 95 % of a binomial count: 6 to 20 of 250 in bins of 1/20', () => {
    const { low, high } = binomialBand95(250, 1 / 20)
    expect([low, high]).toEqual([6, 20])
  })

  it('is all there is for no days', () => {
    expect(binomialBand95(0, 1 / 20)).toEqual({ low: 0, high: 0 })
  })
})

describe('markup', () => {
  it('escapes what could end a text or an attribute', () => {
    expect(escapeHtml(`<a b="c" d='e'>&`)).toBe('&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;')
  })

  it('makes plain tables with headings of rows and columns', () => {
    const html = htmlTable({
      title: 'T',
      columns: [
        { title: 'a', align: 'left' },
        { title: 'n', align: 'right' },
      ],
      rows: [[{ text: 'x' }, { text: '1.5', striking: true }]],
      notes: [],
    })
    expect(html).toContain('<th scope="row">x</th><td class="n"><strong>1.5</strong></td>')
    expect(html).toContain('<th scope="col">a</th>')
  })
})

describe('the manifest', () => {
  it('is flattened to dotted names', () => {
    const { rows } = manifestTable({ a: 1, b: { c: 'd', e: [1, 2] }, f: {}, g: null })
    expect(rows.map(row => row.map(({ text }) => text))).toEqual([
      ['a', '1'],
      ['b.c', 'd'],
      ['b.e', '[1,2]'],
      ['f', '{}'],
      ['g', 'null'],
    ])
  })
})
