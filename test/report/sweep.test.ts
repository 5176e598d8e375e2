import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseHTML } from 'linkedom'
import type { HeatMap, SweepResult } from 'swarmvar'
import { describe, expect, it } from 'vitest'
import { colourAt, inkOn } from '../../src/report/chart-heat-map.js'
import { cellText, heatMapTable, rangeOf, shareOf } from '../../src/report/heat-map.js'
import { saveSweep, sweepCsv, sweepManifest, sweepPage, sweepTable, sweepTextTables } from '../../src/report/index.js'
import { spreadOf } from '../../src/report/sweep-tables.js'
import { cheapScenario } from '../scenario/cheap.js'

const score = (pinball: number | null) => ({
  days: 5,
  hits: 1,
  meanVar: 2.5,
  meanEs: 3,
  meanVarInterval95: null,
  transitions: [0, 0, 0, 0] as const,
  nonPositiveEsDays: 0,
  pinball,
  fz0: null,
})

const result = (attack: string, replication: number, loss: number | null): SweepResult => ({
  point: { attack },
  replication,
  seed: `s/${attack}/${replication}`,
  trace: {
    scenario: 'cheap',
    seed: 's',
    digest: `${attack}-${replication}-0123456789`,
    days: 5,
    rules: { mean: { 0.01: score(loss) } },
    agents: { 'a,"b"': { 0.01: score(loss) } },
    notes: {},
  },
})

const map: HeatMap = {
  title: 'Error <of> VaR',
  caption: 'What it is.',
  rowTitle: 'attack',
  columnTitle: 'rule',
  rows: ['none & nothing', 'mimic'],
  columns: ['mean', 'median', 'krum'],
  values: [
    [0, 1.5, null],
    [1e6, 12.34, 100],
  ],
  scale: 'log',
  range: [1, 100],
  unit: '%',
  digits: 1,
}

describe('a sweep’s table', () => {
  it('has a row a run with its digest when every point was run once', () => {
    const { rows, columns } = sweepTable([result('none', 0, 0.1), result('mimic', 0, null)], '0.01')
    expect(columns.map(({ title }) => title)).toEqual(['attack', 'mean', 'digest'])
    expect(rows.map(row => row.map(({ text }) => text))).toEqual([
      ['none', '0.1000', 'none-0-01234'],
      ['mimic', '–', 'mimic-0-0123'],
    ])
  })

  it('has a row a point with mean and standard error when points were run several times', () => {
    const losses = [0.1, 0.2, 0.6]
    const { rows } = sweepTable(
      losses.map((loss, i) => result('none', i, loss)),
      '0.01',
    )
    // By hand: mean .3, sd sqrt((.04 + .01 + .09) / 2), over sqrt 3.
    expect(rows.map(row => row.map(({ text }) => text))).toEqual([['none', '3', '0.3000 ± 0.1528']])
    expect(spreadOf([0.1, null, 0.2, 0.6]).standardError).toBeCloseTo(Math.sqrt(0.14 / 2 / 3), 12)
    expect(spreadOf([null, 4])).toEqual({ mean: 4, standardError: null })
    expect(spreadOf([])).toEqual({ mean: null, standardError: null })
  })

  it('for a terminal is parted, five rules a table, each with the points that were run with one of them', () => {
    const wide = ['none', 'mimic'].map((attack, i) => {
      const one = result(attack, 0, 0.1)
      const names = i === 0 ? ['a', 'b', 'c', 'd', 'e', 'f'] : ['f']
      return { ...one, trace: { ...one.trace, rules: Object.fromEntries(names.map(name => [name, one.trace.rules.mean])) } }
    })
    const [first, second] = sweepTextTables(wide, '0.01')
    expect(first.columns.map(({ title }) => title)).toEqual(['attack', 'a', 'b', 'c', 'd', 'e', 'digest'])
    expect(first.rows.map(([point]) => point.text)).toEqual(['none'])
    expect(second.columns.map(({ title }) => title)).toEqual(['attack', 'f', 'digest'])
    expect(second.rows.map(([point]) => point.text)).toEqual(['none', 'mimic'])
  })

  it('as CSV has every run, stream and level in full, quoted where it must be', () => {
    const lines = sweepCsv([result('none', 0, 1 / 3), result('mimic, or not', 1, null)]).split('\n')
    expect(lines[0]).toBe('attack,replication,seed,digest,stream,name,level,days,hits,meanVar,meanEs,pinball,fz0')
    expect(lines[1]).toBe(`none,0,s/none/0,none-0-0123456789,rule,mean,0.01,5,1,2.5,3,${1 / 3},`)
    expect(lines[2]).toContain(',agent,"a,""b""",0.01,')
    expect(lines[3].startsWith('"mimic, or not",1,')).toBe(true)
    expect(lines).toHaveLength(6)
  })
})

