// What the terms of RFC 4951 and its numbers mean in a run: every failover scenario that ships, its octets read field by field here and
// not by the decoder.

import { describe, expect, test } from 'vitest'
import { Run } from '../../sim/run/run.ts'
import type { Fold, RecordKind, TraceRecord } from '../../sim/trace/record.ts'
import { shipped } from '../support/shipped.ts'

type Of<K extends RecordKind> = Extract<TraceRecord, { readonly kind: K }>

/** A control message as it stands on the wire (RFC 2661 3.1, 4.1). */
interface Seen {
  readonly at: number
  readonly endpoint: string
  readonly peer: string
  readonly tunnelId: number
  readonly sessionId: number
  readonly type: number
  readonly avps: readonly { readonly attribute: number; readonly first: number; readonly value: DataView }[]
}

const known = new Map<string, readonly TraceRecord[]>()

function recordsOf(name: string): readonly TraceRecord[] {
  const before = known.get(name)
  if (before !== undefined) return before
  const found = shipped.find((each) => each.name === name)
  if (found === undefined) throw new Error(`no scenario ${name}`)
  const records: TraceRecord[] = []
  const keep: Fold<undefined> = { see: (record) => void records.push(record), end: () => undefined }
  const run = new Run(found.scenario, { folds: [keep], unobserved: true })
  run.advance(Infinity)
  run.result()
  known.set(name, records)
  return records
}

const of = <K extends RecordKind>(name: string, kind: K): readonly Of<K>[] =>
  recordsOf(name).filter((record): record is Of<K> => record.kind === kind)

function messages(name: string): readonly Seen[] {
  return of(name, 'sent').flatMap(({ at, endpoint, to, plane, bytes }) => {
    if (plane !== 'control' || endpoint === 'injected' || bytes.length <= 12) return []
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const avps: { attribute: number; first: number; value: DataView }[] = []
    for (let offset = 12; offset < bytes.length; ) {
      const first = view.getUint16(offset)
      const length = first & 0x3ff
      avps.push({ attribute: view.getUint16(offset + 4), first, value: new DataView(bytes.buffer, bytes.byteOffset + offset + 6, length - 6) })
      offset += length
    }
    return [{ at, endpoint, peer: to, tunnelId: view.getUint16(4), sessionId: view.getUint16(6), type: avps[0]?.value.getUint16(0) ?? 0, avps }]
  })
}

const [SCCRQ, SCCRP, FSQ, FSR] = [1, 2, 21, 22]
const basic = 'failover/lns-control-failure'
/** All but the one that shows AVPs where they do not belong. */
const failovers = shipped
  .map(({ name }) => name)
  .filter((name) => (name.startsWith('failover/') || name.startsWith('faults/')) && name !== 'failover/avps-out-of-place')
const has = ({ avps }: Seen, attribute: number): boolean => avps.some((avp) => avp.attribute === attribute)
const avp = ({ avps }: Seen, attribute: number): DataView => {
  const found = avps.find((each) => each.attribute === attribute)
  if (found === undefined) throw new Error(`no AVP ${String(attribute)}`)
  return found.value
}
const crashAt = (name: string): number => of(name, 'fault')[0]?.at ?? -1

