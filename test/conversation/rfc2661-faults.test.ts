// Messages that cannot be used as they are (RFC 2661 4.1, 4.4.1, 7.1): unknown and malformed AVPs and message types, with the M
// bit and without, in messages about the tunnel and about a call; and messages that come when they should not.

import { describe, expect, test } from 'vitest'
import { generalErrors } from '../../sim/l2tp/wire/results.ts'
import { encodeMessage } from '../../sim/l2tp/wire/codec.ts'
import type { ControlMessage } from '../../sim/l2tp/wire/messages.ts'
import { avp, concat, control, messageType, type AvpShape } from '../support/octets.ts'
import type { Settings } from '../support/pair.ts'
import { PEER_SESSION, PEER_TUNNEL, proper, ScriptedPeer } from '../support/scripted-peer.ts'

const plain: Settings = { failover: { enabled: false } }

/** A message with one AVP more. */
function withAvp(message: ControlMessage, extra: Uint8Array): Uint8Array {
  const bytes = concat(encodeMessage(message), extra)
  bytes[2] = bytes.length >>> 8
  bytes[3] = bytes.length
  return bytes
}

const unknown = (shape: AvpShape = {}): Uint8Array => avp(99, '0102', shape)

/** A core with a tunnel to this peer. */
function established(): ScriptedPeer {
  const peer = new ScriptedPeer(plain)
  peer.answered()
  return peer
}
/** And with an established incoming call of the peer. */
function inCall(): ScriptedPeer {
  const peer = established()
  peer.say(proper.ICRQ)
  peer.say(proper.ICCN)
  return peer
}

const alive = (peer: ScriptedPeer): boolean => [...peer.core.tunnels()].some(({ state }) => state === 'established')
const calls = (peer: ScriptedPeer): number => peer.core.tunnel(1)?.sessions.size ?? 0
const logged = (peer: ScriptedPeer): string[] => peer.notices('log').map(({ what, detail }) => `${what}: ${detail}`)

describe('unknown AVPs in messages about the tunnel', () => {
  test.each([
    ['unknown', {}],
    ['of another vendor', { vendor: 9 }],
    ['R2661-4.1-03 with a reserved bit', { reserved: 1 }],
  ])('R2661-4.1-05 R2661-4.4.2-06 %s, M bit set: StopCCN with result 2, error 8, which names it', (_, shape) => {
    const peer = inCall()
    peer.say(withAvp(proper.HELLO, unknown(shape)))
    expect(peer.last('StopCCN').resultCode).toMatchObject({ result: 2, error: generalErrors.unknownMandatoryAvp.code })
    expect(peer.last('StopCCN').resultCode.message).toContain('99')
    expect([alive(peer), calls(peer)]).toEqual([false, 0])
    // R2661-7.1-01: it is logged, and no CDN goes out for the call.
    expect(logged(peer)).toHaveLength(1)
    expect(peer.types()).not.toContain('CDN')
  })

  test.each(['SCCRQ', 'SCCRP', 'SCCCN', 'StopCCN'] as const)('R2661-4.1-05 R2661-7.2.1-03 the same in %s', (type) => {
    const peer = new ScriptedPeer(plain)
    if (type === 'SCCRP') peer.dialled()
    if (type === 'SCCCN') peer.say(proper.SCCRQ)
    if (type === 'StopCCN') peer.answered()
    peer.say(withAvp(proper[type], unknown()))
    expect(peer.last('StopCCN').resultCode).toMatchObject({ result: 2, error: 8 })
    // R2661-4.4.3-16: the header names the tunnel as the peer does, as far as it has said.
    expect(peer.heard.at(-1)?.tunnelId).toBe(PEER_TUNNEL)
    expect(alive(peer)).toBe(false)
  })

  const tunnelTypes = ['SCCRQ', 'SCCRP', 'SCCCN', 'HELLO', 'StopCCN'] as const
  test.each(tunnelTypes)('R2661-4.1-06 in %s without the M bit: logged and passed over', (type) => {
    const heard = (spoil: boolean): ScriptedPeer => {
      const peer = new ScriptedPeer(plain)
      if (type === 'SCCRP') peer.dialled()
      if (type === 'SCCCN') peer.say(proper.SCCRQ)
      if (type === 'HELLO' || type === 'StopCCN') peer.answered()
      peer.say(spoil ? withAvp(proper[type], unknown({ mandatory: false })) : proper[type])
      return peer
    }
    expect(heard(true).transcript()).toEqual(heard(false).transcript())
    expect(logged(heard(true))).toEqual(['unknown-ignored: AVP 99 of vendor 0'])
  })
})