describe('a heat map', () => {
  it('places values between the ends of its colours, beyond which the last colour stays', () => {
    expect([1, 10, 100, 1e6, 0].map(value => shareOf(value, [1, 100], 'log'))).toEqual([0, 0.5, 1, 1, 0])
    expect([2, 3, 4, 9].map(value => shareOf(value, [2, 4], 'linear'))).toEqual([0, 0.5, 1, 1])
    expect(rangeOf({ ...map, range: undefined } as never)).toEqual([1.5, 1e6])
    expect(rangeOf({ ...map, range: undefined, values: [[null]] } as never)).toEqual([1, 10])
    expect(rangeOf({ ...map, range: undefined, values: [[3]], scale: 'linear' } as never)).toEqual([3, 4])
  })

  it('writes values that fit their cells', () => {
    expect([0.123, 12.34, 123.4, 12345, 1234567, null, -0.5].map(value => cellText(value, 2))).toEqual([
      '0.12',
      '12.3',
      '123',
      '12345',
      '1e6',
      '–',
      '-0.50',
    ])
    expect(heatMapTable(map).rows.map(row => row.map(({ text }) => text))).toEqual([
      ['none & nothing', '0.0', '1.5', '–'],
      ['mimic', '1.0e6', '12.3', '100.0'],
    ])
  })

  it('grows darker with every step, and its numbers stay readable', () => {
    const linear = (c: number): number => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    const luminance = (rgb: readonly number[]): number =>
      0.2126 * linear(rgb[0] / 255) + 0.7152 * linear(rgb[1] / 255) + 0.0722 * linear(rgb[2] / 255)
    const inks: { readonly [ink: string]: number } = { '#16181c': luminance([22, 24, 28]), '#ffffff': 1 }
    let last = 1
    for (let share = 0; share <= 1; share += 0.01) {
      const light = luminance(colourAt(share).match(/\d+/g)!.map(Number))
      expect(light).toBeLessThan(last)
      last = light
      const ink = inks[inkOn(share)]
      expect((Math.max(light, ink) + 0.05) / (Math.min(light, ink) + 0.05)).toBeGreaterThanOrEqual(4)
    }
  })
})

describe('a sweep’s page', () => {
  const scenario = cheapScenario({ riskLevels: [0.01] })
  const results = [result('none', 0, 0.1), result('mimic', 0, 0.2)]
  const facts = {
    scenario: 'cheap',
    seed: 's',
    grid: { attack: ['none', 'mimic'] },
    replications: 1,
    paired: true,
    command: 'swarmvar sweep x.ts',
    file: __filename,
    use: [],
  }
  const manifest = sweepManifest(facts, results)
  const report = {
    scenario,
    results,
    conclusions: ['Nothing <much> follows.'],
    heatMaps: [map],
    manifest,
    command: facts.command,
  }

  it('shows conclusions, heat maps with legend and numbers, every point and where it came from, and loads nothing', async () => {
    const html = await sweepPage(report)
    const { document } = parseHTML(html)
    const text = String(document.body.textContent)
    for (const part of [
      'Nothing <much> follows.',
      'Error <of> VaR',
      'none & nothing',
      '≤ 1 %',
      '≥ 100 %',
      '1e6',
      'swarmvar sweep x.ts',
    ])
      expect(text).toContain(part)
    expect(document.querySelectorAll('svg')).toHaveLength(2)
    expect(document.querySelectorAll('table')).toHaveLength(3)
    expect(html).not.toMatch(/<script|(?:src|href)="(?!#)/)
    expect(await sweepPage(report)).toBe(html)
  })

  it('is saved whole with its results, replaces a sweep only when forced, and nothing else', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'swarmvar-')), 'out')
    await saveSweep(folder, report, false)
    expect(readdirSync(folder).sort()).toEqual(['manifest.json', 'report.html', 'results.csv', 'results.jsonl'])
    const lines = readFileSync(join(folder, 'results.jsonl'), 'utf8').trim().split('\n')
    expect(lines.map(line => JSON.parse(line))).toEqual(results)
    expect(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))).toMatchObject({
      kind: 'sweep',
      runs: 2,
      paired: true,
      grid: facts.grid,
    })
    await expect(saveSweep(folder, report, false)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' })
    await saveSweep(folder, report, true)
    const other = mkdtempSync(join(tmpdir(), 'swarmvar-'))
    await expect(saveSweep(other, report, true)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' })
  })

  it('has a digest of its results that any other result changes', () => {
    const other = sweepManifest(facts, [results[0], { ...results[1], trace: { ...results[1].trace, digest: 'other' } }])
    expect(other.resultsDigest).not.toBe(manifest.resultsDigest)
  })
})
