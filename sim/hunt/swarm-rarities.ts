// Drawn scenarios for what no coincidence brings about in a thousand seeds: in one seed of so many, nothing but one such story on links
// without any flaw. Drawn from a stream of their own, so that the other seeds are what they would be if there were none.

import { MILLISECOND, SECOND, type Nanos } from '../base/time.ts'
import { retransmissionCycle } from '../l2tp/channel.ts'
import type { EndpointSpec, FaultSpec, Scenario, SessionGroup, TunnelSpec } from '../scenario/schema.ts'
import { baseParts, changed } from './base-parts.ts'
import type { Dice } from './dice.ts'
import { crash, cut, once, tell, when, type Plot, type Stage, type Story } from './swarm-recoveries.ts'
import { lawful } from './swarm-version.ts'

const RARITIES = 8

type L2tp = EndpointSpec['l2tp']

/**
 * Both ends fail at once, and ask with tie breakers that are equal, up to more often than they try (R4951-AMB-20). As often as they have
 * met, both are held until neither would wait any longer, so that they meet again.
 */
function equals({ dice, victim, peer, at, retransmit }: Stage): Plot {
  const times = dice.pick([2, 4, 4, 4, 5])
  const pauses = Array.from({ length: times }, (_, i): readonly FaultSpec[] =>
    [victim, peer].map((endpoint) => ({
      kind: 'pause',
      ...when(endpoint, { receives: 'SCCRQ', nth: i + 1 }, MILLISECOND),
      endpoint,
      for: retransmit.initial,
    })),
  )
  return {
    faults: [crash(victim, once(at)), crash(peer, once(at)), ...pauses.flat()],
    both: { retries: 3, recoveryTime: 60 * SECOND, parallel: 0 },
    l2tp: { tieBreaker: false, tieBreakers: Array.from({ length: 8 }, (_, i) => i + 1) },
    after: dice.ms(50, 1_000),
    latency: dice.ms(5, 100),
  }
}

/** The peer fails when it has offered the recovery, and asks for its own; that is what comes through, long after ours was given up. */
function overtaken(stage: Stage): Plot {
  const { dice, victim, peer, at, retransmit } = stage
  const silence = retransmissionCycle(retransmit) + dice.ms(0, 1_500)
  return {
    faults: [
      crash(victim, once(at)),
      crash(peer, when(peer, { sends: 'SCCRP' }, dice.pick([0, 0, MILLISECOND]))),
      cut(stage, when(peer, { sends: 'SCCRQ', after: 1 }), silence, 'forward'),
    ],
    both: { retries: 3, recoveryTime: 60 * SECOND, parallel: 0, dataChannel: true, dataPlaneSurvives: false },
    after: dice.ms(50, 800),
    latency: dice.ms(5, 60),
  }
}

/** A recovery ends before its SCCCN, and another begins; meanwhile the peer has something to say. */
function interrupted(stage: Stage, { endpoints }: Scenario): Plot {
  const { dice, victim, peer, at, retransmit } = stage
  const latency = dice.ms(50, 200)
  const second = when(peer, { sends: 'SCCRP', after: 1, nth: retransmit.count + 2 }, dice.ms(1, (2 * latency) / MILLISECOND))
  const call = endpoints[peer]?.role === 'LAC' ? 'incoming' : 'outgoing'
  const says: FaultSpec = { kind: 'call', ...second, endpoint: peer, tunnel: 1, call, sequenced: false }
  const silence = retransmissionCycle(retransmit) + latency - dice.ms(1, 40)
  return {
    faults: [crash(victim, once(at)), cut(stage, when(victim, { sends: 'SCCRQ' }), silence, 'backward'), says],
    both: { retries: 3, recoveryTime: 60 * SECOND, parallel: 0 },
    latency,
  }
}

/** Queries are unanswered when the peer fails, and unanswered again when it is back: what was before does not count. */
function asksAnew(stage: Stage): Plot {
  const { dice, victim, peer, at } = stage
  return {
    faults: [
      { kind: 'query-sessions', ...once(at), endpoint: victim, tunnel: 1 },
      // What is asked is acknowledged, and not answered.
      cut(stage, when(peer, { receives: 'FSQ', tunnel: 'any' }, dice.ms(2, 40)), 1_500 * MILLISECOND, 'backward'),
      crash(peer, once(at + dice.ms(1_200, 1_500))),
      cut(stage, when(peer, { sends: 'StopCCN', after: 2 }, dice.ms(102, 140)), dice.ms(1_500, 4_000), 'backward'),
    ],
    both: { responseTimeout: SECOND, queryTries: dice.pick([2, 3]), recoveryTime: 60 * SECOND, parallel: 0, coalesceResponses: true },
    own: { query: 'all', staleDelay: 100 * MILLISECOND },
    peers: { query: 'none' },
    latency: dice.ms(5, 60),
  }
}

