// What a packet is, as scenarios name it: message types, and ordinary or recovery tunnels.

import { describe, expect, test } from 'vitest'
import { fromHex } from '../../../sim/base/bytes.ts'
import { SECOND } from '../../../sim/base/time.ts'
import { encodeDataMessage, encodeZlb, peekType } from '../../../sim/l2tp/wire/header.ts'
import type { Transport } from '../../../sim/l2tp/wire/demultiplex.ts'
import type { TunnelNotice } from '../../../sim/l2tp/notices.ts'
import { picks, TunnelKinds, type PacketPick, type Payload } from '../../../sim/scenario/packets.ts'
import { known, pairOf, tell } from '../endpoint/story.ts'

const notice = (tunnel: number, purpose: 'ordinary' | 'recovery', event: TunnelNotice['event'] = 'opening'): TunnelNotice => ({
  ...{ kind: 'tunnel', tunnel, peerTunnel: 0, peer: '10.2.0.1:1701', purpose, oldTunnel: 0, event, why: '' },
})
const over = (bytes: Uint8Array, transport: Transport = 'udp'): Payload => ({ bytes, transport })
const zlbTo = (tunnel: number): Payload => over(encodeZlb(tunnel, 0, 0))

describe('a pick', () => {
  const story = tell(pairOf({ sessions: '{ at: 1s, traffic: { rate: 1/s } }', duration: '3s' }))
  const packet = (type: string): Payload =>
    over(known(story.all('sent').find(({ plane, bytes }) => (type === 'data' ? plane === 'data' : peekType(bytes) === type))).bytes)
  const kinds = ['SCCRQ', 'SCCRP', 'ICRQ', 'ZLB', 'data']
  const picked = (message: string): readonly string[] =>
    kinds.filter((kind) => picks({ message, tunnel: 'any' }, packet(kind), () => 'ordinary'))

  test('names a message type, the bare acknowledgement, control, data or anything', () => {
    expect(Object.fromEntries([
      'SCCRQ',
      'ICRQ',
      'ZLB',
      'control',
      'data',
      'any',
      'CDN',
    ].map((message) => [message, picked(message)]))).toEqual({
      SCCRQ: ['SCCRQ'],
      ICRQ: ['ICRQ'],
      ZLB: ['ZLB'],
      control: ['SCCRQ', 'SCCRP', 'ICRQ', 'ZLB'],
      data: ['data'],
      any: kinds,
      CDN: [],
    })
  })

  test('names a kind of tunnel, which is asked for only where the message fits', () => {
    const pick = (tunnel: PacketPick['tunnel']): PacketPick => ({ message: 'ICRQ', tunnel })
    let asked = 0
    const recovery = (): 'recovery' => {
      asked++
      return 'recovery'
    }
    expect(picks(pick('recovery'), packet('ICRQ'), recovery)).toBe(true)
    expect(picks(pick('ordinary'), packet('ICRQ'), recovery)).toBe(false)
    expect(asked).toBe(2)
    expect(picks(pick('any'), packet('ICRQ'), recovery)).toBe(true)
    expect(picks(pick('recovery'), packet('ZLB'), recovery)).toBe(false)
    expect(asked).toBe(2)
  })

  test('of octets that are no message is the same as of data, or of nothing', () => {
    for (const hex of ['', 'c8', 'c802', 'c8020004', '0002', 'ffffffffffffffffffffffff']) {
      const payload = over(known(fromHex(hex)))
      expect(picks({ message: 'any', tunnel: 'ordinary' }, payload, () => new TunnelKinds().of(payload, '10.1.0.1')), hex).toBe(true)
      expect(picks({ message: 'SCCRQ', tunnel: 'any' }, payload, () => 'ordinary'), hex).toBe(false)
    }
  })
})

describe('L2TPv3 over IP', () => {
  const story = tell(
    pairOf({
      lac: 'l2tp: { version: 3 }',
      lns: 'l2tp: { version: 3 }, backup: { mode: same-address }',
      tunnel: 'transport: ip,',
      sessions: '{ at: 1s, traffic: { rate: 1/s } }',
      faults: ['kind: crash, endpoint: lns1, at: 5s'],
    }),
  )
  const sent = story.all('sent').map((record) => ({ record, payload: over(record.bytes, 'ip') }))

  test('R3931-4.1.1.2-01 is told from data by its first 32 bits, whatever stands behind them', () => {
    for (const { record, payload } of sent) {
      const isData = picks({ message: 'data', tunnel: 'any' }, payload, () => 'ordinary')
      expect(isData ? 'data' : 'control').toBe(record.plane)
    }
    const types = ['SCCRQ', 'ACK', 'FSQ', 'ZLB']
    const counts = types.map((message) => sent.filter(({ payload }) => picks({ message, tunnel: 'any' }, payload, () => 'ordinary')).length)
    expect(counts.map((count) => count > 0)).toEqual([true, true, true, false])
  })

  test('R4951-3.2.1-05 recovery tunnels are told from ordinary ones', () => {
    const kinds = new TunnelKinds()
    const requests = sent.filter(({ payload }) => picks({ message: 'SCCRQ', tunnel: 'any' }, payload, () => 'ordinary'))
    expect(requests.map(({ payload }) => kinds.of(payload, '10.9.9.9'))).toEqual(['ordinary', 'recovery'])
    const [request] = requests
    kinds.note(['10.1.0.1'], notice(known(request).record.tunnel, 'recovery'))
    const answer = sent.find(({ payload }) => picks({ message: 'SCCRP', tunnel: 'any' }, payload, () => 'ordinary'))
    expect(kinds.of(known(answer).payload, '10.1.0.1')).toBe('recovery')
    expect(kinds.of(known(sent.find(({ record }) => record.plane === 'data')).payload, '10.1.0.1')).toBe('ordinary')
  })
})

describe('the kind of a tunnel', () => {
  test('is learned when it opens, for each address of the endpoint, and unlearned when an ordinary one gets the number', () => {
    const kinds = new TunnelKinds()
    kinds.note(['10.2.0.1', '10.3.0.1'], notice(7, 'recovery'))
    for (const ip of ['10.2.0.1', '10.3.0.1']) expect(kinds.of(zlbTo(7), ip)).toBe('recovery')
    expect(kinds.of(zlbTo(7), '10.1.0.1')).toBe('ordinary')
    expect(kinds.of(zlbTo(8), '10.2.0.1')).toBe('ordinary')
    expect(kinds.of(over(encodeDataMessage(7, 1, -1, new Uint8Array(8))), '10.2.0.1')).toBe('recovery')
    kinds.note(['10.2.0.1'], notice(7, 'recovery', 'closed'))
    expect(kinds.of(zlbTo(7), '10.2.0.1')).toBe('recovery')
    kinds.note(['10.2.0.1'], notice(7, 'ordinary'))
    expect(kinds.of(zlbTo(7), '10.2.0.1')).toBe('ordinary')
  })

  test('R4951-3.2.1-05 of an SCCRQ is told by its Tunnel Recovery AVP', () => {
    const story = tell(pairOf({ lns: 'backup: { mode: same-address }', faults: ['kind: crash, endpoint: lns1, at: 5s'] }))
    const kinds = new TunnelKinds()
    const requests = [...story.sent('lac1', 'SCCRQ'), ...story.sent('lns1', 'SCCRQ')]
    expect(requests.map(({ at }) => at)).toEqual([0, 5.5 * SECOND])
    expect(requests.map(({ bytes }) => kinds.of(over(bytes), '10.9.9.9'))).toEqual(['ordinary', 'recovery'])
  })
})
