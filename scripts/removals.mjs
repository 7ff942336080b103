// `npm run removals`: takes every row, action and guard out of the state machines, every rule out of the reliable channel, and every timer,
// one at a time, and asks the tests whether they notice. First the tests run as they are and say which rows each test file makes the
// machines consider: for a removal only those files are asked, the one that noticed it last time before the others, then the quickest.
// Goes on where it was interrupted, and asks only what it does not know: that a removal is noticed holds while the row and the file
// that noticed it stay as they are (results/removals.jsonl), that it is not until any test or the protocol changes; `--anew` asks all.
// Writes docs/removals.md; `npm run removals -- session-sync` asks only what has that in its text, and writes nothing.
// `--jobs N`: how many at once.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { register } from 'tsx/esm/api'
import { reasonFor } from './removal-reasons.mjs'
import { removalsDocument } from './removals-document.mjs'

register()
const { machines } = await import('../sim/l2tp/machines/index.ts')
const { tableMutantText } = await import('../sim/l2tp/table-mutants.ts')
const { timerNames } = await import('../sim/l2tp/tunnel.ts')
const { removalsOf, ruleNames } = await import('../test/support/removal.ts')

const { values, positionals } = parseArgs({ allowPositionals: true, options: { jobs: { type: 'string' }, anew: { type: 'boolean' } } })
const jobs = Number(values.jobs ?? availableParallelism())
const root = dirname(import.meta.dirname)

/** Tests of behaviour. The static checks of the tables, which would notice anything, are not among them. */
const suites = [
  ...['channel', 'data-plane', 'limits'].map((name) => `test/unit/l2tp/${name}.test.ts`),
  'test/conversation',
  'test/property/failover-chaos.test.ts',
  'test/property/l2tp-core.test.ts',
]
/** How many files are asked at once: most removals are noticed by the first. */
const PORTIONS = [1, 3, 100]

const folder = mkdtempSync(join(tmpdir(), 'l2tpsim-removals-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.on('SIGINT', () => process.exit(130))

const filesUnder = (path) =>
  path.endsWith('.ts')
    ? [path]
    : readdirSync(join(root, path), { withFileTypes: true })
        .flatMap((entry) => (entry.isDirectory() ? filesUnder(`${path}/${entry.name}`) : `${path}/${entry.name}`))
        .filter((name) => name.endsWith('.ts'))
        .sort()

function digestOf(paths) {
  const hash = createHash('sha256')
  for (const path of paths.flatMap(filesUnder)) hash.update(`${path}\0`).update(readFileSync(join(root, path)))
  return hash.digest('hex')
}

const files = suites.flatMap(filesUnder)
const stateOf = Object.fromEntries(files.map((file) => [file, digestOf([file])]))
/** Of the tables and each file, for the rows that it makes them consider: these are known by their numbers. */
const consideredIn = Object.fromEntries(files.map((file) => [file, digestOf(['sim/l2tp/machines', file])]))
const stateOfAll = digestOf(['sim/base', 'sim/l2tp', 'test/support', ...files])

const journal = join(root, 'results/removals.jsonl')
const remembered = { considered: new Map(), noticed: new Map(), missed: new Map() }
if (existsSync(journal) && values.anew !== true) {
  for (const line of readFileSync(journal, 'utf8').split('\n')) {
    if (!line.endsWith('}')) continue
    const entry = JSON.parse(line)
    remembered[entry.kind].set(entry.name, entry)
  }
}

function remember(kind, entry) {
  remembered[kind].set(entry.name, entry)
  mkdirSync(dirname(journal), { recursive: true })
  appendFileSync(journal, `${JSON.stringify({ kind, ...entry })}\n`)
}

/** How long test files may take: much longer than they took with nothing removed. */
function patience(asked) {
  const usual = asked.reduce((sum, file) => sum + (remembered.considered.get(file)?.ms ?? Infinity), 0)
  return Number.isFinite(usual) ? 60_000 + 10 * usual : undefined
}

let runs = 0
/** Runs test files; the first that fails, undefined when all pass. Tests that never end, or take all memory, are failures too. */
async function failing(asked, env) {
  const report = join(folder, `${runs++}.json`)
  const options = ['run', ...asked, '--bail=1', '--maxWorkers=1', '--reporter=json', `--outputFile=${report}`]
  const child = spawn(join(root, 'node_modules/.bin/vitest'), options, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: 'ignore',
    timeout: patience(asked),
    killSignal: 'SIGKILL',
  })
  const status = await new Promise((resolve) => {
    child.on('close', resolve)
  })
  if (status === 0) return undefined
  if (status === null && env.REMOVAL === undefined) throw new Error('the tests were stopped')
  const results = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).testResults : []
  const first = results.find((result) => result.status === 'failed')
  return first === undefined ? asked[0] : relative(root, first.name)
}