/** Both ends ask for the same circuits over L2TPv3 (RFC 3931 5.4.4). */
function rivals(scenario: Scenario, dice: Dice): Scenario {
  const values = dice.pick([[[7], [7]], [[7, 7, 7, 7], [7, 7, 7, 7]], [[1, 1, 1, 1], [2, 2, 2, 2]], [[2, 2], [1, 1]]] as const)
  const call = dice.pick(['incoming', 'outgoing'] as const)
  const group = { call, tied: true, count: dice.pick([1, 2]) }
  return told(scenario, group, (l2tp, side) =>
    changed(l2tp, {
      version: 3,
      // The number of a request that loses is not given again while its refusal is on its way (RFC 4951 3.3).
      sessionIds: 'least-recently-used',
      v3: changed(l2tp.v3, { sessionTieBreaker: true, sessionTieBreakers: values[side] }),
    }),
  )
}

/** The LNS does not wait for the far end of an outgoing call to answer, and says something about it that is out of turn. */
function impatient(scenario: Scenario, dice: Dice): Scenario {
  const count = dice.int(1, 3)
  const calm = told(scenario, { call: 'outgoing', count }, (l2tp) =>
    changed(l2tp, { answerDelay: 2 * SECOND, answerTimeout: 30 * SECOND, bearerCapabilities: 3 }),
  )
  const { from, to } = calm.tunnels[0]!
  const endpoint = calm.endpoints[from]?.role === 'LNS' ? from : to
  const faults = Array.from({ length: count }, (_, i): FaultSpec => ({
    kind: 'misspeak',
    ...when(endpoint, { receives: 'OCRP', tunnel: 'ordinary', nth: i + 1 }, dice.shortMs(800)),
    endpoint,
    tunnel: 1,
    session: i + 1,
    says: dice.pick(['OCRQ', 'OCRP', 'OCCN'] as const),
    flaw: 'none',
  }))
  return changed(calm, { faults })
}

/** The first tunnel alone, with these calls. */
function told(scenario: Scenario, group: Partial<SessionGroup>, change: (l2tp: L2tp, side: 0 | 1) => L2tp): Scenario {
  const { sessions } = baseParts()
  const alone = { at: 0, version: undefined, redial: 'never', sessions: [changed(sessions, group)] } as const
  const tunnel: TunnelSpec = changed(scenario.tunnels[0]!, alone)
  const endpoints = Object.entries(scenario.endpoints).map(([name, spec]): [string, EndpointSpec] => {
    const l2tp = lawful(change(spec.l2tp, spec.role === 'LAC' ? 0 : 1))
    return [name, changed(spec, { l2tp })]
  })
  return flawless(changed(scenario, { endpoints: Object.fromEntries(endpoints), tunnels: [tunnel], faults: [] }))
}

/** Nothing is lost, late or spoilt on the way. */
function flawless(scenario: Scenario): Scenario {
  const { direction } = baseParts()
  const links = scenario.links.map((link) => {
    const clean = changed(direction, { latency: latencyOf(link.forward.latency) })
    return changed(link, { forward: clean, backward: clean })
  })
  return changed(scenario, { links })
}

type Latency = Scenario['links'][number]['forward']['latency']

const latencyOf = (latency: Latency): Nanos => (typeof latency === 'number' ? latency : 20 * MILLISECOND)

/** In some seeds a story with everything that belongs to it, and nothing else; undefined in the rest. */
export function drawRarity(scenario: Scenario, dice: Dice): Story | undefined {
  if (!dice.chance(1 / RARITIES) || scenario.tunnels.length === 0) return undefined
  const kind = dice.pick([equals, equals, overtaken, overtaken, interrupted, asksAnew, asksAnew, 'rivals', 'rivals', 'impatient'] as const)
  if (kind === 'rivals') return { scenario: rivals(scenario, dice), faults: [], until: 5 * SECOND }
  if (kind === 'impatient') {
    const spoken = impatient(scenario, dice)
    return { scenario: spoken, faults: spoken.faults, until: 5 * SECOND }
  }
  const story = tell(changed(scenario, { faults: [] }), dice, (stage) => kind(stage, scenario))
  return { ...story, scenario: flawless(story.scenario) }
}