describe('unknown AVPs in messages about a call', () => {
  test('R2661-4.1-04 R2661-4.4.2-06 in an ICRQ with the M bit: CDN with result 2, error 8, and the tunnel stays', () => {
    const peer = established()
    peer.say(withAvp(proper.ICRQ, unknown()))
    expect(peer.transcript().at(-1)).toBe(`CDN [77 ${String(PEER_SESSION)} 2/2] {14=1,1=2/8}`)
    expect(peer.last('CDN').resultCode.message).toContain('99')
    expect([alive(peer), calls(peer)]).toEqual([true, 0])
  })

  test('R2661-4.1-04 in an OCRQ, ICCN or CDN', () => {
    const requested = established()
    requested.say(withAvp(proper.OCRQ, unknown()))
    const waiting = established()
    waiting.say(proper.ICRQ)
    waiting.say(withAvp(proper.ICCN, unknown()))
    const ended = inCall()
    ended.say(withAvp(proper.CDN, unknown()))
    for (const peer of [requested, waiting, ended]) {
      expect(peer.last('CDN').resultCode).toMatchObject({ result: 2, error: 8 })
      expect([alive(peer), calls(peer)]).toEqual([true, 0])
    }
  })

  test.each(['incoming', 'outgoing'] as const)('R2661-4.1-04 R2661-4.4.4-03 in the reply to an %s call', (call) => {
    // The Session ID that the reply assigns is learned all the same.
    const peer = established()
    peer.command({ name: 'place-call', tunnel: 1, call, sequenced: false })
    peer.say(withAvp(proper[call === 'incoming' ? 'ICRP' : 'OCRP'], unknown()))
    expect(peer.transcript().at(-1)).toBe(`CDN [77 ${String(PEER_SESSION)} 3/2] {14=1,1=2/8}`)
    expect([alive(peer), calls(peer)]).toEqual([true, 0])
  })

  test('R2661-4.1-04 an ICRQ with a fault that names the Session ID of another call ends only itself', () => {
    const peer = inCall()
    peer.say(withAvp(proper.ICRQ, unknown()))
    expect(peer.types().at(-1)).toBe('CDN')
    expect([alive(peer), calls(peer)]).toEqual([true, 1])
  })

  test('in a message for a call that is not there: acknowledged, nothing else', () => {
    const peer = inCall()
    peer.say(withAvp(proper.ICCN, unknown()), { sessionId: 999 })
    expect(peer.transcript().at(-1)).toBe('ZLB [77 3/4]')
    expect([alive(peer), calls(peer)]).toEqual([true, 1])
  })

  test.each(['ICRQ', 'OCRQ'] as const)('R2661-4.1-06 in an %s without the M bit: the call goes on', (type) => {
    const peer = established()
    peer.say(withAvp(proper[type], unknown({ mandatory: false })))
    expect(peer.types().at(-1)).toBe(type === 'ICRQ' ? 'ICRP' : 'OCRP')
    expect(calls(peer)).toBe(1)
  })

  test('R2661-7.1-01 a call message with a fault before the tunnel is established clears the tunnel', () => {
    const peer = new ScriptedPeer(plain)
    peer.say(proper.SCCRQ)
    peer.say(withAvp(proper.ICRQ, unknown()))
    expect(peer.types()).toEqual(['SCCRP', 'StopCCN'])
  })
})

describe('malformed AVPs', () => {
  test('R2661-7.1-04 R2661-4.1-08 R2661-4.4.2-05 a wrong length, M bit set: result 2, error 2', () => {
    const peer = established()
    const assigned = avp(14, PEER_SESSION.toString(16).padStart(4, '0'))
    peer.say(control(messageType(10), assigned, avp(15, '0001')))
    expect(peer.last('CDN').resultCode).toMatchObject({ result: 2, error: 2 })
    expect(alive(peer)).toBe(true)
  })

  test('R2661-7.1-05 a wrong length of an AVP without the M bit: logged, the call is connected', () => {
    const peer = established()
    peer.say(proper.ICRQ)
    // The RFC's own example: Rx Connect Speed (38) with two octets instead of four.
    peer.say(withAvp(proper.ICCN, avp(38, '0001', { mandatory: false })))
    expect(logged(peer)).toEqual(['malformed-ignored: AVP 38 of vendor 0'])
    expect([...(peer.core.tunnel(1)?.sessions.values() ?? [])].map(({ state }) => state)).toEqual(['established'])
  })

  test('R2661-6.8-01 R2661-7.4.2-06 a missing AVP ends the call', () => {
    const peer = established()
    peer.say(proper.ICRQ)
    peer.say(control(messageType(12), avp(24, '00000001')), { sessionId: peer.sessionId })
    expect(peer.last('CDN').resultCode).toMatchObject({ result: 2, error: 6 })
    expect(peer.last('CDN').resultCode.message).toContain('Framing Type')
    expect(calls(peer)).toBe(0)
  })

  test.each([
    ['Protocol Version', 2, '0100'],
    ['Framing Capabilities', 3, '00000003'],
    ['Host Name', 7, '70'],
  ])('R2661-6.1-01 R2661-7.2.1-03 an SCCRQ without %s is refused', (_, missing) => {
    const peer = new ScriptedPeer(plain)
    const avps = [
      [2, '0100'],
      [3, '00000003'],
      [7, '70'],
      [9, '004d'],
    ] as const
    const left = avps.filter(([attribute]) => attribute !== missing)
    peer.say(control(messageType(1), ...left.map(([attribute, value]) => avp(attribute, value))))
    expect(peer.transcript()).toEqual(['StopCCN [77 0/1] {9=1,1=2/6}'])
  })

  test.each(['ICRQ', 'OCRQ'] as const)('R2661-7.1-01 an %s that does not say for which call clears the tunnel', (type) => {
    const peer = inCall()
    peer.say(control(messageType(type === 'ICRQ' ? 10 : 7), avp(15, '00000001')))
    expect(peer.types().at(-1)).toBe('StopCCN')
    expect(alive(peer)).toBe(false)
  })
})

