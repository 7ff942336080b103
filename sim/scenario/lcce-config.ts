// What the protocol is told of an endpoint: its settings in the scenario with names and addresses filled in. Spelled out field by field:
// a spread that is followed by further fields makes V8 lay out each object anew, and then nothing that reads a setting is fast.

import type { FailoverConfig, LcceConfig, Version3Config } from '../l2tp/config.ts'
import type { EndpointSpec } from './schema.ts'

/** What an instance is called where its settings do not say it. */
export interface Identity {
  readonly hostName: string
  readonly routerId: number
}

/** The configuration of an instance of `spec`; `allowed`: who may recover tunnels with it, as addresses. */
export function lcceConfig(spec: EndpointSpec, allowed: FailoverConfig['allowedRecoveryEndpoints'], identity: Identity): LcceConfig {
  const { l2tp, quirks, mutant } = spec
  const { initial, cap, count } = l2tp.retransmit
  return {
    version: l2tp.version,
    hostName: l2tp.hostName ?? identity.hostName,
    vendorName: l2tp.vendorName,
    framingCapabilities: l2tp.framingCapabilities,
    bearerCapabilities: l2tp.bearerCapabilities,
    receiveWindow: l2tp.receiveWindow,
    firstNs: l2tp.firstNs,
    outOfOrder: l2tp.outOfOrder,
    retransmit: { initial, cap, count },
    helloInterval: l2tp.helloInterval,
    secret: l2tp.secret,
    challenge: l2tp.challenge,
    hideAvps: l2tp.hideAvps,
    tieBreaker: l2tp.tieBreaker,
    tieBreakers: l2tp.tieBreakers,
    linger: l2tp.linger,
    answerDelay: l2tp.answerDelay,
    answerTimeout: l2tp.answerTimeout,
    sessionIds: l2tp.sessionIds,
    dataThreshold: l2tp.dataThreshold,
    maxTunnels: l2tp.maxTunnels,
    maxSessionsPerTunnel: l2tp.maxSessionsPerTunnel,
    maxHalfOpenTunnels: l2tp.maxHalfOpenTunnels,
    maxRecoveryTunnels: l2tp.maxRecoveryTunnels,
    maxQueuedMessages: l2tp.maxQueuedMessages,
    maxQueryEntries: l2tp.maxQueryEntries,
    v3: version3Config(l2tp.v3, identity),
    failover: failoverConfig(l2tp.failover, allowed),
    quirks,
    mutant,
  }
}

function version3Config(v3: EndpointSpec['l2tp']['v3'], { routerId }: Identity): Version3Config {
  return {
    routerId: v3.routerId ?? routerId,
    pseudowireTypes: v3.pseudowireTypes,
    cookieOctets: v3.cookieOctets,
    digest: v3.digest,
    nextSecret: v3.nextSecret,
    integrity: v3.integrity,
    sessionTieBreaker: v3.sessionTieBreaker,
    sessionTieBreakers: v3.sessionTieBreakers,
  }
}

function failoverConfig(
  failover: EndpointSpec['l2tp']['failover'],
  allowedRecoveryEndpoints: FailoverConfig['allowedRecoveryEndpoints'],
): FailoverConfig {
  return {
    enabled: failover.enabled,
    controlChannel: failover.controlChannel,
    dataChannel: failover.dataChannel,
    recoveryTime: failover.recoveryTime,
    suggestControlSequence: failover.suggestControlSequence,
    recoveryTimer: failover.recoveryTimer,
    dataPlaneSurvives: failover.dataPlaneSurvives,
    allowedRecoveryEndpoints,
    guardTime: failover.guardTime,
    query: failover.query,
    suspectAfter: failover.suspectAfter,
    staleDelay: failover.staleDelay,
    responseTimeout: failover.responseTimeout,
    queryTries: failover.queryTries,
    mtu: failover.mtu,
    responseLimit: failover.responseLimit,
    coalesceResponses: failover.coalesceResponses,
    shuffleResponses: failover.shuffleResponses,
    retries: failover.retries,
    parallel: failover.parallel,
    tunnelLimit: failover.tunnelLimit,
    force: failover.force,
  }
}