describe('terms', () => {
  test('R4951-1.1-06 R4951-1.1-07 R4951-2-07 R4951-5.2-01: the recovery tunnel is another tunnel, and names the old one by its pair of Tunnel IDs', () => {
    const old = of(basic, 'tunnel').find(({ endpoint, event }) => endpoint === 'lns1' && event === 'established')
    const recovery = of(basic, 'tunnel').find(({ endpoint, purpose, event }) => endpoint === 'lns1' && purpose === 'recovery' && event === 'opening')
    expect(recovery?.oldTunnel).toBe(old?.tunnel)
    expect(recovery?.tunnel).not.toBe(old?.tunnel)
    const request = messages(basic).find((message) => message.type === SCCRQ && message.at > crashAt(basic))
    expect(request === undefined ? [] : [avp(request, 77).getUint16(4), avp(request, 77).getUint16(8)]).toEqual([old?.tunnel, old?.peerTunnel])
  })

  test('R4951-1.1-08: the recovered tunnel is the old one: same Tunnel IDs, same sessions', () => {
    const before = of(basic, 'session').filter(({ event }) => event === 'established')
    const after = of(basic, 'sync').filter(({ outcome }) => outcome === 'confirmed')
    const name = ({ endpoint, tunnel, session, peerSession }: Of<'session'> | Of<'sync'>): string => [endpoint, tunnel, session, peerSession].join(' ')
    expect([...new Set(after.map(name))].sort()).toEqual(before.map(name).sort())
    expect(of(basic, 'tunnel').filter(({ purpose, event }) => purpose === 'ordinary' && event === 'closed')).toEqual([])
  })

  test('R4951-1.1-09 R4951-1.1-10: the control plane fails without the data plane, and the data plane without the control plane', () => {
    expect(of(basic, 'plane').filter(({ up }) => !up).map(({ plane }) => plane)).toEqual(['control'])
    expect(of('failover/data-plane-only', 'plane').filter(({ up }) => !up).map(({ plane }) => plane)).toEqual(['data'])
  })

  test('R4951-1-02: both kinds of sequence numbers start anew, and nothing is negotiated anew', () => {
    const name = 'failover/both-planes-sequenced'
    expect(of(name, 'controlReset').map(({ endpoint }) => endpoint).sort()).toEqual(['lac1', 'lns1'])
    expect(of(name, 'dataReset').length).toBeGreaterThan(0)
    const old = of(name, 'tunnel').filter(({ purpose }) => purpose === 'ordinary').map(({ tunnel }) => tunnel)
    expect(of(name, 'negotiated').filter(({ at, tunnel }) => at > crashAt(name) && old.includes(tunnel))).toEqual([])
  })

  test('R4951-2-06 R4951-3-01 R4951-3.1-02: capability at set-up, recovery and synchronisation after the failure', () => {
    const [request, reply] = [SCCRQ, SCCRP].map((type) => messages(basic).find((message) => message.type === type))
    for (const message of [request, reply]) {
      expect(message?.at).toBeLessThan(crashAt(basic))
      // C and D, then 60 s in milliseconds: the defaults of the scenario.
      expect(message === undefined ? [] : [avp(message, 76).getUint16(0) & 3, avp(message, 76).getUint32(2)]).toEqual([3, 60_000])
    }
    const [recovered, synchronised] = ['recovered', 'synchronised'].map((step) => of(basic, 'recovery').find((record) => record.step === step)?.at ?? -1)
    expect(recovered).toBeGreaterThan(crashAt(basic))
    expect(synchronised).toBeGreaterThan(recovered ?? Infinity)
  })

  test.each([
    ['failover/lost-iccn', 'lac1'],
    ['failover/lost-cdn', 'lac1'],
  ])('R4951-3.3-01: in %s a session is established on one side only until it is synchronised', (name) => {
    const resets = of(name, 'controlReset').map(({ at }) => at)
    const live = new Map<string, Set<string>>()
    for (const { at, endpoint, session, peerSession, event } of of(name, 'session')) {
      if (at > Math.max(...resets)) break
      const pair = endpoint.startsWith('lac') ? `${String(session)}-${String(peerSession)}` : `${String(peerSession)}-${String(session)}`
      const sessions = live.get(endpoint) ?? new Set()
      live.set(endpoint, event === 'closed' ? (sessions.delete(pair), sessions) : event === 'established' || event === 'restored' ? sessions.add(pair) : sessions)
    }
    const [lac, lns] = ['lac1', 'lns1'].map((endpoint) => [...(live.get(endpoint) ?? [])].sort())
    expect(lac).not.toEqual(lns)
  })
})

describe('numbers', () => {
  test('R4951-5.3-01 R4951-7-01: 76 in set-up requests and replies, 77 in recovery requests, 78 in their replies, 79 in queries and answers', () => {
    const carriers = new Map<number, Set<string>>()
    for (const name of failovers) {
      for (const message of messages(name)) {
        const kind = message.type === SCCRQ || message.type === SCCRP ? `${String(message.type)} ${has(message, 76) ? 'set-up' : 'recovery'}` : String(message.type)
        for (const { attribute } of message.avps) if (attribute >= 76) carriers.set(attribute, (carriers.get(attribute) ?? new Set()).add(kind))
      }
    }
    const found = [...carriers].sort(([a], [b]) => a - b).map(([attribute, kinds]) => [attribute, [...kinds].sort()])
    expect(found).toEqual([
      [76, ['1 set-up', '2 set-up']],
      [77, ['1 recovery']],
      [78, ['2 recovery']],
      [79, ['21', '22']],
    ])
  })

  test('R4951-7-02 R4951-AMB-12: 21 and 22 are values of the Message Type AVP, attribute 0', () => {
    const types = messages(basic).filter((message) => has(message, 79)).map(({ avps }) => [avps[0]?.attribute, avps[0]?.value.getUint16(0)])
    expect(new Set(types.map(String))).toEqual(new Set(['0,21', '0,22']))
    expect(messages(basic).flatMap(({ avps }) => avps.filter(({ attribute }) => attribute === 21 || attribute === 22))).toEqual([])
  })
})

