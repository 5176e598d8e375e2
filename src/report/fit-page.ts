import type { ParameterSummary } from '../inference/index.js'
import { densityChart } from './chart-density.js'
import { outsideShare, rankHistogram, ranksChart } from './chart-ranks.js'
import { returnsFigure } from './chart-returns.js'
import { chainColour, traceChart } from './chart-trace.js'
import { type Drawing, openDrawing } from './drawing.js'
import { type FitReport, fitWarnings, methodSentence, posteriorTable, riskTable } from './fit-tables.js'
import { HONEST, QUIET } from './ink.js'
import { areaSwatch, escapeHtml, htmlFigure, htmlTable, legendOf, lineSwatch, paragraph, section } from './markup.js'
import { fixed, percent } from './numbers.js'
import { page } from './page.js'

/** One self-contained HTML page about a trained model: nothing in it is loaded from elsewhere. A pure function of its input. */
export async function fitPage(report: FitReport): Promise<string> {
  const drawing = await openDrawing()
  const { fit, model } = report
  const parts = [
    { id: 'posterior', title: 'What the model believes', body: posteriorPart(report) },
    { id: 'risk', title: 'The risk that follows', body: riskPart(drawing, report) },
    { id: 'parameters', title: 'Every parameter’s chains', body: fit.names.length === 0 ? [] : parametersPart(drawing, report) },
    {
      id: 'command',
      title: 'The command that made this page',
      body: [`<pre><code>${escapeHtml(report.command)}</code></pre>`],
    },
  ].filter(({ body }) => body.length > 0)
  const nav = parts.map(({ id, title }) => `<li><a href="#${id}">${escapeHtml(title)}</a></li>`).join('')
  return page(
    `${model.name}: posterior and Value-at-Risk`,
    `${headline(report)}
<nav aria-label="Contents"><ul>${nav}</ul></nav>
<main>
${parts.map(({ id, title, body }) => section(id, title, ...body)).join('\n')}
</main>`,
  )
}

function headline(report: FitReport): string {
  const { model, seed, data } = report
  const warnings = fitWarnings(report)
  const facts: [string, string][] = [
    ['Learnt from', `${data.labels.length.toLocaleString('en')} returns of ${data.source}`],
    ['Days', `${data.labels[0]} to ${data.labels[data.labels.length - 1]}`],
    ...(['prior', 'options'] as const).flatMap((field): [string, string][] =>
      model[field] === undefined ? [] : [[field === 'prior' ? 'Prior' : 'Options', JSON.stringify(model[field])]],
    ),
    ['Seed', seed],
  ]
  const alarm =
    warnings.length === 0
      ? ''
      : `<div class="warning" role="note">\n<h2>Read these numbers with care</h2>\n${warnings.map(warning => paragraph(warning)).join('\n')}\n</div>`
  return `<header>
<p class="eyebrow">swarmvar · one model</p>
<h1>${escapeHtml(model.name)}</h1>
<dl class="facts">
${facts.map(([term, value]) => `<dt>${term}</dt><dd>${escapeHtml(value)}</dd>`).join('\n')}
</dl>
${alarm}
</header>`
}

const posteriorPart = (report: FitReport): string[] => [
  ...(report.fit.names.length === 0 ? [] : [htmlTable(posteriorTable(report))]),
  paragraph(methodSentence(report)),
  ...(report.fit.names.length === 0 ? [] : [paragraph(TABLE_NOTE, 'note')]),
]

const TABLE_NOTE =
  'MCSE is the Monte Carlo standard error of the mean. R-hat compares the chains with each other, on ranks: above 1.01 they do not ' +
  'agree. ESS is the number of independent draws that would say as much, about the bulk and about the tails (Vehtari et al. 2021).'

const riskPart = (drawing: Drawing, report: FitReport): string[] => [
  htmlTable(riskTable(report)),
  paragraph(RISK_NOTE, 'note'),
  htmlFigure(returnsFigure(drawing, report)),
]

const RISK_NOTE =
  'Positive losses of the posterior predictive, which integrates over the parameters. Intervals are the central 95 % of VaR(θ) over ' +
  'the posterior: they say how well the parameters are known, and nothing about the model being wrong.'

function parametersPart(drawing: Drawing, { fit }: FitReport): string[] {
  const chains = fit.draws[fit.names[0]]
  const isCompared = chains.length > 1
  return [
    paragraph(
      'Trace: the draws in the order they were made. ' +
        (isCompared
          ? 'Ranks: where each chain’s draws rank among those of all chains; chains that agree fill all bins alike, inside the grey band (95 % of the counts, bin by bin, so about one in 20 lies outside by chance). '
          : 'One chain of draws has nothing to be compared with, so there are no rank plots. ') +
        'Density: the posterior density; shaded the central 95 %, dashed the median.',
    ),
    legendOf([
      ...(isCompared
        ? chains.slice(0, 6).map((_, c) => ({
            label: `chain ${c + 1}${c + 6 < chains.length ? ` (and ${c + 7})` : ''}`,
            swatch: lineSwatch({ colour: chainColour(c), width: 1.8 }),
          }))
        : []),
      { label: isCompared ? 'all chains' : 'all draws', swatch: lineSwatch({ colour: 'currentColor', width: 1.8 }) },
      { label: 'central 95 %', swatch: areaSwatch(HONEST, 0.16) },
      ...(isCompared ? [{ label: 'rank counts of chains that agree', swatch: areaSwatch(QUIET, 0.28) }] : []),
    ]),
    ...fit.summary.map(row => parameterFigure(drawing, row, fit.draws[row.name])),
  ]
}

function parameterFigure(drawing: Drawing, row: ParameterSummary, chains: readonly Float64Array[]): string {
  const { name, mean, q025, q50, q975, rhat, essBulk, essTail } = row
  if (!(row.sd > 0)) return paragraph(`${name}: every draw is ${mean}.`)
  const digits = Math.min(8, Math.max(0, 2 - Math.floor(Math.log10(row.sd))))
  const said =
    `${name}: mean ${mean.toFixed(digits)}, 95 % in ${q025.toFixed(digits)} to ${q975.toFixed(digits)}; R-hat ${fixed(rhat, 3)}, ` +
    `bulk ESS ${fixed(essBulk, 0)}, tail ESS ${fixed(essTail, 0)}`
  const panel = (title: string, svg: string): string => `<div class="panel"><h4>${title}</h4>${svg}</div>`
  const panels = [panel('trace', traceChart(drawing, chains, `Trace of ${said}`))]
  let remark = ''
  if (chains.length > 1) {
    const histogram = rankHistogram(chains, essBulk)
    const outside = outsideShare(histogram)
    remark = ` Rank bins outside the band: ${percent(Math.round(1000 * outside) / 1000)}.`
    panels.push(panel('ranks', ranksChart(drawing, histogram, `Rank histograms of ${name}, ${chains.length} chains:${remark}`)))
  }
  panels.push(panel('density', densityChart(drawing, chains, [q025, q50, q975], `Density of ${said}`)))
  return `<h3 class="parameter">${escapeHtml(name)}</h3>
${htmlFigure({ charts: `<div class="panels">${panels.join('\n')}</div>`, caption: `${said}.${remark}` })}`
}
