// Puts an LCCE's machinery together: every table with its guards and actions, compiled, and the rules beside them. There is one of the
// RFCs, made once; a quirk or a mutant has its own.

import { callSteps } from './calls.ts'
import type { LcceConfig } from './config.ts'
import { controlSteps } from './control.ts'
import { compile, type Build } from './fsm.ts'
import { receiveControl } from './reception.ts'
import { recoverySteps } from './recovery.ts'
import { standardRules, type Rules } from './rules.ts'
import { syncSteps } from './synchronisation.ts'
import type { Machinery } from './tunnel.ts'

type Doors = Pick<Machinery, 'hears' | 'says'>

const standardDoors: Doors = { hears: receiveControl, says: (message) => message }

function assemble(build: Build, rules: Rules, { hears, says }: Doors): Machinery {
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
  }
}

const standard = assemble(compile, standardRules, standardDoors)

export function machineryOf(config: LcceConfig): { readonly config: LcceConfig; readonly machinery: Machinery } {
  return { config, machinery: standard }
}
