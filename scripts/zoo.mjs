// `npm run zoo`: puts every quirk and every mutant into hunted scenarios and tells which invariant catches it, after how many seeds,
// for random, swarm and guided search. Uses all cores, goes on where it was interrupted (results/zoo.jsonl), writes docs/zoo.md.
// With a part of a name (`npm run zoo -- suggestion`) only what bears it, and nothing is written. What is known to escape
// (zoo-reasons.mjs) is only searched for a little. Options: --limit N seeds for each search (500), --deep N for swarm search of
// what all three have missed (2000), --jobs N threads.

import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { register } from 'tsx/esm/api'
import { sourcesDigest } from '../bin/sources.js'
import { zooDocument } from './zoo-document.mjs'
import { reasonFor } from './zoo-reasons.mjs'

const root = dirname(import.meta.dirname)
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { limit: { type: 'string', default: '500' }, deep: { type: 'string', default: '2000' }, jobs: { type: 'string' } },
})
const limit = Number(values.limit)
const deep = Number(values.deep)
const jobs = Number(values.jobs ?? availableParallelism())

if (spawnSync(process.execPath, [join(root, 'scripts/build-library.mjs')], { stdio: 'inherit' }).status !== 0) process.exit(1)
const compiled = (file) => pathToFileURL(join(root, 'dist/lib', file)).href
const workerData = { zoo: compiled('hunt/zoo.js'), parse: compiled('scenario/parse.js'), folder: join(root, 'scenarios') }
register()
const { specimens, strategies } = await import('../sim/hunt/zoo.ts')

const chosen = specimens.filter(({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)))
if (chosen.length === 0) {
  console.error(`nothing in the zoo is called ${positionals.join(' ')}`)
  process.exit(2)
}

/** Seeds, of guided search alone, for what is known to escape. */
const GLANCE = 100

const journal = join(root, 'results/zoo.jsonl')
const sources = sourcesDigest(root)
/**
 * Name and strategy → what caught it, and how many seeds came to what it changes: from this run and from an interrupted one with the
 * same sources and limits.
 */
const results = new Map()
const keyOf = ({ name, strategy, limit: seeds }) => `${strategy} ${seeds} ${name}`

if (existsSync(journal)) {
  for (const line of readFileSync(journal, 'utf8').split('\n')) {
    if (!line.endsWith('}')) continue
    const entry = JSON.parse(line)
    if (entry.sources === sources) results.set(keyOf(entry), entry.found)
  }
}

function record(task, found) {
  results.set(keyOf(task), found)
  mkdirSync(dirname(journal), { recursive: true })
  appendFileSync(journal, `${JSON.stringify({ sources, ...task, found })}\n`)
}

/** Performs tasks on all threads; each is recorded when it is done. */
async function perform(tasks) {
  const waiting = tasks.filter((task) => !results.has(keyOf(task)))
  let done = tasks.length - waiting.length
  const began = Date.now()
  const [already, step] = [done, Math.max(1, Math.round(tasks.length / 20))]
  const report = () => {
    const left = ((Date.now() - began) / Math.max(1, done - already)) * (tasks.length - done)
    const text = `${done} of ${tasks.length} searches, about ${Math.ceil(left / 60_000)} min left`
    if (process.stderr.isTTY) process.stderr.write(`\r${text} `)
    else if (done % step === 0) process.stderr.write(`${text}\n`)
  }
  const thread = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('zoo-worker.mjs', import.meta.url), { workerData })
      let task
      const next = () => {
        task = waiting.shift()
        if (task === undefined) void worker.terminate().then(resolve)
        else worker.postMessage(task)
      }
      worker.on('message', (found) => {
        record(task, found)
        done += 1
        report()
        next()
      })
      worker.on('error', reject)
      next()
    })
  await Promise.all(Array.from({ length: Math.min(jobs, waiting.length) }, thread))
  if (process.stderr.isTTY) process.stderr.write('\n')
}

const isKnown = (name) => reasonFor(name) !== undefined && positionals.length === 0
const seedsFor = (name) => (isKnown(name) ? Math.min(GLANCE, limit) : limit)
const strategiesFor = (name) => (isKnown(name) ? ['guided'] : strategies)
const foundBy = (name, strategy, seeds = seedsFor(name)) => results.get(keyOf({ name, strategy, limit: seeds }))
const caughtBy = (name, strategy, seeds) => foundBy(name, strategy, seeds)?.caught
const began = Date.now()
const tasksFor = ({ name }) => strategiesFor(name).map((strategy) => ({ name, strategy, limit: seedsFor(name) }))
await perform(chosen.flatMap(tasksFor))
const escaped = ({ name }) => reasonFor(name) === undefined && strategies.every((strategy) => caughtBy(name, strategy) === undefined)
const missed = chosen.filter(escaped)
if (deep > limit) await perform(missed.map(({ name }) => ({ name, strategy: 'swarm', limit: deep })))

const rows = chosen.map(({ name, kind }) => ({
  name,
  kind,
  caught: Object.fromEntries(strategies.map((strategy) => [strategy, caughtBy(name, strategy)])),
  late: caughtBy(name, 'swarm', deep),
  reached: Math.max(foundBy(name, 'swarm', deep)?.reached ?? 0, ...strategies.map((strategy) => foundBy(name, strategy)?.reached ?? 0)),
}))
const text = zooDocument(rows, { strategies, limit, deep })
if (positionals.length === 0) {
  writeFileSync(join(root, 'docs/zoo.md'), text)
  console.log(`docs/zoo.md written; ${Math.round((Date.now() - began) / 1000)} s`)
} else {
  for (const { name, caught, late, reached } of rows) {
    console.log(`${name} (${reached} seeds came to it)`)
    for (const strategy of strategies) {
      const found = caught[strategy]
      const how = found === undefined ? `not within ${limit} seeds` : `after ${found.after}: ${found.invariant}: ${found.message}`
      console.log(`  ${strategy.padEnd(7)} ${how}`)
    }
    if (late !== undefined) console.log(`  swarm   after ${late.after}: ${late.invariant}: ${late.message}`)
  }
}