/** What a Random Vector (36) hides cannot be read as it stands in the packet. */
const hides = (name: string): boolean => messages(name).some(({ type, avps }) => type === FSQ && avps.some(({ attribute }) => attribute === 36))

/** Some failovers have nothing to ask: refused ones, and those in which no tunnel comes back. */
const asking = failovers.filter((name) => of(name, 'handled').some(({ type, verdict }) => type === 'FSQ' && verdict === 'accepted') && !hides(name))

test('R4951-4.1-01: sessions are asked about in nearly every failover that ships', () => {
  expect(asking.length).toBeGreaterThan(failovers.length / 2)
})

describe.each(asking)('%s', (name) => {
  const states = (message: Seen): readonly string[] =>
    message.avps.filter(({ attribute }) => attribute === 79).map(({ value }) => `${String(value.getUint16(4))} ${String(value.getUint16(8))}`)

  test('R4951-4.1-01 R4951-4.2-06 R4951-5.4-01 R4951-5.4-06 R4951-AMB-55 R4951-AMB-58: queries are answered pair by pair, in messages of nothing else', () => {
    const all = messages(name).filter(({ type }) => type === FSQ || type === FSR)
    expect(all.flatMap(states)).not.toEqual([])
    for (const message of all) {
      expect(message.sessionId).toBe(0)
      expect(message.avps.map(({ attribute }) => attribute)).toEqual([0, ...message.avps.slice(1).map(() => 79)])
    }
    const handled = new Set(of(name, 'handled').filter(({ verdict, type }) => verdict === 'accepted' && type === 'FSQ').map(({ packet }) => packet))
    const heard = of(name, 'sent').filter(({ packet, endpoint }) => handled.has(packet) && endpoint !== 'injected')
    for (const { at, endpoint, to } of heard) {
      const query = all.find((message) => message.at === at && message.endpoint === endpoint && message.type === FSQ)
      const answers = new Set(all.filter((message) => message.type === FSR && message.endpoint !== endpoint && message.at > at).flatMap(states))
      expect(query, `the FSQ of ${endpoint} at ${String(at)}`).toBeDefined()
      for (const pair of query === undefined ? [] : states(query)) {
        const [own, remote] = pair.split(' ')
        // Valid: the responder's own Session ID and the asker's; unknown: 0 and the asker's.
        expect(answers.has(`${remote ?? ''} ${own ?? ''}`) || answers.has(`0 ${own ?? ''}`), `${pair} asked by ${endpoint} of ${to}`).toBe(true)
      }
    }
  })

})

describe.each(failovers)('%s', (name) => {
  test('R2661-4.4.1-06 R2661-6-01: Message Type comes first with M = 1, and reserved bits are 0', () => {
    for (const { type, avps } of messages(name)) {
      // FSQ and FSR are no messages of RFC 2661 and may have M = 0 (RFC 4951 4.1, 4.2).
      if (type !== FSQ && type !== FSR) expect([type, (avps[0]?.first ?? 0) >> 15, avps[0]?.attribute]).toEqual([type, 1, 0])
      // Bits 2 to 5 of the first word are reserved (RFC 2661 4.1).
      for (const { first } of avps) expect(first & 0x3c00).toBe(0)
    }
  })

  test('R2661-5-02: no data of a session before it is established', () => {
    const key = (endpoint: string, tunnel: number, session: number): string => [endpoint, tunnel, session].join(' ')
    const established = new Map<string, number>()
    for (const { endpoint, tunnel, session, event, at } of of(name, 'session')) {
      const known = established.has(key(endpoint, tunnel, session))
      if (!known && (event === 'established' || event === 'restored')) established.set(key(endpoint, tunnel, session), at)
    }
    for (const { at, endpoint, tunnel, session, plane } of of(name, 'sent')) {
      if (plane === 'data') expect(established.get(key(endpoint, tunnel, session))).toBeLessThanOrEqual(at)
    }
  })
})

test('R2661-8.2-01: L2TPv2 runs over UDP, from and to port 1701 unless a scenario says otherwise', () => {
  const ports = new Set(of(basic, 'sent').flatMap(({ from, to }) => [from, to].map((address) => address.split(':')[1])))
  expect([...ports]).toEqual(['1701'])
})
