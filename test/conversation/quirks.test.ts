// Every quirk brought out: a scenario in which an endpoint that has it says or does what the correct one does not, line by line. A is the
// LNS, which fails, R the LAC. Lines begin with the simulated time in seconds.

import { describe, expect, test } from 'vitest'
import { toHex } from '../../sim/base/bytes.ts'
import { SECOND } from '../../sim/base/time.ts'
import { encodeMessage } from '../../sim/l2tp/wire/codec.ts'
import { stampControlHeader } from '../../sim/l2tp/wire/header.ts'
import { quirks } from '../../sim/l2tp/quirks.ts'
import type { FaultSpec, Scenario } from '../../sim/scenario/schema.ts'
import { play, saidIn, type Played } from '../support/dialogue-run.ts'

interface Scene {
  readonly on: 'lac1' | 'lns1'
  readonly scenario: string
  readonly set?: Readonly<Record<string, string>>
  readonly change?: (scenario: Scenario) => Scenario
  /** A line that only the quirk makes. */
  readonly wrong: RegExp
  /** A line that it leaves out. */
  readonly right?: RegExp
}

const FAILURE = 'failover/lns-control-failure'
const one = { 'tunnels[0].sessions.count': '1', 'tunnels[0].sessions.traffic.rate': 'none' }
/** The LAC refuses the recovery: it cannot be recovered, and the LNS asks all the same. */
const refused = { 'endpoints.lac1.l2tp.failover.controlChannel': 'false', 'endpoints.lns1.l2tp.failover.force': 'true' }
/** The LNS is back after 50 s, longer than the 31 s of retransmission. */
const late = { ...one, duration: '80s', 'endpoints.lns1.backup.takeoverTime': '50s', 'endpoints.lac1.l2tp.helloInterval': '2s' }
const wrap = { 'endpoints.lac1.l2tp.firstNs': '65535', 'endpoints.lns1.l2tp.firstNs': '65535' }

type Side = 'lac1' | 'lns1'
const addresses: Readonly<Record<Side, string>> = { lac1: '10.1.0.1', lns1: '10.2.0.1' }

const injected = (to: Side, hex: string): FaultSpec => {
  const from = addresses[to === 'lac1' ? 'lns1' : 'lac1']
  return { kind: 'inject', from, fromPort: 1701, to: addresses[to], transport: 'udp', toPort: 1701, hex, at: 3 * SECOND, delay: 0 }
}

/** One more datagram at 3 s, and nothing else fails. */
const only =
  (to: Side, hex: string) =>
  (scenario: Scenario): Scenario => ({ ...scenario, faults: [injected(to, hex)] })

/** A recovery SCCRQ for the LAC's tunnel, from somebody who calls himself otherwise: refused. */
function spoofedRequest(): string {
  const bytes = encodeMessage({
    type: 'SCCRQ',
    protocolVersion: { version: 1, revision: 0 },
    framingCapabilities: 3,
    hostName: 'mallory',
    assignedTunnelId: 77,
    tieBreaker: new Uint8Array(8),
    tunnelRecovery: { recoverTunnelId: 1, recoverRemoteTunnelId: 1 },
  })
  stampControlHeader(bytes, 0, 0, 0, 0)
  return toHex(bytes)
}

/** A StopCCN without Result Code; vendor 9 has an attribute of that number. */
const VENDOR_STOPCCN = 'c8020024 00010000 0016000b 8008000000000004 8008000000090001 0008000900010001'