/** Makes known which rows each file of a suite makes the machines consider; it is run when that is not known of it as it is. */
async function consider(suite) {
  const unknown = filesUnder(suite).filter((file) => remembered.considered.get(file)?.state !== consideredIn[file])
  if (unknown.length === 0) return
  const path = join(folder, 'considered.ndjson')
  writeFileSync(path, '')
  const failed = await failing(unknown, { CONSIDERED: path })
  if (failed !== undefined) throw new Error(`${failed} fails with nothing removed`)
  for (const line of readFileSync(path, 'utf8').trimEnd().split('\n')) {
    const { file, ms, rows } = JSON.parse(line)
    remember('considered', { name: file, state: consideredIn[file], ms, rows })
  }
}

/** The files to ask about a removal, `undefined` rows standing for any, the most promising first. */
function askable({ name, row }) {
  const hopeful = remembered.noticed.get(name)?.by
  return files
    .map((file) => remembered.considered.get(file))
    .filter(({ rows }) => row === undefined || rows.includes(row))
    .sort((a, b) => (a.name === hopeful ? -1 : b.name === hopeful ? 1 : a.ms - b.ms))
    .map(({ name: file }) => file)
}

function portions(list) {
  let from = 0
  return PORTIONS.map((size) => list.slice(from, (from += size))).filter((part) => part.length > 0)
}

function isNoticed({ name }) {
  const answer = remembered.noticed.get(name)
  return answer !== undefined && answer.state === stateOf[answer.by]
}
const isKnown = (removal) => isNoticed(removal) || remembered.missed.get(removal.name)?.state === stateOfAll

/** Asks the tests; what they say is remembered. */
async function ask(removal) {
  const { name, what } = removal
  for (const some of portions(askable(removal))) {
    const by = await failing(some, { REMOVAL: JSON.stringify(what) })
    if (by !== undefined) {
      remember('noticed', { name, by, state: stateOf[by] })
      return
    }
  }
  remember('missed', { name, state: stateOfAll })
}

const all = [
  ...machines.flatMap((machine) =>
    removalsOf(machine).map((what) => {
      const name = tableMutantText(machine, what)
      return { group: machine.name, name, what, row: `${machine.name} ${what.row}` }
    }),
  ),
  ...ruleNames.map((rule) => ({ group: 'rules', name: rule, what: { rule } })),
  ...timerNames.map((timer) => ({ group: 'timers', name: `timer ${timer}: never fires`, what: { timer } })),
]
const isAsked = ({ name, group }) => positionals.some((part) => name.includes(part) || group === part)
const chosen = positionals.length === 0 ? all : all.filter(isAsked)
if (chosen.length === 0) {
  console.error(`nothing to remove has ${positionals.join(' or ')} in its text`)
  process.exit(2)
}

for (const suite of suites) await consider(suite)
const waiting = chosen.filter((removal) => !isKnown(removal))
let done = chosen.length - waiting.length
const progress = () => {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${chosen.length} removals `)
}
async function work() {
  for (let removal = waiting.shift(); removal !== undefined; removal = waiting.shift()) {
    await ask(removal)
    if (!isNoticed(removal)) console.log(`not noticed: ${removal.name}`)
    done += 1
    progress()
  }
}
progress()
await Promise.all(Array.from({ length: jobs }, work))
if (process.stderr.isTTY) process.stderr.write('\n')

const results = chosen.map(({ group, name }) => ({ group, name, noticed: isNoticed({ name }) }))
const text = removalsDocument(results)
if (positionals.length === 0) {
  writeFileSync(join(root, 'docs/removals.md'), text)
  console.log('docs/removals.md written')
}
const wrong = results.filter(({ name, noticed }) => noticed === (reasonFor(name) !== undefined))
for (const { name, noticed } of wrong) console.error(noticed ? `noticed after all: ${name}` : `not noticed, and no reason known: ${name}`)
console.log(`${results.filter(({ noticed }) => noticed).length} of ${results.length} removals noticed`)
process.exitCode = wrong.length === 0 ? 0 : 1
