// The settings of a drawn scenario: protocol parameters, replicas, processors and links. Each knob is switched on or off for a seed as a
// whole (swarm testing): a seed in which little differs from the defaults reaches what one in which everything does never will.

import { MILLISECOND, NEVER, SECOND, type Nanos } from '../base/time.ts'
import type { EndpointSpec, Latency, LinkDirection, Loss } from '../scenario/schema.ts'
import { baseParts, changed } from './base-parts.ts'
import type { Dice } from './dice.ts'

/** What all endpoints of a scenario have alike. */
export interface Common {
  readonly secret: string | undefined
  readonly firstNs: number
  readonly suggestControlSequence: boolean
}

type L2tp = EndpointSpec['l2tp']
type Failover = L2tp['failover']

/** One seed of `NEAR_WRAP` begins its control channels shortly before 65535. */
const NEAR_WRAP = 8

export function drawCommon(dice: Dice): Common {
  return {
    secret: dice.chance(0.3) ? 'swarm' : undefined,
    firstNs: dice.chance(1 / NEAR_WRAP) ? 65_535 - dice.int(0, 12) : 0,
    suggestControlSequence: !dice.chance(0.15),
  }
}

/** Draws the settings of endpoints; the switches hold for all of them. */
export function settingsDrawer(dice: Dice, common: Common): (role: EndpointSpec['role'], place: number) => EndpointSpec {
  const on = (): boolean => dice.on(0.4)
  const [channel, identity, failing, asking, replicas, slow] = [on(), on(), on(), on(), dice.on(0.6), dice.on(0.15)]
  return (role, place) => {
    const base = role === 'LAC' ? baseParts().lac : baseParts().lns
    const address = `10.${role === 'LAC' ? '1' : '2'}.0.${String(place)}`
    const failover = changed(base.l2tp.failover, {
      suggestControlSequence: common.suggestControlSequence,
      recoveryTime: dice.pick([2, 5, 10, 20]) * SECOND,
      responseTimeout: dice.pick([2, 5]) * SECOND,
      ...(failing ? drawFailover(dice) : {}),
      ...(asking ? drawQueries(dice) : {}),
    })
    const l2tp = changed(base.l2tp, {
      secret: common.secret,
      firstNs: common.firstNs,
      helloInterval: dice.pick([20, 60, 60]) * SECOND,
      answerTimeout: 10 * SECOND,
      failover,
      ...(channel ? drawChannel(dice) : {}),
      ...(identity ? drawIdentity(dice, common) : {}),
    })
    return changed(base, {
      address,
      l2tp,
      restart: changed(base.restart, { after: restartTime(dice), persistent: !dice.chance(0.1) }),
      dataPlane: { survivesControlFailure: dice.chance(0.7), restartTime: dice.chance(0.2) ? dice.shortMs(3_000) : 0 },
      ...(replicas ? drawReplicas(dice, base, `10.3.${role === 'LAC' ? '1' : '2'}.${String(place)}`) : {}),
      ...(slow ? { processor: changed(base.processor, { serviceTime: dice.ms(1, 30), queue: dice.pick([4, 64, 1024]) }) } : {}),
    })
  }
}

const restartTime = (dice: Dice): Nanos => (dice.chance(0.5) ? dice.shortMs(1_500) : dice.ms(0, 25_000))

function drawFailover(dice: Dice): Partial<Failover> {
  const [controlChannel, dataChannel] = dice.pick([[true, true], [true, false], [false, true], [true, true]] as const)
  return {
    enabled: !dice.chance(0.08),
    controlChannel,
    dataChannel,
    recoveryTimer: dice.pick(['parallel', 'afterExhaustion']),
    dataPlaneSurvives: dice.chance(0.4),
    recoveryTime: dice.pick([0, 1, 3, 10, 30]) * SECOND,
    guardTime: dice.pick([2, 10]) * SECOND,
    retries: dice.pick([0, 0, 1, 3]),
    parallel: dice.pick([0, 1]),
    tunnelLimit: dice.chance(0.1) ? 1 : 0,
    force: dice.chance(0.1),
  }
}

