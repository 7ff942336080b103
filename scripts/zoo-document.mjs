// docs/zoo.md from the results of `npm run zoo`: how many of the quirks and mutants each search caught and how soon, by which invariants,
// and what was not caught, with the reason (zoo-reasons.mjs).

import { reasonFor } from './zoo-reasons.mjs'

const cell = (text) => String(text).replaceAll('|', '\\|')
const line = (...cells) => `| ${cells.map(cell).join(' | ')} |`

/** The q-quantile of sorted numbers; undefined of none. */
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]

const isCaught = ({ caught, late }) => late !== undefined || Object.values(caught).some((found) => found !== undefined)

function summary(rows, strategies, limit) {
  return strategies.map((strategy) => {
    const after = rows.flatMap(({ caught }) => caught[strategy]?.after ?? []).sort((a, b) => a - b)
    const spread = [quantile(after, 0.5), quantile(after, 0.9), after.at(-1)].map((seed) => seed ?? '–')
    return line(strategy, `${after.length} of ${rows.length}`, ...spread, limit)
  })
}

function byInvariant(rows) {
  const counts = new Map()
  for (const { caught, late } of rows) {
    const names = new Set([...Object.values(caught), late].flatMap((found) => found?.invariant ?? []))
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([name, count]) => line(`\`${name}\``, count))
}

const unexplainedLine = ({ name, reached = 0 }) => `- ${name} (${reached === 0 ? 'no seed came to it' : `${reached} seeds came to it`})`

const seeds = (found) => found?.after ?? '–'

function specimenLine({ name, caught, late }, strategies) {
  const found = [...strategies.map((strategy) => caught[strategy]), late]
  const by = [...new Set(found.flatMap((one) => one?.invariant ?? []))]
  const noticed = late === undefined ? by.join(', ') : `${by.join(', ')} (swarm, after ${late.after})`
  return line(name, ...strategies.map((strategy) => seeds(caught[strategy])), noticed)
}

function table(rows, strategies) {
  const rule = `|---|${strategies.map(() => '---:|').join('')}---|`
  return [line('', ...strategies, 'noticed by'), rule, ...rows.map((row) => specimenLine(row, strategies))]
}

/** `rows`: name, kind, what caught it by strategy, and by the deep search. */
export function zooDocument(rows, { strategies, limit, deep }) {
  const [quirks, mutants] = ['quirk', 'mutant'].map((kind) => rows.filter((row) => row.kind === kind))
  const escaped = rows.filter((row) => !isCaught(row))
  const unexplained = escaped.filter(({ name }) => reasonFor(name) === undefined)
  const demanded = rows.filter((row) => isCaught(row) || reasonFor(row.name) === undefined)
  return [
    '# The zoo',
    '',
    'Every [quirk](quirks.md) and every mechanical mutant (a table row missing or leading elsewhere, a guard forced, an action not',
    'done, a timer doubled, halved or dead, a number off by one), put into hunted scenarios: on all endpoints, on the LACs or on the',
    'LNSs, in turn, the others being correct. A search ends when an invariant is violated. It shows what hunting would find in our',
    'own machines. Each seed is first run with correct machines; where that run never comes to the row, guard or action that is',
    'changed, the run with the change would be the same, record for record, and counts as a seed tried without being made.',
    'Written by `npm run zoo`; do not edit.',
    '',
    `- ${quirks.length} quirks and ${mutants.length} mutants, ${rows.length} in all; ${rows.length - escaped.length} caught.`,
    `- ${escaped.length - unexplained.length} that no search caught have a reason, given below; ${unexplained.length} have none.`,
    `- Seeds a search may try: ${limit}${deep > limit ? `; what all three missed was searched for by swarm up to seed ${deep}` : ''}.`,
    '',
    '## Random, swarm and guided search',
    '',
    'Random: every knob and kind of fault is on in every seed. Swarm: each on or off. Guided: every other seed is of the swarm, the rest',
    'are the scenarios that ship, then variations of whatever showed something new in correct machines.',
    `Of the ${demanded.length} that were caught or should have been:`,
    '',
    line('search', 'caught', 'median seeds', 'nine in ten', 'most', 'limit'),
    '|---|---:|---:|---:|---:|---:|',
    ...summary(demanded, strategies, limit),
    '',
    '## By invariant',
    '',
    'How many specimens each invariant was the first to notice, in any of the searches.',
    '',
    line('invariant', 'specimens'),
    '|---|---:|',
    ...byInvariant(rows),
    '',
    '## Not caught',
    '',
    ...(unexplained.length === 0 ? [] : ['Without a reason:', '', ...unexplained.map(unexplainedLine), '']),
    'With a reason, why no behaviour differs or what would be needed to see it:',
    '',
    ...reasons(escaped),
    '## Quirks',
    '',
    ...table(quirks, strategies),
    '',
    '## Mutants',
    '',
    ...table(mutants.filter(isCaught), strategies),
    '',
  ].join('\n')
}

/** Those with one reason together. */
function reasons(escaped) {
  const groups = new Map()
  for (const { name } of escaped) {
    const reason = reasonFor(name)
    if (reason !== undefined) groups.set(reason, [...(groups.get(reason) ?? []), name])
  }
  return [...groups].flatMap(([reason, names]) => [`${reason}`, '', ...names.map((name) => `- ${name}`), ''])
}
