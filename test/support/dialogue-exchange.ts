// The same scenario with LAC and LNS exchanged: what happened to the one now happens to the other. Names, roles and addresses
// stay where they are, so tunnels and incoming calls are still asked for by the LAC.

import type { Scenario } from '../../sim/scenario/schema.ts'
import { LAC_FAILS, LNS_FAILS, type Cast, type PlayOptions } from './dialogue-run.ts'

type Side = readonly [string, PlayOptions]

/** For `test.each`: a scenario in which the LNS fails as it is, and with the sides exchanged. */
export const lnsThenLac: readonly Side[] = [
  ['LNS', { cast: LNS_FAILS }],
  ['LAC', { cast: LAC_FAILS, change: exchangeSides }],
]

/** The same for a scenario in which the LAC fails. */
export const lacThenLns: readonly Side[] = [
  ['LAC', { cast: LAC_FAILS }],
  ['LNS', { cast: LNS_FAILS, change: exchangeSides }],
]

/** For scenarios with more endpoints than one of each: the LNSs fail as it is, then every LAC is an LNS, and the other way round. */
export const lnssThenLacs = (cast: Cast): readonly Side[] => [
  ['LNS', { cast }],
  ['LAC', { cast, change: swapRoles }],
]

/** The same where LAC or LNS may fail. */
export const inEitherRole = (cast: Cast): readonly Side[] => [
  ['as they are', { cast }],
  ['LAC and LNS exchanged', { cast, change: swapRoles }],
]

/** The same where it matters who places the calls: with the roles exchanged it is still the same end, so that incoming calls turn outgoing. */
export const placedByTheSame = (cast: Cast): readonly Side[] => [
  ['as they are', { cast }],
  ['LAC and LNS exchanged', { cast, change: (scenario) => turnCalls(swapRoles(scenario)) }],
]

/** Endpoints keep what they are called and what happens to them; incoming calls are placed by the other side. */
function swapRoles(scenario: Scenario): Scenario {
  const swapped = Object.entries(scenario.endpoints).map(([name, spec]) => [name, { ...spec, role: spec.role === 'LAC' ? 'LNS' : 'LAC' }] as const)
  return { ...scenario, endpoints: Object.fromEntries(swapped) }
}

/** Exchanges the endpoints `lac1` and `lns1` of a scenario: settings, faults, and what their links do. */
export function exchangeSides(scenario: Scenario): Scenario {
  const { lac1, lns1 } = scenario.endpoints
  if (lac1 === undefined || lns1 === undefined) throw new Error('the scenario has no lac1 and lns1')
  const own = ({ role, address }: typeof lac1): Pick<typeof lac1, 'role' | 'address'> => ({ role, address })
  return {
    ...scenario,
    endpoints: { ...scenario.endpoints, lac1: { ...lns1, ...own(lac1) }, lns1: { ...lac1, ...own(lns1) } },
    links: scenario.links.map((link) => ({ ...link, forward: renamed(link.backward), backward: renamed(link.forward) })),
    faults: scenario.faults.map((fault) => renamed(fault)),
  }
}

/** Calls placed by the other side: incoming ones turn into outgoing ones, with their messages. */
export function turnCalls(scenario: Scenario): Scenario {
  return {
    ...scenario,
    links: scenario.links.map((link) => mapTexts(link, turned)),
    tunnels: scenario.tunnels.map((tunnel) => mapTexts(tunnel, turned)),
    faults: scenario.faults.map((fault) => mapTexts(fault, turned)),
  }
}

/** What is said of a call, of the opposite direction. */
export function turned(text: string): string {
  const opposite: Readonly<Record<string, string>> = { incoming: 'outgoing', outgoing: 'incoming', up: 'down', down: 'up' }
  return opposite[text] ?? text.replace(/\b[IO](?=C(RQ|RP|CN)\b)/g, (direction) => (direction === 'I' ? 'O' : 'I'))
}

const renamed = <T>(value: T): T => mapTexts(value, (text) => ({ lac1: 'lns1', lns1: 'lac1' })[text] ?? text)

/** The same value with every text in it replaced. */
function mapTexts<T>(value: T, replace: (text: string) => string): T {
  if (typeof value === 'string') return replace(value) as T
  if (Array.isArray(value)) return value.map((each: unknown) => mapTexts(each, replace)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapTexts(each as unknown, replace)])) as T
}
