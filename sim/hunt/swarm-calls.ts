// What a drawn scenario has that meets control connections and calls where they seldom are: ends in the middle of a set-up, ends that
// cannot come together, requests that cross, and peers that say what they should not. In most seeds nothing. Each from a stream of its
// own, so that a seed without it is what it would be if there were none.

import { MILLISECOND, SECOND, type Nanos } from '../base/time.ts'
import type { EndpointSpec, FaultSpec, Scenario, SessionGroup } from '../scenario/schema.ts'
import { baseParts, changed } from './base-parts.ts'
import { Dice } from './dice.ts'
import type { Arena, ArenaEndpoint } from './swarm-faults.ts'
import { lawful } from './swarm-version.ts'

type L2tp = EndpointSpec['l2tp']
type Misspeech = Extract<FaultSpec, { kind: 'misspeak' }>

/** What a seed may have of this kind: of 100 seeds so many each, the rest none. */
const shares = { hasty: 14, misspeaking: 22, apart: 9, crossing: 7, rivalling: 8 } as const
type Oddity = keyof typeof shares | 'none'

function oddityOf(seed: string): Oddity {
  let roll = new Dice(seed, 'oddity').int(0, 99)
  for (const [name, share] of Object.entries(shares) as [Oddity, number][]) {
    if (roll < share) return name
    roll -= share
  }
  return 'none'
}

/** Messages of a set-up, on the heels of which it may end. */
const settingUp = ['SCCRQ', 'SCCRP', 'SCCCN', 'ICRQ', 'ICRP', 'ICCN', 'OCRQ', 'OCRP', 'OCCN', 'OCRP'] as const

function moment(dice: Dice, { endpoints }: Arena): Pick<FaultSpec, 'when' | 'delay'> {
  const message = dice.pick(settingUp)
  const endpoint = dice.pick(endpoints).name
  const trigger = dice.chance(0.5) ? { sends: message } : { receives: message }
  return {
    when: { endpoint, ...trigger, tunnel: 'any', nth: dice.pick([1, 1, 1, 2]) },
    delay: dice.chance(0.6) ? 0 : dice.shortMs(100),
  }
}

/** Calls hung up and tunnels closed while they are being set up. */
function drawEndings(dice: Dice, arena: Arena): readonly FaultSpec[] {
  return Array.from({ length: dice.pick([1, 2, 3]) }, () => {
    const victim = dice.pick(arena.endpoints.filter(({ tunnels }) => tunnels > 0))
    const on = { endpoint: victim.name, tunnel: dice.int(1, victim.tunnels) }
    const closes = victim.sessions === 0 || dice.chance(0.25)
    if (closes) return { kind: 'close-tunnel', ...moment(dice, arena), ...on }
    return { kind: 'hang-up', ...moment(dice, arena), ...on, session: dice.chance(0.7) ? 'all' : dice.int(1, victim.sessions) }
  })
}

/** In place of what a message is said that meets a state which does not expect it. */
const substitutes: readonly (readonly [Misspeech['insteadOf'] & string, readonly Misspeech['says'][]])[] = [
  ['SCCRP', ['SCCCN', 'SCCRP', 'ICRQ']],
  ['SCCCN', ['SCCRP', 'SCCRQ', 'SCCCN', 'ICRP']],
  ['ICRQ', ['ICRQ', 'ICRQ', 'OCRQ']],
  ['ICRP', ['ICRQ', 'ICRQ', 'ICCN', 'ICRP', 'ICRP', 'OCRP']],
  ['ICCN', ['ICRQ', 'ICRP', 'ICCN', 'ICCN', 'OCCN']],
  ['OCRQ', ['OCRQ', 'OCRQ', 'ICRQ']],
  ['OCRP', ['OCCN', 'OCRQ', 'OCRP', 'OCRP']],
  ['OCCN', ['OCRP', 'OCRQ', 'OCCN', 'OCCN', 'ICCN']],
]

/** What may be said at any time, calls more often. */
const sayings = [
  ...(['SCCRQ', 'SCCRP', 'SCCCN', 'HELLO'] as const),
  ...(['ICRQ', 'ICRP', 'ICCN', 'OCRQ', 'OCRP', 'OCCN', 'ICRQ', 'ICRP', 'OCRQ', 'OCRP'] as const),
] as const
const FIRST_OF_CALLS = 4

