// docs/removals.md from the results of `npm run removals`: how many of the behaviours taken out the tests notice, and what they do not,
// with the reason (removal-reasons.mjs).

import { reasonFor } from './removal-reasons.mjs'

const line = (...cells) => `| ${cells.join(' | ')} |`
const count = (results) => results.filter(({ noticed }) => noticed).length

/** `results`: group, name and whether it was noticed. */
export function removalsDocument(results) {
  const groups = [...new Set(results.map(({ group }) => group))].map((group) => [group, results.filter((each) => each.group === group)])
  const missed = results.filter(({ noticed }) => !noticed).map(({ name }) => name)
  const unexplained = missed.filter((name) => reasonFor(name) === undefined)
  const explained = missed.filter((name) => reasonFor(name) !== undefined)
  const differing = results.length - explained.length
  return [
    '# Removals',
    '',
    'Does a test fail when a behaviour is taken out? Every row, every action of a row and every guard of the state machines, every rule of',
    'the reliable channel and every timer was removed, one at a time, and the tests were run. Only tests of behaviour are asked',
    '(conversations, random histories, the channel alone), not the checks of the tables themselves nor the scenarios that ship. Written by',
    '`npm run removals`; do not edit.',
    '',
    `**${count(results)} of ${differing} removals that change what the protocol does are noticed.**${equivalents(explained.length)}`,
    '',
    '| | removals | the same behaviour | noticed |',
    '|---|---:|---:|---:|',
    ...groups.map(([group, own]) => line(group, own.length, own.filter(({ name }) => explained.includes(name)).length, count(own))),
    line('together', results.length, explained.length, count(results)),
    '',
    ...(unexplained.length === 0 ? [] : ['## Not noticed', '', ...unexplained.map((name) => `- ${name}`), '']),
    ...(explained.length === 0 ? [] : ['## The same behaviour', '', ...explanations(explained)]),
  ].join('\n')
}

const equivalents = (number) => (number === 0 ? '' : ` ${number} more change nothing, for the reasons below.`)

/** Those with one reason together. */
function explanations(names) {
  const groups = new Map()
  for (const name of names) groups.set(reasonFor(name), [...(groups.get(reasonFor(name)) ?? []), name])
  return [...groups].flatMap(([reason, own]) => [reason, '', ...own.map((name) => `- ${name}`), ''])
}