const scenes: Readonly<Record<string, Scene>> = {
  'one-retransmission-too-few': {
    on: 'lac1',
    scenario: 'basic/silent-peer',
    wrong: /^84\.060 R cleared tunnel 1 \(retransmission-limit\)/,
    right: /^92\.060 R cleared tunnel 1 \(retransmission-limit\)/,
  },
  'fixed-retransmission-interval': { on: 'lac1', scenario: 'basic/silent-peer', wrong: /^63\.060 R>A HELLO .*!again/ },
  'no-retransmission-cap': {
    on: 'lac1',
    scenario: 'basic/silent-peer',
    set: { 'endpoints.lac1.l2tp.retransmit.count': '7' },
    wrong: /^124\.060 R>A HELLO .*!again/,
    right: /^84\.060 R>A HELLO .*!again/,
  },
  'acknowledgement-without-modulo': { on: 'lac1', scenario: FAILURE, set: { ...one, ...wrap }, wrong: /R>A SCCRQ \[1 65535\/0\].*!again/ },
  'stopccn-after-giving-up': { on: 'lac1', scenario: 'basic/silent-peer', wrong: /R cleared tunnel 1 \(stopccn-sent\)/ },
  'unsent-acknowledged': {
    on: 'lac1',
    scenario: FAILURE,
    change: only('lac1', 'c802000c0001000000000fa0'),
    wrong: /R took ZLB as acknowledged \[\d+\/4000\]/,
    right: /R took ZLB as bad-nr \[\d+\/4000\]/,
  },
  'vendor-ids-ignored': {
    on: 'lns1',
    scenario: FAILURE,
    change: only('lns1', VENDOR_STOPCCN.replaceAll(' ', '')),
    wrong: /A cleared tunnel 1 \(stopccn-received\)/,
  },
  'wrong-response-accepted': {
    on: 'lns1',
    scenario: 'basic/one-tunnel',
    set: { 'endpoints.lns1.l2tp.secret': 'right', 'endpoints.lns1.l2tp.challenge': 'true', 'endpoints.lac1.l2tp.secret': 'wrong' },
    wrong: /^60\.030 A>R HELLO/,
    right: /A>R StopCCN .*1=4/,
  },
  'recovery-request-ignored': { on: 'lac1', scenario: FAILURE, wrong: /^12\.500 A>R SCCRQ .*77.*!again/, right: /R>A SCCRP .*78/ },
  'tunnel-recovery-unknown': { on: 'lac1', scenario: FAILURE, wrong: /R>A StopCCN \[\d+ 0\/1\] \{9=2,1=2\/8\}/, right: /R>A SCCRP .*78/ },
  'recovery-request-as-new-tunnel': { on: 'lac1', scenario: FAILURE, wrong: /R>A SCCRP .*9=2,76\(CD/, right: /R>A SCCRP .*78/ },
  'query-ends-tunnel': { on: 'lac1', scenario: FAILURE, wrong: /R cleared tunnel 1 \(stopccn-sent\)/, right: /R>A FSR/ },
  'query-never-acknowledged': { on: 'lac1', scenario: FAILURE, wrong: /^12\.540 A>R FSQ .*!again/, right: /R>A FSR/ },
  'failover-capability-empty': {
    on: 'lac1',
    scenario: FAILURE,
    wrong: /R>A SCCRQ .*76\?/,
    right: /A>R SCCRQ .*77/,
  },
  'failover-avps-repeated': { on: 'lac1', scenario: FAILURE, wrong: /R>A SCCRP .*76\(CD,60s\),77\(1,1\),78\(/ },
  'suggestion-ignored': { on: 'lns1', scenario: FAILURE, wrong: /A reset \[1 0\/0\]/, right: /A reset \[1 30611\/1436\]/ },
  'suggestion-swapped': { on: 'lns1', scenario: FAILURE, wrong: /A reset \[1 1436\/30611\]/, right: /A reset \[1 30611\/1436\]/ },
  'recovery-ids-swapped': {
    on: 'lns1',
    scenario: FAILURE,
    set: { ...one, 'endpoints.lac1.count': '2' },
    wrong: /A>lac12 SCCRQ .*77\(1,2\)/,
    right: /A>lac12 SCCRQ .*77\(2,1\)/,
  },
  'muted-before-authentication': {
    on: 'lac1',
    scenario: FAILURE,
    change: (scenario) => only('lac1', spoofedRequest())(scenario),
    set: { ...one, 'endpoints.lns1.l2tp.helloInterval': '5s' },
    wrong: /R took HELLO as discarded/,
    right: /R took HELLO as accepted/,
  },
  'failed-recovery-clears-wrong-tunnel': {
    on: 'lns1',
    scenario: FAILURE,
    set: refused,
    wrong: /A keeps tunnel 1/,
    right: /A cleared tunnel 1 \(recovery-failed\)/,
  },
  'failed-recovery-with-stopccn': { on: 'lns1', scenario: FAILURE, set: refused, wrong: /A>R StopCCN \[1 0\/0\]/ },
  'reset-keeps-held-messages': {
    on: 'lac1',
    scenario: FAILURE,
    // A HELLO that is one ahead waits at the LAC; the reset to zero comes, and when the numbers get there, it is taken for new.
    set: { ...one, 'endpoints.lac1.l2tp.failover.suggestControlSequence': 'false', 'endpoints.lns1.l2tp.helloInterval': '6s', duration: '40s' },
    change: (scenario) => ({ ...scenario, faults: [injected('lac1', 'c802001400010000000300018008000000000006'), ...scenario.faults] }),
    wrong: /R took HELLO as accepted \[3\/1\]/,
  },
  'reset-keeps-sent-messages': {
    on: 'lac1',
    scenario: FAILURE,
    set: { ...one, 'endpoints.lac1.l2tp.helloInterval': '300ms' },
    wrong: /^5\.550 R>A FSQ/,
    right: /^5\.570 R>A FSQ/,
  },
  'silent-failover': {
    on: 'lns1',
    scenario: FAILURE,
    set: { ...one, 'endpoints.lac1.l2tp.helloInterval': '5s' },
    wrong: /^11\.170 A>R ZLB \[1 2\/6\]/,
    right: /A>R SCCRQ .*77/,
  },
  'stale-takeover': {
    on: 'lns1',
    scenario: FAILURE,
    set: { ...one, 'endpoints.lac1.l2tp.helloInterval': '5s', duration: '90s' },
    wrong: /^60\.140 R>A HELLO .*!again|R cleared tunnel 1 \(retransmission-limit\)/,
    right: /A>R SCCRQ .*77/,
  },
  'recovery-time-ignored': { on: 'lac1', scenario: FAILURE, set: late, wrong: /^37\.180 R cleared tunnel 1/, right: /R reset/ },
  'own-recovery-time-used': {
    on: 'lac1',
    scenario: FAILURE,
    set: { ...late, 'endpoints.lac1.l2tp.failover.recoveryTime': '1s' },
    wrong: /^37\.180 R cleared tunnel 1/,
    right: /R reset/,
  },
  'tie-loser-clears': { on: 'lac1', scenario: 'failover/both-ends-fail', wrong: /R cleared tunnel 1 \(recovery-failed\)/, right: /R>A FSR/ },
  'higher-tie-breaker-wins': { on: 'lns1', scenario: 'failover/both-ends-fail', wrong: /^7\.010 A>R SCCRP/, right: /^7\.020 A reset/ },
  'tie-breaker-missing': { on: 'lns1', scenario: FAILURE, wrong: /A>R SCCRQ .*\{9=/, right: /A>R SCCRQ .*\{5,9=/ },
  'old-tunnel-not-suspended': { on: 'lac1', scenario: 'failover/new-call-during-recovery', wrong: /^7\.015 R>A ICRQ/, right: /^7\.030 R>A ICRQ/ },
  'recovery-tunnel-kept': { on: 'lns1', scenario: FAILURE, wrong: /^15\.530 R>A StopCCN/, right: /^5\.540 A>R StopCCN/ },
  'cdn-for-unknown-session': { on: 'lns1', scenario: 'failover/remote-forgot-its-sessions', wrong: /A>R CDN/ },
  'one-query-for-all-sessions': { on: 'lns1', scenario: 'failover/five-hundred-sessions', wrong: /A>R FSQ .*79\(91,91\).*79\(500,500\)/ },
  'half-open-sessions-kept': { on: 'lac1', scenario: 'failover/call-half-set-up', wrong: /R keeps session 1/, right: /R cleared session 1 \(not-established\)/ },
  'mismatch-clears-at-once': {
    on: 'lac1',
    scenario: 'failover/session-ids-mispaired',
    wrong: /^5\.550 R cleared session 1/,
    right: /^6\.570 R cleared session 1/,
  },
  'pair-not-checked': {
    on: 'lns1',
    scenario: FAILURE,
    set: { 'tunnels[0].sessions.count': '2' },
    // The LAC believes that its session 1 is paired with 2: a question about (1,2).
    change: (scenario) => ({
      ...scenario,
      faults: [
        { kind: 'mispair-session', endpoint: 'lac1', tunnel: 1, session: 1, peerSessionId: 2, at: 4 * SECOND, delay: 0 },
        { kind: 'query-sessions', endpoint: 'lac1', tunnel: 1, at: 5 * SECOND, delay: 0 },
      ],
    }),
    wrong: /A>R FSR .*79\(1,1\)/,
  },
  'data-numbers-never-reset': {
    on: 'lac1',
    scenario: 'failover/both-planes-sequenced',
    wrong: /R took no data number anew/,
    right: /R took a data number anew/,
  },
}

/** Messages and deeds, what R took them for, and what is left at the end. */
function lines(played: Played): readonly string[] {
  const letters = new Map(Object.entries(played.cast).map(([letter, endpoint]) => [endpoint, letter]))
  const taken = played.records.flatMap((record) =>
    record.kind === 'handled'
      ? [`${letters.get(record.endpoint) ?? ''} took ${record.type} as ${record.verdict} [${String(record.ns)}/${String(record.nr)}]`]
      : [],
  )
  const resets = played.records.some((record) => record.kind === 'dataReset' && record.endpoint === 'lac1' && record.direction === 'receive')
  const kept = played.result.endpoints.flatMap(({ endpoint, tunnels, sessions }) => [
    ...tunnels.map(({ tunnel }) => `${letters.get(endpoint) ?? ''} keeps tunnel ${String(tunnel)}`),
    ...sessions.map(({ session }) => `${letters.get(endpoint) ?? ''} keeps session ${String(session)}`),
  ])
  const said = saidIn(played, 'start').map(({ at, text }) => `${(at / SECOND).toFixed(3)} ${text}`)
  return [...said, ...taken, ...kept, resets ? 'R took a data number anew' : 'R took no data number anew']
}

test('every quirk has its scene', () => {
  expect(Object.keys(scenes).sort()).toEqual(quirks.map(({ name }) => name).sort())
})

describe.each(quirks.map((quirk) => [quirk.name, quirk] as const))('%s', (name) => {
  test('says or does what the correct endpoint does not', { timeout: 60_000 }, () => {
    const { on, scenario, set = {}, change, wrong, right } = scenes[name]!
    const correct = lines(play(scenario, { set, ...(change && { change }) }))
    const quirky = lines(play(scenario, { set: { ...set, [`endpoints.${on}.quirks`]: `[${name}]` }, ...(change && { change }) }))
    expect(quirky).toContainEqual(expect.stringMatching(wrong))
    expect(correct.filter((line) => wrong.test(line))).toEqual([])
    if (right === undefined) return
    expect(correct).toContainEqual(expect.stringMatching(right))
    expect(quirky.filter((line) => right.test(line))).toEqual([])
  })
})
