import type { Evaluation, EvaluationComparison, IntakeCount } from '../evaluation/index.js'
import type { Conclusion } from '../scenario/conclusion.js'
import type { Trace } from '../scenario/trace.js'
import { agentsFigure } from './chart-agents.js'
import { calibrationFigure } from './chart-calibration.js'
import { ensembleFigure } from './chart-ensemble.js'
import { lossesFigure } from './chart-losses.js'
import { rulesFigure } from './chart-rules.js'
import { sharingTable } from './comparison-table.js'
import { conclusionParts } from './conclusions.js'
import { type Drawing, openDrawing } from './drawing.js'
import { agentsTable, notesTable, rulesTable, toleranceTable } from './evaluation-tables.js'
import { type Manifest, manifestTable } from './manifest.js'
import { escapeHtml, htmlFigure, htmlTable, paragraph, prose, section } from './markup.js'
import { counted, listed } from './numbers.js'
import { page } from './page.js'
import { blameTable, screeningTable } from './screening-tables.js'
import { preferredRule, summarise } from './summary.js'

export interface ReportInput {
  readonly trace: Trace
  readonly evaluation: Evaluation
  /** The same run without sharing, and the comparison of the two (this run first). */
  readonly control?: { readonly evaluation: Evaluation; readonly comparison: EvaluationComparison }
  /** What the scenario's file concludes from the run. */
  readonly conclusions?: readonly Conclusion[]
  readonly manifest: Manifest
  /** The command line that replays the run. */
  readonly replayCommand: string
}

/** One self-contained HTML page about a run: nothing in it is loaded from elsewhere. A pure function of its input. */
export async function htmlReport(input: ReportInput): Promise<string> {
  const drawing = await openDrawing()
  const parts = [
    { id: 'conclusions', title: 'What the scenario concludes', body: conclusionParts(input.conclusions ?? []) },
    { id: 'ensemble', title: 'The ensemble against the market', body: ensemblePart(drawing, input) },
    { id: 'agents', title: 'What each agent said', body: agentsPart(drawing, input) },
    { id: 'rules', title: 'The rules compared', body: rulesPart(drawing, input) },
    { id: 'calibration', title: 'Calibration', body: calibrationPart(drawing, input) },
    { id: 'screening', title: 'Screening agents by their record', body: screeningPart(input) },
    { id: 'faults', title: 'Faults and bounds', body: [htmlTable(toleranceTable(input.evaluation)), ...blamePart(input)] },
    { id: 'sharing', title: 'Learning from each other against not', body: sharingPart(input) },
    { id: 'notes', title: 'Notes of the run', body: notesPart(input) },
    { id: 'provenance', title: 'Provenance', body: provenancePart(input) },
  ].filter(({ body }) => body.length > 0)
  const nav = parts.map(({ id, title }) => `<li><a href="#${id}">${escapeHtml(title)}</a></li>`).join('')
  return page(
    `${input.evaluation.scenario}: ensemble Value-at-Risk`,
    `${headline(input)}
<nav aria-label="Contents"><ul>${nav}</ul></nav>
<main>
${parts.map(({ id, title, body }) => section(id, title, ...body)).join('\n')}
</main>`,
  )
}

function headline({ trace, evaluation, control }: ReportInput): string {
  const { warnings, sentences } = summarise(evaluation, control?.comparison)
  const alarm = warnings.map(
    warning =>
      `<div class="warning" role="note">\n<h2>More faulty agents than a rule tolerates</h2>\n${paragraph(warning)}\n</div>`,
  )
  const span = evaluation.days === 1 ? evaluation.firstDay : `${evaluation.firstDay} to ${evaluation.lastDay}`
  const facts: [string, string][] = [
    ['Seed', escapeHtml(evaluation.seed)],
    ['Digest', `<code>${escapeHtml(evaluation.digest)}</code>`],
    ['Data digest', `<code>${escapeHtml(trace.dataDigest)}</code>`],
    ['Forecast days', escapeHtml(`${evaluation.days} (${span})`)],
    ['Agents', escapeHtml(`${Object.keys(evaluation.agents).length}, ${evaluation.faulty.length} faulty by design`)],
    ['Rules', escapeHtml(listed(Object.keys(evaluation.rules)))],
  ]
  return `<header>
<p class="eyebrow">swarmvar · run report</p>
<h1>${escapeHtml(evaluation.scenario)}</h1>
<dl class="facts">
${facts.map(([term, value]) => `<dt>${term}</dt><dd>${value}</dd>`).join('\n')}
</dl>
${alarm.join('\n')}
<ul class="summary">
${sentences.map(sentence => `<li>${prose(sentence)}</li>`).join('\n')}
</ul>
</header>`
}

