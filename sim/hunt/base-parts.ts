// The parts scenarios are put together from when they are drawn, not written: each with every default, read once from the schema, and a
// copy with changes that keeps the layout of the object, so that thousands of different scenarios run at the speed of one.

import { assert } from '../base/assert.ts'
import { parseScenarioData } from '../scenario/parse.ts'
import type { EndpointSpec, LinkDirection, Scenario, SessionGroup, TunnelSpec } from '../scenario/schema.ts'

export interface BaseParts {
  readonly scenario: Scenario
  readonly lac: EndpointSpec
  readonly lns: EndpointSpec
  readonly direction: LinkDirection
  readonly tunnel: TunnelSpec
  readonly sessions: SessionGroup
}

let known: BaseParts | undefined

/** Every part as a scenario has it that says nothing of it. */
export function baseParts(): BaseParts {
  known ??= readBaseParts()
  return known
}

function readBaseParts(): BaseParts {
  const parsed = parseScenarioData(
    {
      endpoints: { lac: { role: 'LAC' }, lns: { role: 'LNS' } },
      links: [{ between: ['lac', 'lns'] }],
      tunnels: [{ from: 'lac', to: 'lns', sessions: [{}] }],
    },
    'drawn',
  )
  assert(parsed.ok, 'the least scenario there is has mistakes')
  const { scenario } = parsed
  const { lac, lns } = scenario.endpoints
  const tunnel = scenario.tunnels[0]
  const sessions = tunnel?.sessions[0]
  assert(lac !== undefined && lns !== undefined && tunnel !== undefined && sessions !== undefined, 'a part is missing')
  return { scenario, lac, lns, direction: scenario.links[0]!.forward, tunnel, sessions }
}

/** `base` with `changes`; all copies of one base are laid out alike: a spread alone keeps the layout, and the rest is not new to it. */
export function changed<T extends object>(base: T, changes: Partial<T>): T {
  const copy = { ...base }
  for (const key of Object.keys(changes) as (keyof T)[]) copy[key] = changes[key] as T[keyof T]
  return copy
}
