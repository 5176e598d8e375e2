import { parseHTML } from 'linkedom'
import { beforeAll, describe, expect, it } from 'vitest'
import { openStream, rootKey } from '../../src/base/index.js'
import { drawNormal } from '../../src/distributions/index.js'
import { type Posterior, summarise } from '../../src/inference/index.js'
import { densityOf } from '../../src/report/chart-density.js'
import { outsideShare, rankHistogram } from '../../src/report/chart-ranks.js'
import { type FitReport, fitPage, fitText, fitWarnings } from '../../src/report/index.js'

const normals = (seed: string, count: number, mean = 0): Float64Array => {
  const stream = openStream(rootKey(seed))
  return Float64Array.from({ length: count }, () => mean + drawNormal(stream))
}
const chainsOf = (seed: string, chains: number, draws = 500): Float64Array[] =>
  Array.from({ length: chains }, (_, c) => normals(`${seed} ${c}`, draws))

const labels = Array.from({ length: 300 }, (_, i) => new Date(Date.UTC(2019, 0, 1 + i)).toISOString().slice(0, 10))

function reportOf(posterior: Omit<Posterior, 'names' | 'method'> & { method?: string }): FitReport {
  const names = Object.keys(posterior.draws)
  const fit = { method: 'four honest chains', ...posterior, names }
  const risk = { horizonDays: 1, varInterval95: [2.9, 3.4] as const, esInterval95: null }
  return {
    model: { name: 'my<model>', prior: { nuShape: 4 } },
    seed: 'a & b',
    command: "swarmvar fit --seed 'a & b'",
    data: { source: 'my.csv, column close', labels, returns: normals('returns', 300) },
    fit: { ...fit, summary: summarise(fit) },
    predictions: [
      { level: 0.01, var: 3.125, es: 4.25, ...risk },
      { level: 0.05, var: 1.5, es: 2.5, ...risk },
    ],
    backcast: { from: 200, levels: [0.01, 0.05], vars: [new Float64Array(100).fill(2), new Float64Array(100).fill(1)] },
  }
}

const usual = reportOf({ draws: { mu: chainsOf('mu', 4), sigma: chainsOf('sigma', 4) }, paretoK: 0.1 })

describe('the page of a fit', () => {
  let html = ''
  let document: ReturnType<typeof parseHTML>['document']
  beforeAll(async () => {
    html = await fitPage(usual)
    document = parseHTML(html).document
  })

  it('loads nothing and runs nothing', () => {
    expect(html).not.toMatch(/https?:|\/\/[a-z]/)
    expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\(/)
    expect(html).toContain("default-src 'none'")
  })

  it('is a pure function of its input, and smaller than a megabyte', async () => {
    expect(await fitPage(usual)).toBe(html)
    expect(html.length).toBeLessThan(1e6)
  })

  it('says model, prior, data, seed, method and command, and escapes them', () => {
    const text = document.body.textContent ?? ''
    for (const said of [
      'my<model>',
      '{"nuShape":4}',
      'my.csv, column close',
      '300 returns',
      'four honest chains; 4 chains of 500 draws',
    ])
      expect(text).toContain(said)
    expect(document.querySelector('pre code')?.textContent).toBe("swarmvar fit --seed 'a & b'")
    expect(html).not.toContain('my<model>')
    expect(document.title).toContain('my<model>')
    expect(document.querySelectorAll('h1')).toHaveLength(1)
  })

  it('has both tables with every row', () => {
    const rows = [...document.querySelectorAll('table')].map(table =>
      [...table.querySelectorAll('tbody th')].map(cell => cell.textContent),
    )
    expect(rows).toEqual([
      ['mu', 'sigma'],
      ['1 %', '5 %'],
    ])
    const risk = [...document.querySelectorAll('table')[1].querySelectorAll('tbody tr')][0]
    expect([...risk.querySelectorAll('td')].map(cell => cell.textContent)).toEqual(['3.125', '2.900', '3.400', '4.250'])
  })

  it('draws trace, ranks and density of every parameter, each with a label that says what it shows', () => {
    const figures = [...document.querySelectorAll('#parameters ~ figure')]
    expect(figures).toHaveLength(2)
    figures.forEach((figure, i) => {
      const name = ['mu', 'sigma'][i]
      const charts = [...figure.querySelectorAll('svg.plot')].map(svg => svg.getAttribute('aria-label') ?? '')
      expect(charts).toHaveLength(3)
      expect(charts[0]).toContain(`Trace of ${name}`)
      expect(charts[1]).toContain(`Rank histograms of ${name}, 4 chains`)
      expect(charts[2]).toContain(`Density of ${name}`)
      const { rhat } = usual.fit.summary[i]
      expect(figure.querySelector('figcaption')?.textContent).toContain(`R-hat ${rhat.toFixed(3)}`)
    })
    const colours = new Set(
      [...figures[0].querySelectorAll('svg')[0].querySelectorAll('path[stroke^="var"], g[stroke^="var"]')].map(each =>
        each.getAttribute('stroke'),
      ),
    )
    expect(colours.size).toBe(4)
  })

  it('counts the returns below each −VaR', () => {
    const { returns } = usual.data
    const hits = (limit: number): number => returns.slice(200).filter(ret => ret < -limit).length
    expect(document.querySelector('#risk ~ figure figcaption')?.textContent).toContain(
      `${hits(2)} at 1\u00a0% (1.0 expected), ${hits(1)} at 5\u00a0% (5.0 expected)`,
    )
  })

  it('has no warning where all is well, and one before everything else where it is not', async () => {
    expect(document.querySelector('.warning')).toBeNull()
    const bad = await fitPage({ ...usual, fit: { ...usual.fit, fallback: 'no mode was found' } })
    const header = parseHTML(bad).document.querySelector('header .warning')
    expect(header?.textContent).toContain('no mode was found')
  })

  it('compares nothing where there is one chain, and says so', async () => {
    const { document: page } = parseHTML(await fitPage(reportOf({ draws: { mean: chainsOf('mean', 1) } })))
    expect(page.querySelectorAll('#parameters ~ figure svg.plot')).toHaveLength(2)
    expect(page.body.textContent).toContain('no rank plots')
  })

  it('shows a constant parameter as words, and a model without a posterior without parameters', async () => {
    const still = parseHTML(
      await fitPage(reportOf({ draws: { fixed: [new Float64Array(10).fill(3), new Float64Array(10).fill(3)] } })),
    )
    expect(still.document.body.textContent).toContain('fixed: every draw is 3.')
    const { backcast: _, ...none } = reportOf({ draws: {}, method: 'none: a benchmark' })
    const page = parseHTML(await fitPage(none)).document
    expect(page.querySelector('#parameters')).toBeNull()
    expect(page.querySelectorAll('table')).toHaveLength(1)
  })
})

