// Hostile input: endpoints under attack never throw, hold no more than their limits, take nothing that is not authentic where control
// messages are authenticated, and serve whoever behaves.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SECOND } from '../../sim/base/time.ts'
import { run } from '../../sim/run/run.ts'
import { mutated } from '../../sim/scenario/attack.ts'
import { parseScenario } from '../../sim/scenario/parse.ts'
import type { Scenario } from '../../sim/scenario/schema.ts'
import type { Fold, TraceRecord } from '../../sim/trace/record.ts'
import { Pair, testRng } from '../support/pair.ts'
import { shipped } from '../support/shipped.ts'

function attacked(name: string, seed: number, folds: readonly Fold<unknown>[] = []): ReturnType<typeof run> {
  const found = shipped.find((each) => each.name === name)
  if (found === undefined) throw new Error(`no scenario ${name}`)
  return run(found.scenario, { seed: String(seed), folds })
}

/** A message as far as its Length says: what follows it is not looked at. */
const withinLength = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0)))

/** What became of the packets of attackers, except those that are what somebody else sent, octet for octet. */
function fates(): Fold<readonly string[]> {
  const genuine = new Set<string>()
  const hostile = new Set<number>()
  const verdicts: string[] = []
  return {
    kinds: ['sent', 'handled'],
    see(record: TraceRecord) {
      if (record.kind === 'sent') {
        const octets = withinLength(record.bytes)
        if (record.endpoint !== 'attacker') genuine.add(octets)
        else if (!genuine.has(octets)) hostile.add(record.packet)
      } else if (record.kind === 'handled' && hostile.has(record.packet)) verdicts.push(record.verdict)
    },
    end: () => verdicts,
  }
}

describe('attackers', () => {
  test('off the path, whatever they guess: tunnels recover, nothing is lost', () => {
    for (let seed = 1; seed <= 12; seed++) expect(attacked('hostile/off-path-guesses', seed).verdict).toBe('pass')
  })

  test('on the path, with digests: nothing altered is accepted, and the recovery goes on (R3931-4.3-02)', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const fold = fates()
      expect(attacked('hostile/on-path-against-digests', seed, [fold]).verdict).toBe('pass')
      const verdicts = fold.end(0)
      expect(verdicts.length).toBeGreaterThan(100)
      expect(verdicts.filter((verdict) => verdict === 'accepted' || verdict === 'held' || verdict === 'acknowledged')).toEqual([])
    }
  })

  test('a peer that misbehaves harms itself only', () => {
    for (let seed = 1; seed <= 12; seed++) expect(attacked('hostile/peer-that-misbehaves', seed).verdict).toBe('pass')
  })

  test('no attack of any kind breaks the simulator, in either version, with and without authentication', () => {
    for (const version of [2, 3]) {
      for (const by of ['off-path', 'on-path', 'peer']) {
        for (const secret of ['', ', secret: ours, hideAvps: true']) {
          for (let seed = 1; seed <= 3; seed++) run(stormOf(version, by, secret), { seed: String(seed) })
        }
      }
    }
  })
})

function stormOf(version: number, by: string, secret: string): Scenario {
  const text = `
duration: 40s
defaults: { endpoint: { l2tp: { version: ${String(version)}${secret} } } }
endpoints: { lac1: { role: LAC }, lns1: { role: LNS, backup: { mode: same-address } } }
links: [{ between: [lac1, lns1], latency: 5ms }]
tunnels: [{ from: lac1, to: lns1, redial: { after: 1s }, sessions: { count: 3, recall: { after: 1s } } }]
faults:
  - { kind: attack, at: 10ms, endpoint: lns1, as: lac1, by: ${by}, rate: 100/s }
  - { kind: attack, at: 5s, endpoint: lac1, as: lns1, by: ${by}, rate: 100/s }
  - { kind: crash, at: 4s, endpoint: lns1 }
`
  const parsed = parseScenario(text, 'storm.yaml')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues))
  return parsed.scenario
}

describe('spoilt octets', () => {
  test('two endpoints whose every message is also delivered altered hold what their limits allow, and no more', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.integer({ min: 1, max: 6 }), (seed, sessions) => {
        const limits = { maxTunnels: 20, maxHalfOpenTunnels: 8, maxSessionsPerTunnel: 10, maxQueuedMessages: 50, maxQueryEntries: 20 }
        const pair = new Pair(limits, limits)
        const rng = testRng(seed)
        pair.command('A', { name: 'open-tunnel', local: pair.addresses.A, peer: pair.addresses.R })
        for (let i = 0; i < sessions; i++) {
          pair.run(pair.now + SECOND / 10)
          const [tunnel] = pair.core('A').tunnels()
          if (tunnel !== undefined) pair.command('A', { name: 'place-call', tunnel: tunnel.localTunnelId, call: 'incoming', sequenced: false })
        }
        for (let round = 0; round < 40; round++) {
          const head = [...pair.core('A').tunnels()].map(({ channel }) => channel.head?.bytes).find((bytes) => bytes !== undefined)
          pair.inject('R', mutated(head ?? new Uint8Array(40).fill(0xc8), rng), pair.addresses.A)
          pair.run(pair.now + SECOND / 4)
          for (const side of ['A', 'R'] as const) {
            const tunnels = [...pair.core(side).tunnels()]
            expect(tunnels.length).toBeLessThanOrEqual(20)
            for (const { sessions: held, channel, toAnswer } of tunnels) {
              expect(held.size).toBeLessThanOrEqual(10)
              // What one accepted message makes it say comes on top.
              expect(channel.pending).toBeLessThanOrEqual(50 + 10)
              expect(toAnswer.length).toBeLessThanOrEqual(20)
            }
          }
        }
      }),
      { numRuns: 60 },
    )
  })
})
