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
const zoo = pathToFileURL(join(root, 'dist/lib/hunt/zoo.js')).href
register()
const { specimens, strategies } = await import('../sim/hunt/zoo.ts')

const chosen = specimens.filter(({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)))
if (chosen.length === 0) {
  console.error(`nothing in the zoo is called ${positionals.join(' ')}`)
  process.exit(2)
}

/** Seeds, of swarm search alone, for what is known to escape. */
const GLANCE = 20

const journal = join(root, 'results/zoo.jsonl')
const sources = sourcesDigest(root)
/** Name and strategy → what caught it, from this run and from an interrupted one with the same sources and limits. */
const results = new Map()
const keyOf = ({ name, strategy, limit: seeds }) => `${strategy} ${seeds} ${name}`

if (existsSync(journal)) {
  for (const line of readFileSync(journal, 'utf8').split('\n')) {
    if (!line.endsWith('}')) continue
    const entry = JSON.parse(line)
    if (entry.sources === sources) results.set(keyOf(entry), entry.caught)
  }
}

function record(task, caught) {
  results.set(keyOf(task), caught)
  mkdirSync(dirname(journal), { recursive: true })
  appendFileSync(journal, `${JSON.stringify({ sources, ...task, caught })}\n`)
}

/** Performs tasks on all threads; each is recorded when it is done. */
async function perform(tasks) {
  const waiting = tasks.filter((task) => !results.has(keyOf(task)))
  let done = tasks.length - waiting.length
  const report = () => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${tasks.length} searches `)
  }
  const thread = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('zoo-worker.mjs', import.meta.url), { workerData: { zoo } })
      let task
      const next = () => {
        task = waiting.shift()
        if (task === undefined) void worker.terminate().then(resolve)
        else worker.postMessage(task)
      }
      worker.on('message', (caught) => {
        record(task, caught)
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
const strategiesFor = (name) => (isKnown(name) ? ['swarm'] : strategies)
const caughtBy = (name, strategy, seeds = seedsFor(name)) => results.get(keyOf({ name, strategy, limit: seeds })) ?? undefined
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
}))
const text = zooDocument(rows, { strategies, limit, deep })
if (positionals.length === 0) {
  writeFileSync(join(root, 'docs/zoo.md'), text)
  console.log(`docs/zoo.md written; ${Math.round((Date.now() - began) / 1000)} s`)
} else {
  for (const { name, caught, late } of rows) {
    console.log(name)
    for (const strategy of strategies) {
      const found = caught[strategy]
      const how = found === undefined ? `not within ${limit} seeds` : `after ${found.after}: ${found.invariant}: ${found.message}`
      console.log(`  ${strategy.padEnd(7)} ${how}`)
    }
    if (late !== undefined) console.log(`  swarm   after ${late.after}: ${late.invariant}: ${late.message}`)
  }
}
