import type { Scenario, SweepResult } from '../scenario/index.js'
import { heatMapFigure } from './chart-heat-map.js'
import { openDrawing } from './drawing.js'
import { type HeatMap, heatMapTable } from './heat-map.js'
import { type Manifest, manifestTable } from './manifest.js'
import { escapeHtml, htmlFigure, htmlTable, paragraph, prose, section } from './markup.js'
import { counted, listed } from './numbers.js'
import { page } from './page.js'
import { sweepTable } from './sweep-tables.js'

export interface SweepReport {
  readonly scenario: Scenario
  /** In the order of the grid. */
  readonly results: readonly SweepResult[]
  /** What follows from the results, in sentences. */
  readonly conclusions: readonly string[]
  readonly heatMaps: readonly HeatMap[]
  readonly manifest: Manifest
  /** The command line that makes the same results. */
  readonly command: string
}

/** One self-contained HTML page about a sweep. A pure function of its input. */
export async function sweepPage(report: SweepReport): Promise<string> {
  const { scenario, results, heatMaps, manifest, command } = report
  const drawing = await openDrawing()
  const parts = [
    {
      id: 'maps',
      title: 'At a glance',
      body: heatMaps.flatMap(map => [htmlFigure(heatMapFigure(drawing, map)), htmlTable(heatMapTable(map))]),
    },
    {
      id: 'results',
      title: 'Every point of the grid',
      body: [
        ...scenario.riskLevels.map(level => htmlTable(sweepTable(results, String(level)))),
        paragraph('results.csv beside this page has the numbers of every run in full, results.jsonl its summaries.', 'note'),
      ],
    },
    {
      id: 'provenance',
      title: 'Provenance',
      body: [
        paragraph('This command makes the same results:'),
        `<pre><code>${escapeHtml(command)}</code></pre>`,
        `<div class="wrap">${htmlTable(manifestTable(manifest))}</div>`,
      ],
    },
  ].filter(({ body }) => body.length > 0)
  const nav = parts.map(({ id, title }) => `<li><a href="#${id}">${escapeHtml(title)}</a></li>`).join('')
  return page(
    `${scenario.name}: a sweep`,
    `${headline(report)}
<nav aria-label="Contents"><ul>${nav}</ul></nav>
<main>
${parts.map(({ id, title, body }) => section(id, title, ...body)).join('\n')}
</main>`,
  )
}

function headline({ scenario, results, conclusions, manifest }: SweepReport): string {
  const names = Object.keys(results[0]?.point ?? {})
  const values = (name: string): number => new Set(results.map(({ point }) => JSON.stringify(point[name]))).size
  const rules = [...new Set(results.flatMap(({ trace }) => Object.keys(trace.rules)))]
  const facts: [string, string][] = [
    ['Seed', String(manifest.seed)],
    ['Results digest', String(manifest.resultsDigest)],
    ['Runs', `${results.length}, ${counted(Number(manifest.replications), 'run')} a point`],
    ['Grid', listed(names.map(name => `${counted(values(name), 'value')} of ${name}`)) || 'one point'],
    ['Forecast days', String(results[0]?.trace.days ?? 0)],
    ['Agents', String(scenario.agents.length)],
    ['Rules', listed(rules)],
  ]
  const says = conclusions.map(sentence => `<li>${prose(sentence)}</li>`).join('\n')
  return `<header>
<p class="eyebrow">swarmvar · sweep report</p>
<h1>${escapeHtml(scenario.name)}</h1>
<dl class="facts">
${facts.map(([term, value]) => `<dt>${term}</dt><dd>${escapeHtml(value)}</dd>`).join('\n')}
</dl>
${says === '' ? '' : `<ul class="summary">\n${says}\n</ul>`}
</header>`
}