/** Those of a call first: they end it and nothing else. */
const ofCalls = [
  ...(['none', 'none', 'none', 'none', 'strange'] as const),
  ...(['unacceptable', 'unacceptable', 'unacceptable', 'unknown-avp', 'vendor-avp'] as const),
] as const
const rarer = ['optional-avp', 'missing-avp', 'short-avp', 'unknown-type'] as const

/** About which a seed misspeaks: calls, so that its tunnels last, or anything. */
type Topic = 'calls' | 'anything'

function misspeech(dice: Dice, arena: Arena, speaker: ArenaEndpoint, topic: Topic): Misspeech {
  const on = {
    kind: 'misspeak',
    endpoint: speaker.name,
    tunnel: dice.int(1, speaker.tunnels),
    session: dice.int(1, Math.max(1, speaker.sessions)),
  } as const
  const flaw = topic === 'calls' || dice.chance(0.6) ? dice.pick(ofCalls) : dice.pick(rarer)
  if (dice.chance(0.6)) {
    const [insteadOf, says] = dice.pick(topic === 'calls' ? substitutes.slice(2) : substitutes)
    const said = dice.pick(says)
    // The same message is out of turn only if something is wrong with it.
    return { ...on, at: 0, delay: 0, says: said, flaw: said === insteadOf && flaw === 'none' ? 'unacceptable' : flaw, insteadOf }
  }
  const time = dice.chance(0.7) ? moment(dice, arena) : { at: dice.ms(100, arena.healed / MILLISECOND), delay: 0 }
  return { ...on, ...time, says: dice.pick(topic === 'calls' ? sayings.slice(FIRST_OF_CALLS) : sayings), flaw }
}

/** Messages that an endpoint should not say, of one endpoint: the others are judged by how they take it. */
function drawMisspeeches(dice: Dice, arena: Arena): readonly FaultSpec[] {
  const speaker = dice.pick(arena.endpoints.filter(({ tunnels }) => tunnels > 0))
  const topic = dice.pick(['calls', 'calls', 'calls', 'anything'] as const)
  return Array.from({ length: topic === 'calls' ? dice.int(5, 12) : dice.int(1, 4) }, () => misspeech(dice, arena, speaker, topic))
}

/** What happens in a seed beside its other faults; where nothing is off, both. */
export function drawIncidents(seed: string, arena: Arena, isEverything: boolean): readonly FaultSpec[] {
  const oddity = oddityOf(seed)
  const endings = oddity === 'hasty' || isEverything ? drawEndings(new Dice(seed, 'endings'), arena) : []
  const misspeeches = oddity === 'misspeaking' || isEverything ? drawMisspeeches(new Dice(seed, 'misspeech'), arena) : []
  return [...endings, ...misspeeches]
}

const eachSpec = (scenario: Scenario, change: (spec: EndpointSpec) => EndpointSpec): Scenario =>
  changed(scenario, { endpoints: Object.fromEntries(Object.entries(scenario.endpoints).map(([name, spec]) => [name, change(spec)])) })

const withL2tp = (spec: EndpointSpec, change: Partial<L2tp>): EndpointSpec => changed(spec, { l2tp: lawful(changed(spec.l2tp, change)) })

const sideOf = ({ role }: EndpointSpec): 0 | 1 => (role === 'LAC' ? 0 : 1)

/** Every tunnel has calls in both directions, from the beginning. */
function calling(scenario: Scenario, more: Partial<SessionGroup> = {}): Scenario {
  const { sessions } = baseParts()
  const both = [changed(sessions, { call: 'incoming', ...more }), changed(sessions, { call: 'outgoing', ...more })]
  return changed(scenario, { tunnels: scenario.tunnels.map((tunnel) => changed(tunnel, { sessions: [...both, ...tunnel.sessions] })) })
}

/** For peers that ask for what one has not: one framing, one bearer, or none at the LNS, who need not have any (RFC 2661 4.4.3). */
function narrow(scenario: Scenario, dice: Dice): Scenario {
  const lnsBearers = dice.pick([0, 1, 3] as const)
  const [isNarrow, isPatient] = [dice.chance(0.7), dice.chance(0.5)]
  return eachSpec(scenario, (spec) => {
    const bearerCapabilities = spec.role === 'LNS' ? lnsBearers : isNarrow ? 1 : spec.l2tp.bearerCapabilities
    const framingCapabilities = isNarrow ? 1 : spec.l2tp.framingCapabilities
    const answerDelay = isPatient ? SECOND : spec.l2tp.answerDelay
    return withL2tp(spec, { framingCapabilities, bearerCapabilities, answerDelay })
  })
}

