// The report of a study as one page of HTML that needs nothing else: the answer in figures, the comparisons, which factor matters, the
// worst runs, every point as a table, and the commands that repeat it all. Text only; who writes it to a file is the command line.

import type { Effects } from '../effects.ts'
import type { Judgement } from '../estimate.ts'
import { VERSION } from '../../base/version.ts'
import type { Unit } from '../../run/metrics.ts'
import { summarise, type ResponseSummary } from '../summary.ts'
import type { Plan } from '../plan.ts'
import type { NotableRun, ResultTable } from '../table.ts'
import { runCommand, sweepCommand } from './commands.ts'
import { figuresOf } from './figures.ts'
import { boundsText, escaped, shortNumber, valueText } from './format.ts'
import { pointName } from './names.ts'
import { differenceChart } from './strip-chart.ts'
import { STYLE } from './style.ts'

/** Address under which the explorer shows a run; undefined where there is none. */
export type LinkOf = (point: number, seed: string) => string | undefined

/** The whole page. */
export function reportPage(table: ResultTable, linkOf: LinkOf = () => undefined): string {
  const { study } = table.plan
  const summaries = summarise(table)
  const sections = summaries.map((summary, i) => responseSection(table, summary, i, linkOf))
  const body = [
    `<h1>${escaped(study.name)}</h1>`,
    study.asks === '' ? '' : `<p class="asks">${escaped(study.asks)}</p>`,
    study.note === '' ? '' : `<p>${escaped(study.note)}</p>`,
    facts(table),
    contents(summaries),
    ...sections,
    troubleSection(table, linkOf),
    pointsSection(table, summaries),
    commandsSection(table),
  ]
  const meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
  const head = `${meta}<title>${escaped(study.name)}</title><style>${STYLE}</style>`
  return `<!doctype html>\n<html lang="en"><head>${head}</head><body><main>${body.join('\n')}</main></body></html>\n`
}

function facts({ plan, runs, failures, violations }: ResultTable): string {
  const { study, points, hash } = plan
  const { first, count } = study.seeds
  const parts = [
    `${shortNumber(points.length)} points`,
    `${shortNumber(runs)} runs`,
    study.precision === undefined
      ? `seeds ${String(first)} to ${String(first + count - 1)} at each point`
      : `replications to ${String(study.precision * 100)} %`,
    `${String(Math.round(study.confidence * 10000) / 100)} % confidence`,
    `l2tpsim ${VERSION}`,
    `plan ${hash.slice(0, 12)}`,
    failures.length === 0 ? 'no run failed' : 'some runs failed',
    violations.length === 0 ? 'no invariant was violated' : 'invariants were violated',
  ]
  return `<p class="facts">${parts.map((part) => `<span>${escaped(part)}</span>`).join(' · ')}</p>`
}

const anchor = (name: string): string => `response-${name}`

function contents(summaries: readonly ResponseSummary[]): string {
  const links = summaries.map(({ response }) => `<li><a href="#${anchor(response.name)}">${escaped(response.label)}</a></li>`)
  const rest = [
    ['points', 'Every point'],
    ['commands', 'Commands'],
  ].map(([id, text]) => `<li><a href="#${id ?? ''}">${text ?? ''}</a></li>`)
  return `<nav aria-label="Contents"><ul>${[...links, ...rest].join('')}</ul></nav>`
}

/** What is said of one response. */
export function responseSection(table: ResultTable, summary: ResponseSummary, index: number, linkOf: LinkOf): string {
  const { response } = summary
  return [
    `<section id="${anchor(response.name)}"><h2>${escaped(response.label)}</h2>`,
    `<p class="help">${escaped(sentence(response.help))} ${escaped(goodEnd(response.better))}${escaped(censoringText(summary))}</p>`,
    figuresOf(table, summary, index),
    comparisonSection(table, summary),
    effectsSection(summary.effects, response.unit),
    worstSection(table, summary, linkOf),
    '</section>',
  ].join('\n')
}

