import { parseHTML } from 'linkedom'
import { beforeAll, describe, expect, it } from 'vitest'
import { compareEvaluations, evaluate } from '../../src/evaluation/index.js'
import { htmlReport } from '../../src/report/index.js'
import type { Trace } from '../../src/scenario/trace.js'
import { type SyntheticOptions, syntheticTrace, usualAgents } from './synthetic-trace.js'

const honest = usualAgents.filter(({ behaviour }) => behaviour.attack === undefined)
const report = (trace: Trace): Promise<string> =>
  htmlReport({
    trace,
    evaluation: evaluate(trace),
    manifest: { node: 'v22', 'a<b': ['<i>'] },
    replayCommand: 'swarmvar verify "runs/<x>"',
  })
const reportOf = (options: SyntheticOptions): Promise<string> => report(syntheticTrace(options))

describe('the page of a run', () => {
  let html = ''
  let document: ReturnType<typeof parseHTML>['document']

  beforeAll(async () => {
    const trace = syntheticTrace()
    const evaluation = evaluate(trace)
    const other = evaluate(syntheticTrace({ agents: honest }))
    const control = { evaluation: other, comparison: compareEvaluations(evaluation, other) }
    html = await htmlReport({ trace, evaluation, control, manifest: { node: 'v22' }, replayCommand: 'swarmvar verify runs/x' })
    document = parseHTML(html).document
  })

  it('loads nothing and runs nothing', () => {
    expect(html).not.toMatch(/https?:|\/\/[a-z]/)
    expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\(/)
    expect(html).toContain("default-src 'none'")
  })

  it('says the scenario, the seed, the digests and the command that replays it', () => {
    for (const text of [
      'nine-agents',
      'synthetic',
      syntheticTrace().digest,
      syntheticTrace().dataDigest,
      'swarmvar verify runs/x',
    ]) {
      expect(html).toContain(text)
    }
  })

  it('warns of an exceeded bound before anything else', () => {
    expect(document.querySelector('.warning')?.textContent).toContain('beyond the bound of mean (tolerates 0)')
  })

  it('has a language, a title, one first heading and a labelled section for every part', () => {
    expect(document.documentElement.getAttribute('lang')).toBe('en')
    expect(document.title).toContain('nine-agents')
    expect(document.querySelectorAll('h1')).toHaveLength(1)
    const sections = [...document.querySelectorAll('section')]
    expect(sections.map(section => section.querySelector('h2')?.id)).toEqual([
      'ensemble',
      'agents',
      'rules',
      'calibration',
      'faults',
      'sharing',
      'notes',
      'provenance',
    ])
  })

  it('gives every chart a name, and every figure a caption', () => {
    const charts = [...document.querySelectorAll('svg.plot')]
    expect(charts.length).toBeGreaterThan(25)
    for (const chart of charts) expect(chart.getAttribute('aria-label')?.length).toBeGreaterThan(5)
    for (const figure of document.querySelectorAll('figure')) expect(figure.querySelector('figcaption')?.textContent).not.toBe('')
  })

  it('tells faulty agents by dash and by word, not by colour alone', () => {
    const liar = [...document.querySelectorAll('.panel.faulty')].find(panel =>
      panel.querySelector('h3')?.textContent?.startsWith('liar'),
    )
    expect(liar?.textContent).toContain('faulty: understates risk by 70 %')
    expect(liar?.querySelector('[stroke-dasharray="4 2"]')).not.toBeNull()
  })

  it('says what the rules’ chart cut off', () => {
    expect(html).toMatch(/Off the scale: mean on 400 days, as far as 1\d\d\.\d/)
  })

  it('draws with colours that follow light and dark, scaled by viewBox', () => {
    expect(html).toContain('prefers-color-scheme: dark')
    expect(html).toContain('@media print')
    for (const chart of document.querySelectorAll('svg.plot')) expect(chart.getAttribute('viewBox')).toMatch(/^0 0 \d+ \d+$/)
    expect(html).not.toMatch(/(?:stroke|fill)="(?:#|rgb|black|white)/)
  })

  it('is the same page for the same run', async () => {
    expect(await reportOf({ days: 30 })).toBe(await reportOf({ days: 30 }))
  })

  it('never shows NaN, undefined or Infinity', () => {
    expect(html).not.toMatch(/NaN|undefined|Infinity|\bnull\b/)
  })
})

describe('the page of an unusual run', () => {
  it('escapes what a user may have named', async () => {
    const evil = `<script>alert("x")</script>'`
    const agents = [{ id: evil, model: { name: evil }, behaviour: { attack: { kind: evil, [evil]: evil } } }, ...honest]
    const trace = syntheticTrace({ days: 30, agents, name: evil, seed: evil })
    const note = { day: evil, atMs: 0, agent: evil, kind: evil, detail: evil }
    const html = await report({ ...trace, digest: evil, notes: [note], days: trace.days.map((_, i) => `${evil} ${i}`) })
    expect(html).not.toContain('<script')
    expect(html).not.toMatch(/<(?!\/?[a-z!])/)
    expect(html).toContain('&lt;script&gt;')
    const { document } = parseHTML(html)
    expect(document.querySelector('h1')?.textContent).toBe(evil)
    expect(document.querySelectorAll('script')).toHaveLength(0)
  })

  it('shows a single day, and an agent that was never heard', async () => {
    const html = await reportOf({ days: 1, agents: [...honest, { ...honest[0], id: 'mute' }] })
    expect(html).toContain('no accepted report')
    expect(html).not.toMatch(/NaN|undefined|Infinity/)
  })

  it('does without faults, without a mean rule and without dates', async () => {
    const html = await reportOf({ days: 40, agents: honest, rules: [{ name: 'median' }], dated: false })
    expect(html).not.toContain('class="warning"')
    expect(html).toContain('None of the 7 agents is faulty')
    expect(html).not.toMatch(/NaN|undefined|Infinity/)
  })

  it('shows a VaR that is negative throughout', async () => {
    const agents = [
      { ...usualAgents[7], id: 'cheer', behaviour: { attack: { kind: 'bias', value: -1000 } } },
      ...honest.slice(0, 2),
    ]
    const html = await reportOf({ days: 40, agents, rules: [{ name: 'mean' }] })
    expect(html).toContain('FZ0 of cheer has no value')
    expect(html).not.toMatch(/NaN|undefined|Infinity/)
  })

  it('stays below 2 MB with 1,000 days and nine agents', async () => {
    expect((await reportOf({ days: 1000 })).length).toBeLessThan(2e6)
  })
})
