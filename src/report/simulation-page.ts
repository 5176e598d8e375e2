import { type Estimate, methodTable } from '../montecarlo/index.js'
import type { LevelSimulation } from '../validation/index.js'
import { convergenceChart } from './chart-convergence.js'
import { type Drawing, openDrawing } from './drawing.js'
import { HONEST } from './ink.js'
import { areaSwatch, escapeHtml, htmlFigure, htmlTable, legendOf, lineSwatch, paragraph, section } from './markup.js'
import { counted, fixed, percent } from './numbers.js'
import { page } from './page.js'
import { FACTOR_NOTE, remarksOf, rootSentence, type SimulationReport, simulationTable } from './simulation-tables.js'

/** One self-contained HTML page about a simulation. A pure function of its input. */
export async function simulationPage(report: SimulationReport): Promise<string> {
  const drawing = await openDrawing()
  const { simulation, command } = report
  const parts = simulation.levels.map((level, i) =>
    section(`level-${i}`, `Level ${percent(level.level)}`, ...levelPart(drawing, report, level)),
  )
  return page(
    `${simulation.model}: VaR and ES by simulation`,
    `${headline(report)}
<main>
${parts.join('\n')}
${section('command', 'The command that made this page', `<pre><code>${escapeHtml(command)}</code></pre>`)}
</main>`,
  )
}

function headline({ data, simulation }: SimulationReport): string {
  const { model, seed, horizonDays, paths, remark } = simulation
  const facts: [string, string][] = [
    ['Learnt from', `${data.labels.length.toLocaleString('en')} returns of ${data.source}`],
    ['Days', `${data.labels[0]} to ${data.labels[data.labels.length - 1]}`],
    ['Horizon', `${counted(horizonDays, 'day')}, the model simulated day by day under parameter draws of its posterior`],
    ['Budget', `${paths.toLocaleString('en')} paths a method, pilot runs included`],
    ['Seed', seed],
  ]
  return `<header>
<p class="eyebrow">swarmvar · risk by simulation</p>
<h1>${escapeHtml(model)}</h1>
<dl class="facts">
${facts.map(([term, value]) => `<dt>${term}</dt><dd>${escapeHtml(value)}</dd>`).join('\n')}
</dl>
${remark === null ? '' : `<div class="warning" role="note">${paragraph(`${remark}.`)}</div>`}
</header>`
}

const levelPart = (drawing: Drawing, report: SimulationReport, level: LevelSimulation): string[] => [
  htmlTable(simulationTable(report.simulation, level)),
  paragraph(rootSentence(report.simulation, level)),
  paragraph(FACTOR_NOTE, 'note'),
  ...remarksOf(level).map(remark => paragraph(remark, 'note')),
  ...(['var', 'es'] as const).flatMap(which => convergencePart(drawing, report, level, which)),
]

function convergencePart(
  drawing: Drawing,
  { simulation }: SimulationReport,
  level: LevelSimulation,
  which: 'var' | 'es',
): string[] {
  const shown = level.convergence.filter(row => row.length > 1)
  if (shown.length === 0) return []
  const all = shown.flat()
  const boundsOf = (estimate: Estimate) => (which === 'var' ? estimate.varInterval95 : estimate.esInterval95)
  // The widest band is plain Monte Carlo's at its smallest budget; a method that does worse is cut off.
  const measure = shown.find(([first]) => first.method === 'plain') ?? shown[0]
  const [low, high] = [Math.min(...measure.map(e => boundsOf(e)[0])), Math.max(...measure.map(e => boundsOf(e)[1]))]
  const room = 0.08 * (high - low)
  const costs = all.map(({ evaluations }) => evaluations)
  const domain = {
    paths: [Math.min(...costs), Math.max(...costs)],
    risk: [low - room, high + room],
  } as const
  const reference = simulation.horizonDays === 1 ? level.oneDay[which] : null
  const name = which === 'var' ? 'VaR' : 'ES'
  const panels = shown.map(row => {
    const { title } = methodTable[row[0].method]
    const last = row[row.length - 1]
    const said = `${name} by ${title}: ${fixed(last[which], 3)} with ${last.evaluations} evaluations`
    return `<div class="panel"><h4>${escapeHtml(title)}</h4>${convergenceChart(drawing, row, which, domain, reference, said)}</div>`
  })
  return [
    htmlFigure({
      charts: `<div class="panels">${panels.join('\n')}</div>`,
      legend: legendOf([
        { label: `${name}, percent`, swatch: lineSwatch({ colour: HONEST, width: 1.6 }) },
        { label: '95 % interval', swatch: areaSwatch(HONEST, 0.16) },
        ...(reference === null
          ? []
          : [{ label: 'closed form', swatch: lineSwatch({ colour: 'currentColor', dash: '3 2', width: 1 }) }]),
      ]),
      caption: `${name} against the number of evaluations (log axis), each point a run of its own, all charts on the same axes. A narrower band at the same number is a better method.`,
    }),
  ]
}