describe('unknown message types', () => {
  test.each([5, 13, 17, 99, 65_535])('R2661-4.4.1-02 R2661-3.2-01 R2661-7.1-01 type %s, M bit set, clears the tunnel', (type) => {
    const peer = inCall()
    peer.say(control(messageType(type)))
    expect(peer.last('StopCCN').resultCode).toMatchObject({ result: 2, error: 3 })
    expect([alive(peer), calls(peer), logged(peer).length]).toEqual([false, 0, 1])
  })

  test('R2661-4.4.1-03 without the M bit it is acknowledged and ignored', () => {
    const peer = inCall()
    peer.say(control(messageType(99, { mandatory: false })))
    expect(peer.transcript().at(-1)).toBe('ZLB [77 3/4]')
    expect([alive(peer), calls(peer), logged(peer).length]).toEqual([true, 1, 1])
  })

  test.each([
    ['no AVP at all', new Uint8Array([1, 2, 3])],
    ['another AVP first', avp(9, '004d')],
    ['a hidden Message Type', messageType(6, { hidden: true })],
    ['a Message Type of three octets', avp(0, '000600')],
  ])('R2661-4.4.1-01 R2661-4.4.1-07 a body that begins with %s clears the tunnel', (_, body) => {
    const peer = established()
    peer.say(control(body))
    expect(peer.types().at(-1)).toBe('StopCCN')
    expect(alive(peer)).toBe(false)
  })
})

describe('messages out of sequence', () => {
  test.each(['ICRQ', 'ICRP', 'ICCN', 'OCRQ', 'OCRP', 'OCCN', 'CDN'] as const)(
    'R2661-7.1-01 R2661-7.1-02 %s before the tunnel is established clears it',
    (type) => {
      const initiator = new ScriptedPeer(plain)
      initiator.dialled()
      initiator.say(proper[type])
      const responder = new ScriptedPeer(plain)
      responder.say(proper.SCCRQ)
      responder.say(proper[type])
      for (const peer of [initiator, responder]) {
        expect(peer.last('StopCCN').resultCode).toMatchObject({ result: 7 })
        expect([...peer.core.tunnels()].every(({ closing }) => closing)).toBe(true)
      }
    },
  )

  test('R2661-7.1-02 R2661-7.2.1-09 an SCCCN in reply to an SCCRQ', () => {
    const peer = new ScriptedPeer(plain)
    peer.dialled()
    peer.say(proper.SCCCN)
    expect(peer.last('StopCCN').resultCode).toMatchObject({ result: 7 })
  })

  test('R2661-4.4.1-03 FSQ and FSR may be ignored, and are before the tunnel is established', () => {
    const peer = new ScriptedPeer(plain)
    peer.say(proper.SCCRQ)
    for (const type of ['FSQ', 'FSR'] as const) peer.say({ type, failoverSessionStates: [{ sessionId: 1, remoteSessionId: 2 }] })
    peer.say(proper.SCCCN)
    expect(peer.types()).toEqual(['SCCRP'])
    expect(alive(peer)).toBe(true)
  })

  test('a HELLO before the tunnel is established is only acknowledged', () => {
    const peer = new ScriptedPeer(plain)
    peer.say(proper.SCCRQ)
    peer.say(proper.HELLO)
    peer.say(proper.SCCCN)
    expect(alive(peer)).toBe(true)
  })

  test('R2661-AMB-02 an SCCRQ for the tunnel itself ends it, one with header Tunnel ID 0 is a duplicate', () => {
    const peer = established()
    peer.say(proper.SCCRQ, { tunnelId: 1 })
    expect(alive(peer)).toBe(false)
    const other = new ScriptedPeer(plain)
    other.connected()
    other.say(proper.SCCRQ, { ns: 0, nr: 0 })
    expect(alive(other)).toBe(true)
    expect(other.heard.at(-1)).toMatchObject({ type: 'ZLB', nr: 2 })
  })
})
