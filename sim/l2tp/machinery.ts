// Puts an LCCE's machinery together: every table with its guards and actions, compiled, and the rules beside them. There is one of the
// RFCs, made once; every combination of quirks, and every mutant, has its own.

import { alteredBuild, alteredRules, type Alteration } from './alteration.ts'
import { callSteps } from './calls.ts'
import type { LcceConfig } from './config.ts'
import { controlSteps } from './control.ts'
import { compile, type Build } from './fsm.ts'
import { alterationOf } from './mutants.ts'
import { quirkNamed } from './quirks.ts'
import { receiveControl } from './reception.ts'
import { recoverySteps } from './recovery.ts'
import { standardRules, type Rules } from './rules.ts'
import { syncSteps } from './synchronisation.ts'
import type { Machinery } from './tunnel.ts'

type Doors = Pick<Machinery, 'hears' | 'says' | 'spells'>

const standardDoors: Doors = { hears: receiveControl, says: (message) => message, spells: (bytes) => bytes }

function assemble(build: Build, rules: Rules, { hears, says, spells }: Doors): Machinery {
  const { ownRecovery, peerRecovery } = recoverySteps(build)
  return {
    control: controlSteps(build),
    calls: callSteps(build),
    ownRecovery,
    peerRecovery,
    sync: syncSteps(build),
    rules,
    hears,
    says,
    spells,
  }
}

const standard = assemble(compile, standardRules, standardDoors)

function doorsOf(alterations: readonly Alteration[]): Doors {
  let { hears, says, spells } = standardDoors
  for (const { hears: hearing, says: saying, spells: spelling } of alterations) {
    hears = hearing?.(hears) ?? hears
    const before = says
    if (saying !== undefined) says = (message, tunnel) => saying(before(message, tunnel), tunnel)
    const spelt = spells
    if (spelling !== undefined) spells = (bytes, message, tunnel) => spelling(spelt(bytes, message, tunnel), message, tunnel)
  }
  return { hears, says, spells }
}

interface Altered {
  readonly alterations: readonly Alteration[]
  readonly machinery: Machinery
}

/** Compiled for each combination of quirks and mutant that has been met. */
const known = new Map<string, Altered>()

function alteredFor({ quirks, mutant }: LcceConfig): Altered {
  const key = JSON.stringify([quirks, mutant])
  let found = known.get(key)
  if (found === undefined) {
    const alterations: Alteration[] = quirks.map((name) => quirkNamed(name))
    if (mutant !== undefined) alterations.push(alterationOf(mutant))
    const machinery = assemble(alteredBuild(alterations), alteredRules(standardRules, alterations), doorsOf(alterations))
    known.set(key, (found = { alterations, machinery }))
  }
  return found
}

/** What an LCCE of this configuration works by, and the configuration as its quirks leave it. */
export function machineryOf(config: LcceConfig): { readonly config: LcceConfig; readonly machinery: Machinery } {
  if (config.quirks.length === 0 && config.mutant === undefined) return { config, machinery: standard }
  const { alterations, machinery } = alteredFor(config)
  return { config: alterations.reduce((changed, alteration) => alteration.config?.(changed) ?? changed, config), machinery }
}
