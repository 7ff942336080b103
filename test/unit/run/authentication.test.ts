// Nothing changes for somebody who has not the secret: traces and runs in which it does, and such as come close.

import { describe, expect, test } from 'vitest'
import { hunt } from '../../../sim/hunt/index.ts'
import { defaultLcce } from '../../../sim/l2tp/config.ts'
import type { RunContext } from '../../../sim/run/context.ts'
import { parseScenario } from '../../../sim/scenario/parse.ts'
import { contextWith, found, TraceBuilder } from '../../support/trace-builder.ts'

const name = 'nothing-changes-without-the-secret'

/** What each of the two has as its secret, and whether it sends a Challenge. */
function secrets(lac: string, lns: string): RunContext {
  const context = contextWith()
  const common = { ...defaultLcce, challenge: true, version: 'both' } as const
  const endpoints = context.endpoints.map((endpoint, i) => ({ ...endpoint, config: { ...common, secret: [lac, lns][i] } }))
  return { ...context, endpoints }
}

const inVersion3 = (bytes: Uint8Array): Uint8Array => bytes.map((octet, i) => (i === 1 ? (octet & 0xf0) | 3 : octet))

describe('a tunnel of L2TPv2 with a Challenge (R2661-5.1.1-03, R4951-AMB-50)', () => {
  test('is not established by an SCCRP or SCCCN of somebody with another secret', () => {
    const trace = new TraceBuilder().connect()
    const established = trace.records.filter(({ kind, ...record }) => kind === 'tunnel' && 'event' in record && record.event === 'established')
    expect(found(name, trace, secrets('one', 'other'))).toEqual(established.map(({ seq }) => seq))
    expect(found(name, trace, secrets('one', 'one'))).toEqual([])
    expect(found(name, trace)).toEqual([])
  })

  test('nor by a message of a stranger, unless it has the proof of the peer', () => {
    const story = (response: number): readonly number[] => {
      const trace = new TraceBuilder()
      const sccrp = (octet: number, hostName: string) => ({
        ...{ type: 'SCCRP', protocolVersion: { version: 1, revision: 0 }, hostName, framingCapabilities: 3 } as const,
        ...{ assignedTunnelId: trace.lns.tunnel, challengeResponse: new Uint8Array(16).fill(octet) },
      })
      trace.tunnel(trace.lac, 'opening', { peerTunnel: 0 })
      trace.pass(trace.lac, 'SCCRQ')
      trace.tunnel(trace.lns, 'opening')
      const lost = trace.say(trace.lns, sccrp(7, 'lns1'))
      trace.pass(trace.lns, sccrp(response, 'another'), { ns: lost.ns, address: '10.9.9.9:1701' })
      const established = trace.tunnel(trace.lac, 'established')
      return found(name, trace, secrets('one', 'one')).map((record) => record - established)
    }
    expect(story(8)).toEqual([0])
    expect(story(7)).toEqual([])
  })

  test('an endpoint that accepts any response is caught; one that refuses it is not', () => {
    const text = (quirks: string): string => `
duration: 60s
endpoints:
  lac1: { role: LAC, l2tp: { secret: wrong } }
  lns1: { role: LNS, l2tp: { secret: right, challenge: true }, quirks: ${quirks} }
links: [ { between: [ lac1, lns1 ] } ]
tunnels: [ { from: lac1, to: lns1, sessions: {} } ]
`
    const caught = (quirks: string): readonly string[] => {
      const parsed = parseScenario(text(quirks), 'strangers.yaml')
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues))
      return hunt(parsed.scenario).findings.map(({ invariant }) => invariant)
    }
    expect(caught('[ wrong-response-accepted ]')).toEqual([name])
    expect(caught('[]')).toEqual([])
  })
})

describe('a control message of L2TPv3 with digests (R3931-5.4.1-14)', () => {
  const spoken = (lac: string, lns: string): readonly number[] => {
    const trace = new TraceBuilder().connect()
    const { heard } = trace.pass(trace.lac, 'HELLO', { bend: inVersion3 })
    return found(name, trace, secrets(lac, lns)).filter((record) => record === heard)
  }

  test('is not accepted from somebody with another secret', () => {
    expect(spoken('one', 'other').length).toBe(1)
    expect(spoken('one', 'one')).toEqual([])
  })

  test('nor from a stranger, unless it is what the peer has said, octet for octet', () => {
    const trace = new TraceBuilder().connect()
    const genuine = trace.pass(trace.lac, 'HELLO', { bend: inVersion3 })
    const repeated = trace.say(trace.lac, 'HELLO', { ns: genuine.ns, nr: genuine.nr, bend: inVersion3, address: '10.9.9.9:1701' })
    trace.hear(repeated)
    const made = trace.pass(trace.lac, 'HELLO', { bend: inVersion3, address: '10.9.9.9:1701' })
    expect(found(name, trace, secrets('one', 'one'))).toEqual([made.heard])
  })

  test('an attacker in the place of the peer cannot be told from it', () => {
    const trace = new TraceBuilder().connect()
    trace.add('fault', { name: 'attack', target: 'lns1', phase: 'begin', detail: 'peer' })
    trace.pass(trace.lac, 'HELLO', { bend: inVersion3, address: '10.9.9.9:1701' })
    expect(found(name, trace, secrets('one', 'one'))).toEqual([])
  })
})
