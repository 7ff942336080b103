// One thread of `npm run zoo`: is handed a specimen and a strategy, and tells what caught it and how many seeds came to what it changes.
// The runs of correct machines that all specimens share are made by each thread for itself.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'

const { search, specimens, Trials } = await import(workerData.zoo)
const { parseScenario } = await import(workerData.parse)
const byName = new Map(specimens.map((specimen) => [specimen.name, specimen]))

const { folder } = workerData
const library = new Map(
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yaml') && !path.startsWith('studies'))
    .sort()
    .map((path) => {
      const parsed = parseScenario(readFileSync(join(folder, path), 'utf8'), path)
      if (!parsed.ok) throw new Error(`${path}: ${parsed.issues[0].message}`)
      return [path.replace(/\.yaml$/, ''), parsed.scenario]
    })
    // A quirk of a peer's own would be taken for what the specimen does.
    .filter(([, { endpoints }]) => Object.values(endpoints).every(({ quirks }) => quirks.length === 0)),
)

const trials = new Map()

function trialsOf(strategy) {
  if (!trials.has(strategy)) trials.set(strategy, new Trials(strategy, library))
  return trials.get(strategy)
}

parentPort.on('message', ({ name, strategy, limit }) => {
  parentPort.postMessage(search(byName.get(name), trialsOf(strategy), limit))
})