describe('what is said of a fit', () => {
  it('warns of R-hat above 1.01, k-hat above .7, a fallback, and returns that look like fractions', () => {
    expect(fitWarnings(usual)).toEqual([])
    const apart = [normals('one', 200), normals('other', 200, 3)]
    const bad = reportOf({ draws: { mu: apart, sigma: chainsOf('sigma', 2) }, paretoK: 0.9, fallback: 'k-hat 0.90 exceeds 0.7' })
    const warnings = fitWarnings({ ...bad, data: { ...bad.data, returns: bad.data.returns.map(ret => ret / 100) } })
    expect(warnings).toHaveLength(4)
    ;['k-hat 0.90 exceeds 0.7', 'R-hat of mu', 'Pareto k-hat is 0.90', 'fractions'].forEach((said, i) => {
      expect(warnings[i]).toContain(said)
    })
    expect(fitText(bad).match(/^WARNING: /gm)).toHaveLength(3)
  })

  it('shows three digits of every spread, and NaN as a dash', () => {
    const text = fitText(
      reportOf({
        draws: {
          tiny: chainsOf('tiny', 2).map(chain => chain.map(x => 0.001 * x)),
          still: [new Float64Array(8), new Float64Array(8)],
        },
      }),
    )
    expect(text).toMatch(/^tiny +-?0\.00\d{3} +0\.00\d{3} /m)
    expect(text).toMatch(/^still +0\.0000 +0\.0000 +0\.0000 +0\.0000 +0\.0000 +– +– +– +–/m)
  })
})

describe('rank histograms', () => {
  it('count every draw once, and lie inside the band about as often as it says when the chains agree', () => {
    let outside = 0
    for (let i = 0; i < 20; i++) {
      const histogram = rankHistogram(chainsOf(`agree ${i}`, 4, 400), 1600)
      for (const row of histogram.counts) expect(row.reduce((a, b) => a + b)).toBe(400)
      for (let bin = 0; bin < 20; bin++) expect(histogram.counts.reduce((sum, row) => sum + row[bin], 0)).toBe(80)
      outside += outsideShare(histogram) / 20
    }
    expect(outside).toBeGreaterThan(0.02)
    expect(outside).toBeLessThan(0.09)
  })

  it('leave the band when a chain is elsewhere, and spread ties evenly', () => {
    const shifted = [...chainsOf('three', 3, 400), normals('shifted', 400, 2)]
    expect(outsideShare(rankHistogram(shifted, 1600))).toBeGreaterThan(0.5)
    const ties = Array.from({ length: 4 }, () => new Float64Array(400).fill(1))
    expect(outsideShare(rankHistogram(ties, 1600))).toBeLessThan(0.2)
  })

  it('widen their band where the draws are correlated', () => {
    const chains = chainsOf('band', 4, 400)
    const width = (ess: number): number => rankHistogram(chains, ess).high - rankHistogram(chains, ess).expected
    expect(width(400)).toBeCloseTo(2 * width(1600), 9)
  })
})

describe('densities', () => {
  it('integrate to one and follow the distribution they come from, also at an end', () => {
    const draws = normals('density', 20_000)
    for (const [given, at, expected] of [
      [draws, 0, 0.3989],
      [draws, 1, 0.242],
      [draws.map(Math.abs), 0.05, 0.797],
    ] as const) {
      const ends = Float64Array.from(given).sort()
      const { x, y } = densityOf(given, ends[0], ends[ends.length - 1])
      const width = x[1] - x[0]
      expect(y.reduce((sum, value) => sum + value, 0) * width).toBeCloseTo(1, 9)
      const nearest = x.findIndex(value => value > at)
      expect(y[nearest]).toBeGreaterThan(0.93 * expected)
      expect(y[nearest]).toBeLessThan(1.07 * expected)
    }
  })
})