function drawQueries(dice: Dice): Partial<Failover> {
  return {
    query: dice.pick(['all', 'all', 'all', 'suspect', 'none']),
    suspectAfter: dice.pick([1, 5]) * SECOND,
    staleDelay: dice.pick([100, 1_000]) * MILLISECOND,
    responseTimeout: dice.pick([1, 5]) * SECOND,
    queryTries: dice.int(1, 4),
    mtu: dice.pick([90, 120, 1500]),
    responseLimit: dice.pick([0, 1, 2]),
    coalesceResponses: dice.chance(0.5),
    shuffleResponses: dice.chance(0.5),
  }
}

function drawChannel(dice: Dice): Partial<L2tp> {
  return {
    receiveWindow: dice.pick([1, 2, 4, 16]),
    outOfOrder: dice.pick(['queue', 'drop']),
    retransmit: { initial: dice.pick([250, 500, 1_000]) * MILLISECOND, cap: 8 * SECOND, count: dice.pick([2, 3, 5]) },
    linger: dice.pick([1, 31]) * SECOND,
  }
}

function drawIdentity(dice: Dice, { secret }: Common): Partial<L2tp> {
  return {
    challenge: secret !== undefined && dice.chance(0.7),
    hideAvps: secret !== undefined && dice.chance(0.4),
    tieBreaker: dice.chance(0.4),
    // Not `lowest-free`: what is on its way may meet the next call of that number, which nothing in the protocol prevents (R4951-AMB-69).
    sessionIds: dice.pick(['least-recently-used', 'random']),
    vendorName: dice.pick(['', 'l2tp-failover-sim']),
    answerDelay: dice.shortMs(2_000),
  }
}

function drawReplicas(dice: Dice, base: EndpointSpec, address: string): Partial<EndpointSpec> {
  const mode = dice.pick(['none', 'same-address', 'same-address', 'own-address'] as const)
  const carries = dice.pick(['sessions', 'sessions', 'sessions', 'tunnels', 'nothing'] as const)
  const mirror = { lag: dice.chance(0.3) ? dice.shortMs(3_000) : 0, carries }
  return {
    backup: changed(base.backup, {
      mode,
      address: mode === 'own-address' ? address : undefined,
      takeoverTime: dice.shortMs(3_000),
      detectionDelay: dice.shortMs(3_000),
      mirror,
    }),
  }
}

/** Draws the directions of links; impairments end at `healed`. */
export function directionDrawer(dice: Dice, healed: Nanos): () => LinkDirection {
  const [losing, doubling, late, spoiling] = [dice.on(0.4), dice.on(0.25), dice.on(0.3), dice.on(0.1)]
  return () =>
    changed(baseParts().direction, {
      impairedUntil: losing || doubling || late || spoiling ? healed : NEVER,
      latency: late ? lateLatency(dice) : dice.ms(1, 40),
      reordering: late && dice.chance(0.6),
      loss: losing ? drawLoss(dice) : 0,
      duplication: doubling ? dice.pick([0.02, 0.1, 0.3]) : 0,
      corruption: spoiling ? dice.pick([0.01, 0.05]) : 0,
    })
}

function lateLatency(dice: Dice): Latency {
  const least = dice.ms(1, 20)
  return { uniform: [least, least + dice.ms(1, dice.pick([20, 200, 900]))] }
}

function drawLoss(dice: Dice): Loss {
  if (dice.chance(0.7)) return dice.pick([0.02, 0.1, 0.2, 0.4])
  return { gilbertElliott: { toBad: dice.pick([0.02, 0.1]), toGood: dice.pick([0.2, 0.5]), lossGood: 0, lossBad: 1 } }
}