/** Ends that cannot come together, or not for a call: another secret, no framing, bearer or pseudowire in common, nobody who answers. */
function apart(scenario: Scenario, dice: Dice): Scenario {
  const kind = dice.pick(['secret', 'secret', 'framing', 'bearer', 'pseudowire', 'silence', 'silence'] as const)
  const challenges = dice.pick([[true, true], [true, false], [false, true]] as const)
  return eachSpec(kind === 'secret' ? scenario : calling(scenario), (spec) => {
    const side = sideOf(spec)
    switch (kind) {
      case 'secret':
        return withL2tp(spec, { secret: side === 0 ? 'ours' : 'theirs', challenge: challenges[side] })
      case 'framing':
        return withL2tp(spec, { framingCapabilities: side === 0 ? 1 : 2 })
      case 'bearer':
        return side === 0 ? withL2tp(spec, { bearerCapabilities: 0 }) : spec
      case 'pseudowire':
        return withL2tp(spec, { v3: changed(spec.l2tp.v3, { pseudowireTypes: side === 0 ? [7] : [5] }) })
      case 'silence':
        return withL2tp(spec, { answerDelay: 4 * SECOND, answerTimeout: 2 * SECOND })
    }
  })
}

/** The first values of the tie breakers of both ends: drawn, or chosen so that one wins or nobody does. */
const drawOutcome = (dice: Dice): readonly [readonly number[], readonly number[]] =>
  dice.pick([[[], []], [repeated(1), repeated(2)], [repeated(2), repeated(1)], [[7], [7]], [repeated(7), repeated(7)]] as const)

/** Enough for the first requests of one end. */
const repeated = (value: number): readonly number[] => [value, value, value, value]

/** Both ends ask for a tunnel at nearly the same time (RFC 2661 4.4.3, RFC 3931 5.4.3). */
function crossing(scenario: Scenario, dice: Dice): Scenario {
  const [first] = scenario.tunnels
  if (first === undefined) return scenario
  const [values, apartBy]: [readonly (readonly number[])[], Nanos] = [drawOutcome(dice), dice.chance(0.6) ? 0 : dice.shortMs(40)]
  const has = dice.pick([[true, true], [true, true], [true, false], [false, true]] as const)
  const back = changed(first, { from: first.to, to: first.from, at: first.at + apartBy })
  return eachSpec(changed(scenario, { tunnels: [...scenario.tunnels, back] }), (spec) => {
    const side = sideOf(spec)
    return withL2tp(spec, { tieBreaker: has[side], tieBreakers: values[side] ?? [] })
  })
}

/** All speak L2TPv3, calls are asked for by both ends, and nothing else happens (RFC 3931 5.4.4). */
function rivalling(scenario: Scenario, dice: Dice): Scenario {
  const has = dice.pick([[true, true], [true, true], [true, true], [true, false], [false, false]] as const)
  const values = drawOutcome(dice)
  const tunnels = scenario.tunnels.map((tunnel) => changed(tunnel, { version: undefined, redial: 'never' as const }))
  const rivals = calling(changed(scenario, { tunnels, faults: [] }), { tied: true, count: dice.pick([1, 2]) })
  return eachSpec(rivals, (spec) => {
    const side = sideOf(spec)
    const v3 = changed(spec.l2tp.v3, { sessionTieBreaker: has[side], sessionTieBreakers: values[side] })
    // The number of a request that loses is not given again while its refusal is on its way (RFC 4951 3.3).
    return withL2tp(spec, { version: 3, sessionIds: 'least-recently-used', v3 })
  })
}

/** In half of the seeds without any other fault. */
const undisturbed = (scenario: Scenario, dice: Dice): Scenario => (dice.chance(0.5) ? changed(scenario, { faults: [] }) : scenario)

/** `scenario` with what its seed has of all this before any fault. */
export function unusual(scenario: Scenario, seed: string): Scenario {
  const dice = new Dice(seed, 'unusual')
  switch (oddityOf(seed)) {
    case 'hasty':
      // A number is not given again while the CDN that ends its call is on its way (RFC 4951 3.3).
      return eachSpec(calling(scenario), (spec) => withL2tp(spec, { sessionIds: 'least-recently-used' }))
    case 'misspeaking':
      return narrow(undisturbed(calling(scenario, { count: 3, recall: { after: 300 * MILLISECOND, limit: 3 } }), dice), dice)
    case 'apart':
      return apart(scenario, dice)
    case 'crossing':
      return crossing(scenario, dice)
    case 'rivalling':
      return rivalling(scenario, dice)
    case 'none':
      return scenario
  }
}