function ensemblePart(drawing: Drawing, { trace, evaluation }: ReportInput): string[] {
  const rule = preferredRule(evaluation)
  return rule === null ? [] : [htmlFigure(ensembleFigure(drawing, trace, evaluation.levels, rule))]
}

const agentsPart = (drawing: Drawing, { trace, evaluation }: ReportInput): string[] => [
  htmlFigure(agentsFigure(drawing, trace, evaluation, preferredRule(evaluation))),
  ...evaluation.levels.map(level => htmlTable(agentsTable(evaluation, level, 'page'))),
  paragraph(TABLE_NOTE, 'note'),
]

const rulesPart = (drawing: Drawing, { trace, evaluation }: ReportInput): string[] => [
  htmlFigure(rulesFigure(drawing, trace, evaluation, preferredRule(evaluation))),
  htmlFigure(lossesFigure(drawing, evaluation)),
  ...evaluation.levels.map(level => htmlTable(rulesTable(evaluation, level, 'page'))),
  paragraph(
    `${TABLE_NOTE} Δ: less the mean rule’s, so that negative favours the rule; DM p: Diebold–Mariano of the daily losses, two-sided, with Newey–West’s variance.`,
    'note',
  ),
]

const TABLE_NOTE =
  'VaR and ES in percent; a hit is a return below −VaR. Kupiec p tests the rate of hits, Christ. p the rate and their independence ' +
  '(Christoffersen’s conditional coverage); below .05 they are bold; days without an accepted report are left out. ' +
  'Pinball and FZ0 are mean losses: less is better.'

const calibrationPart = (drawing: Drawing, { evaluation }: ReportInput): string[] => [
  htmlFigure(calibrationFigure(drawing, evaluation)),
]

const screeningPart = ({ evaluation }: ReportInput): string[] =>
  evaluation.levels.flatMap(level => screeningTable(evaluation, level) ?? []).map(htmlTable)

const blamePart = ({ evaluation }: ReportInput): string[] => {
  const table = blameTable(evaluation)
  return [table === null ? paragraph('There is no evidence against any agent.') : `<div class="wrap">${htmlTable(table)}</div>`]
}

const sharingPart = ({ evaluation, control }: ReportInput): string[] =>
  control === undefined
    ? []
    : control.comparison.levels.map(level => htmlTable(sharingTable(control.comparison, level, evaluation)))

const faultyAmong = ({ tookInFaulty, unreadable }: IntakeCount): string =>
  `in ${tookInFaulty} of them an honest agent took in a faulty agent’s report` +
  `${unreadable > 0 ? `; ${unreadable} could not be read` : ''}.`

function notesPart({ evaluation }: ReportInput): string[] {
  const { assimilations, priorsLearned, priorLearners } = evaluation
  return [
    paragraph(
      assimilations.count === 0
        ? 'No agent pooled its posterior with others’.'
        : `${counted(assimilations.count, 'assimilation')} of peers’ posteriors; ${faultyAmong(assimilations)}`,
    ),
    ...(priorLearners.length === 0
      ? []
      : [
          paragraph(
            `${counted(priorsLearned.count, 'prior')} learned from posteriors of earlier windows; ${faultyAmong(priorsLearned)}`,
          ),
        ]),
    evaluation.notes.length === 0 ? paragraph('The run left no notes.') : htmlTable(notesTable(evaluation)),
  ]
}

const provenancePart = ({ manifest, replayCommand }: ReportInput): string[] => [
  paragraph('This command replays the run and compares its digest:'),
  `<pre><code>${escapeHtml(replayCommand)}</code></pre>`,
  `<div class="wrap">${htmlTable(manifestTable(manifest))}</div>`,
]
