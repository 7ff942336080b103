// `npm run removals`: takes every row, action and guard out of the state machines, one at a time, and asks the tests whether they notice.
// First the tests run as they are and say which rows each test file makes the machines consider: for a removal only those files are asked,
// the quickest first. Writes docs/removals.md; `npm run removals -- session-sync` does one machine and writes nothing.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { register } from 'tsx/esm/api'

register()
const { machines } = await import('../sim/l2tp/machines/index.ts')
const { tableMutantText } = await import('../sim/l2tp/table-mutants.ts')
const { removalsOf } = await import('../test/support/removal.ts')

const root = dirname(import.meta.dirname)
/** Tests of behaviour. The static checks of the tables, which would notice anything, are not among them. */
const suites = ['test/conversation', 'test/property/failover-chaos.test.ts', 'test/property/l2tp-core.test.ts', 'test/scenarios.test.ts']
/** Files asked at once, before the rest: most removals are noticed by the first. */
const FIRST = 3

const folder = mkdtempSync(join(tmpdir(), 'l2tpsim-removals-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.on('SIGINT', () => process.exit(130))

/** Runs test files; whether all passed. */
function passes(files, env) {
  const options = ['run', ...files, '--bail=1', '--maxWorkers=1', '--reporter=dot']
  const child = spawn(join(root, 'node_modules/.bin/vitest'), options, { cwd: root, env: { ...process.env, ...env }, stdio: 'ignore' })
  return new Promise((resolve) => {
    child.on('close', (status) => {
      resolve(status === 0)
    })
  })
}

/** The test files that make a machine consider a row, quickest first, by `machine row`. */
async function askable() {
  const path = join(folder, 'considered.ndjson')
  writeFileSync(path, '')
  if (!(await passes(suites, { CONSIDERED: path }))) throw new Error('the tests fail with nothing removed')
  const files = readFileSync(path, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line))
  files.sort((a, b) => a.ms - b.ms)
  return (row) => files.filter(({ rows }) => rows.includes(row)).map(({ file }) => file)
}

/** Whether a test fails without that behaviour. */
async function isNoticed(removal, files) {
  const env = { REMOVAL: JSON.stringify(removal) }
  for (const some of [files.slice(0, FIRST), files.slice(FIRST)]) if (some.length > 0 && !(await passes(some, env))) return true
  return false
}

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !machines.some((machine) => machine.name === name))
if (unknown.length > 0) {
  console.error(`no machine named ${unknown.join(', ')}; there are ${machines.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

const filesFor = await askable()
const asked = machines
  .filter(({ name }) => chosen.length === 0 || chosen.includes(name))
  .flatMap((machine) => removalsOf(machine).map((removal) => ({ machine, removal, noticed: false })))
let next = 0
async function work() {
  while (next < asked.length) {
    const each = asked[next++]
    const { machine, removal } = each
    each.noticed = await isNoticed(removal, filesFor(`${machine.name} ${removal.row}`))
    if (!each.noticed) console.log(`not noticed: ${tableMutantText(machine, removal)}`)
    if (process.stderr.isTTY) process.stderr.write(`\r${next}/${asked.length} `)
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work))

const rows = machines.map((machine) => {
  const own = asked.filter((each) => each.machine === machine)
  return { name: machine.name, removals: own.length, noticed: own.filter(({ noticed }) => noticed).length }
})
for (const { name, removals, noticed } of rows) if (removals > 0) console.log(`${name}: ${noticed} of ${removals} removals noticed`)
const missed = asked.filter(({ noticed }) => !noticed).map(({ machine, removal }) => tableMutantText(machine, removal))

if (chosen.length === 0) {
  const lines = [
    '# Removals',
    '',
    'Every row, every action of a row and every guard of the state machines was taken out, one at a time, and the tests were run: do they',
    'notice? Written by `npm run removals`; do not edit. Only tests of behaviour are asked (conversations, random histories, the scenarios',
    'that ship), not the checks of the tables themselves.',
    '',
    '| machine | removals | noticed |',
    '|---|---:|---:|',
    ...rows.map(({ name, removals, noticed }) => `| ${name} | ${removals} | ${noticed} |`),
    '',
    ...(missed.length === 0 ? [] : ['Not noticed:', '', ...missed.map((text) => `- ${text}`), '']),
  ]
  writeFileSync(join(root, 'docs/removals.md'), lines.join('\n'))
}
process.exitCode = missed.length === 0 ? 0 : 1