const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`)

const goodEnd = (better: 'lower' | 'higher'): string => `${better === 'lower' ? 'Less' : 'More'} is better.`

function censoringText({ response, points }: ResponseSummary): string {
  const censored = points.reduce((sum, point) => sum + point.censored, 0)
  const missing = points.reduce((sum, point) => sum + point.missing, 0)
  const parts = [
    censored > 0 &&
      `In ${String(censored)} runs it had not come when the run ended: these count as longer than the time watched, never as done.`,
    missing > 0 && `In ${String(missing)} runs there was nothing to measure.`,
  ].filter((part) => part !== false)
  return response.kind === 'time' || missing > 0 ? parts.map((part) => ` ${part}`).join('') : ''
}

const MOST_ROWS = 24

function comparisonSection({ plan }: ResultTable, { response, comparisons }: ResponseSummary): string {
  if (comparisons.length === 0) return ''
  const [first] = plan.study.strategies
  const heading = `<h3>Compared with ${escaped(first?.label ?? '')}, seed by seed</h3>`
  const pairs = comparisons.reduce((sum, { paired }) => sum + paired.pairs, 0)
  if (comparisons.every(({ paired }) => paired.equal === paired.pairs)) {
    return `${heading}<p>No difference in any of ${shortNumber(pairs)} pairs of runs.</p>`
  }
  const shown = comparisons.slice(0, MOST_ROWS)
  const rows = shown.map(({ other, paired }) => ({
    name: pointName(plan, other),
    point: other,
    bounds: paired.difference,
  }))
  const saved = comparisons.map(({ paired }) => paired.varianceSaved).filter((share) => share !== null)
  const mean = saved.reduce((sum, share) => sum + share, 0) / saved.length
  const savedText =
    saved.length === 0
      ? ''
      : ` Using the same seeds for both took ${shortNumber(mean * 100)} % off the variance of these differences, on average.`
  const table = htmlTable(
    ['setting', 'difference', 'smaller / equal / larger', 'variance saved'],
    comparisons.map(({ other, paired }) => [
      pointName(plan, other),
      boundsText(paired.difference, response.unit),
      `${String(paired.smaller)} / ${String(paired.equal)} / ${String(paired.larger)}`,
      paired.varianceSaved === null ? '–' : `${shortNumber(paired.varianceSaved * 100)} %`,
    ]),
  )
  const more =
    comparisons.length > MOST_ROWS
      ? ` The first ${String(MOST_ROWS)} of ${String(comparisons.length)}; all are in the table.`
      : ''
  return [
    `${heading}<figure>`,
    differenceChart({
      title: `Difference of ${response.label} from ${first?.label ?? ''}`,
      label: `difference of ${response.label}`,
      unit: response.unit,
      rows,
      width: 1000,
    }),
    '<figcaption>Mean of the paired differences with their confidence intervals; 0 is no difference.',
    `${escaped(savedText + more)}</figcaption></figure>`,
    `<details><summary>The differences as a table</summary>${table}</details>`,
  ].join('')
}

function effectsSection({ changes, shares, correlations, indices }: Effects, unit: Unit): string {
  const parts: string[] = []
  const real = changes.filter(({ contexts }) => contexts > 0)
  if (real.length > 0) {
    const own = new Map(shares.filter(({ factors }) => factors.length === 1).map(({ factors, share }) => [factors[0], share]))
    const rows = real.map(({ factor, from, to, contexts, change }) => [
      factor,
      `${from} → ${to}`,
      boundsText(change, unit),
      String(contexts),
      own.has(factor) ? bar(own.get(factor) ?? 0) : '–',
    ])
    parts.push(htmlTable(['factor', 'from → to', 'mean change', 'settings', 'share of the variance between points'], rows, [4]))
    const pairs = shares.filter(({ factors, share }) => factors.length !== 1 && share >= 0.005)
    if (pairs.length > 0) {
      const texts = pairs.map(({ factors, share }) => [
        factors.length === 0 ? 'three and more together' : factors.join(' × '),
        bar(share),
      ])
      parts.push('<p class="help">What factors do only together (interactions):</p>', htmlTable(['factors', 'share'], texts, [1]))
    }
  }
  if (correlations.length > 0) {
    parts.push(
      htmlTable(
        ['factor', 'rank correlation with the response'],
        correlations.map(({ factor, coefficient }) => [factor, boundsText(coefficient, 'count')]),
      ),
    )
  }
  if (indices.length > 0) {
    parts.push(
      htmlTable(
        ['factor', 'first-order Sobol index', 'total index'],
        indices.map(({ factor, first, total }) => [factor, boundsText(first, 'count'), boundsText(total, 'count')]),
      ),
    )
  }
  return parts.length === 0 ? '' : `<h3>Which factor matters</h3>${parts.join('')}`
}

/** A share as a bar with its number; already HTML. */
function bar(share: number): string {
  return `<i style="width:${String(Math.round(share * 1000) / 10)}px"></i>${shortNumber(share * 100)} %`
}

/** Cells are escaped, but for the columns in `raw`. */
function htmlTable(head: readonly string[], rows: readonly (readonly string[])[], raw: readonly number[] = []): string {
  const cell = (text: string, i: number): string =>
    raw.includes(i) ? `<td class="bar">${text}</td>` : `<td>${escaped(text)}</td>`
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('')
  const top = head.map((text) => `<th scope="col">${escaped(text)}</th>`).join('')
  return `<div class="scroll"><table><thead><tr>${top}</tr></thead><tbody>${body}</tbody></table></div>`
}

function worstSection({ plan }: ResultTable, { response, worst }: ResponseSummary, linkOf: LinkOf): string {
  // Where even the worst are all alike there is nothing to look at, unless they never came.
  const [first] = worst
  if (first === undefined || (first.value !== null && worst.every(({ value }) => value === first.value))) return ''
  const rows = worst.map(({ point, seed, value }) => [
    value === null ? 'never' : valueText(value, response.unit),
    pointName(plan, point),
    seed,
    repeating(plan, { point, seed }, linkOf),
  ])
  const help = '<p class="help">The link shows that run in the explorer (of <code>npx l2tpsim view</code>, unless the report was '
  const more = 'made for another); the command repeats it.</p>'
  return `<h3>The worst runs</h3>${help}${more}${htmlTable(['value', 'setting', 'seed', 'to see it'], rows, [3])}`
}

/** How to see a run: its link and its command; already HTML. */
function repeating(plan: Plan, { point, seed }: { readonly point: number; readonly seed: string }, linkOf: LinkOf): string {
  const link = linkOf(point, seed)
  const words = `data-point="${String(point)}" data-seed="${escaped(seed)}"`
  const explorer = link === undefined ? '' : `<a ${words} href="${escaped(link)}">in the explorer</a> `
  return `${explorer}<code>${escaped(runCommand(plan.study, plan.points[point]!, seed))}</code>`
}

/** Runs that did not end as they should. */
export function troubleSection({ plan, failures, violations }: ResultTable, linkOf: LinkOf): string {
  const list = (runs: readonly NotableRun[], what: (run: NotableRun) => string): string =>
    htmlTable(
      ['setting', 'seed', 'what', 'to see it'],
      runs
        .slice(0, MOST_ROWS)
        .map((run) => [
          pointName(plan, run.point),
          run.seed,
          what(run),
          repeating(plan, run, linkOf),
        ]),
      [3],
    )
  const violatedIn = ({ row }: NotableRun): string => (row.status === 'done' ? row.violated.join(', ') : '')
  const parts = [
    failures.length === 0
      ? ''
      : `<h2 class="bad">Runs that failed</h2>${list(failures, ({ row }) => (row.status === 'done' ? '' : `${row.status}: ${row.error}`))}`,
    violations.length === 0
      ? ''
      : `<h2 class="bad">Runs that violated an invariant</h2>${list(violations, violatedIn)}`,
  ]
  return parts.join('')
}

const MOST_POINTS_SHOWN = 2_000

function pointsSection(table: ResultTable, summaries: readonly ResponseSummary[]): string {
  const { plan } = table
  const { study } = plan
  const head = [
    ...(study.strategies.length > 1 ? ['strategy'] : []),
    ...study.factors.map(({ label }) => label),
    'runs',
    ...summaries.map(({ response }) => response.label),
  ]
  const rows = plan.points
    .slice(0, MOST_POINTS_SHOWN)
    .map(({ index, strategy, levels }) => [
      ...(study.strategies.length > 1 ? [strategy.label] : []),
      ...levels.map(({ text }) => text),
      String(table.counts(index).done),
      ...summaries.map(({ response, points }) => judgementText(points[index]!, response.unit)),
    ])
  const help =
    'Means (or medians, marked) with their intervals; in brackets how many of how many runs came to their end where not all did.'
  return `<h2 id="points">Every point</h2><p class="help">${help}</p>${htmlTable(head, rows)}`
}

function judgementText({ main, what, values, censored }: Judgement, unit: Unit): string {
  const text = boundsText(main, unit)
  const marked = what === 'median' ? `median ${text}` : text
  return censored > 0 ? `${marked} [${String(values)} of ${String(values + censored)}]` : marked
}

function commandsSection({ plan }: ResultTable): string {
  const { study } = plan
  return [
    '<h2 id="commands">Commands</h2>',
    '<p class="help">The study again; the row of a point and a seed is the same on any machine, octet for octet:</p>',
    `<pre>${escaped(sweepCommand(study))}</pre>`,
    `<details><summary>The study file</summary><pre>${escaped(study.bundle.study.text)}</pre></details>`,
  ].join('')
}
