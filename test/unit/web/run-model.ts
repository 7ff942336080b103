// Models of runs for the tests of the explorer, made as its worker makes them.

import { readFileSync } from 'node:fs'
import { parseScenario, Run, type Override } from '../../../sim/index.ts'
import { modelOfRun } from '../../../web/model/build.ts'
import type { RunModel } from '../../../web/model/model.ts'
import { columnWriter } from '../../../web/trace/columns.ts'

export function modelOf(name: string, overrides: readonly Override[] = [], seed?: string): RunModel {
  const path = `scenarios/${name}.yaml`
  const parsed = parseScenario(readFileSync(path, 'utf8'), path, overrides)
  if (!parsed.ok) throw new Error(parsed.issues.map(({ message }) => message).join('\n'))
  const writer = columnWriter(16)
  const run = new Run(parsed.scenario, { folds: [writer], ...(seed === undefined ? {} : { seed }) })
  run.advance(Infinity)
  const result = run.result()
  const { name: title, shows } = parsed.scenario
  const origin = { title, shows, seed: run.seed, version: result.version, scenarioHash: result.scenarioHash, yaml: '', sets: [], damaged: false }
  return modelOfRun({ scenario: parsed.scenario, origin, trace: writer.end(run.now), result, wallMs: 0 })
}
