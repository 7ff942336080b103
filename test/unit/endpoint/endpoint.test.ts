// An endpoint as a whole: its data plane over a failure, its addresses, its source ports, and the causes in its trace.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, SECOND } from '../../../sim/base/time.ts'
import { peekType } from '../../../sim/l2tp/wire/header.ts'
import { known, pairOf, tell, type Kind, type Story } from './story.ts'

const crash = (plane: string, at = '5s', endpoint = 'lns1'): string =>
  `kind: crash, endpoint: ${endpoint}, plane: ${plane}, at: ${at}`
const BACKUP = 'backup: { mode: same-address }'
const SEQUENCED = '{ count: 2, at: 1s, sequenced: true, traffic: { rate: 10/s } }'

describe('R4951-3.2.3-03 who restarts the numbers of data at 0', () => {
  /** `session was` of each restart of sending numbers. */
  const restarts = (story: Story, endpoint = 'lns1'): readonly string[] =>
    story.all(
      'dataReset',
      { endpoint, direction: 'send' },
    ).map(({ session, value, was }) => `${String(session)} ${was < 0 ? 'unknown' : 'kept'} ${String(value)}`)
  const tellOf = (lns: string, faults: readonly string[], sessions = SEQUENCED): Story => tell(pairOf({ lns, sessions, faults }))

  test('control channel failure: the recovery endpoint, once for each sequenced session, when the recovery is through', () => {
    const story = tellOf(BACKUP, [crash('control')])
    expect(restarts(story)).toEqual(['1 kept 0', '2 kept 0'])
    expect(restarts(story, 'lac1')).toEqual([])
    const { at } = story.one('recovery', { endpoint: 'lns1', step: 'recovered' })
    expect(story.times('dataReset', { endpoint: 'lns1', direction: 'send' })).toEqual([at, at])
    const received = story.all('dataReset', { endpoint: 'lac1' })
    expect(received.map(({ direction, session, value }) => [direction, session, value])).toEqual([
      ['receive', 1, 4],
      ['receive', 2, 4],
    ])
  })

  test('R4951-3.2.3-01 sessions without sequence numbers are not concerned', () => {
    const story = tellOf(BACKUP, [crash('both')], '{ count: 2, at: 1s, traffic: { rate: 10/s } }')
    expect(story.all('dataReset')).toEqual([])
  })

  test.each([
    ['both planes', 'dataPlane: { restartTime: 0 }', [crash('both')]],
    ['both planes, data later than the recovery', 'dataPlane: { restartTime: 4s }', [crash('both')]],
    ['both planes, data between control and recovery', 'dataPlane: { restartTime: 20ms }', [crash('both')]],
    ['data only', 'dataPlane: { restartTime: 100ms }', [crash('data')]],
    ['data only, and control before data is back', 'dataPlane: { restartTime: 3s }', [crash('data'), crash('control', '6s')]],
    ['control, then data while control is down', 'dataPlane: { restartTime: 0 }', [crash('control'), crash('data', '5.1s')]],
    [
      'control, then data between takeover and recovery',
      'dataPlane: { restartTime: 0 }',
      [crash('control'), crash('data', '5.52s')],
    ],
    ['both, then control again before data is back', 'dataPlane: { restartTime: 4s }', [crash('both'), crash('control', '8s')]],
  ])('%s: each sequenced session once, never twice', (_, lns, faults) => {
    const story = tellOf(`${lns}, restart: { after: 500ms }, ${BACKUP}`, faults)
    expect(restarts(story)).toEqual(['1 unknown 0', '2 unknown 0'])
    expect(story.result.metrics).toMatchObject({ sessionsLost: 0 })
  })

  test('the numbers on the wire go on from 0 after a reset, without a second start', () => {
    const story = tellOf(`dataPlane: { restartTime: 1s }, ${BACKUP}`, [crash('both')])
    const up = story.one('plane', { plane: 'data', up: true }).at
    const numbers = story.all('data', { endpoint: 'lac1', session: 1 }).filter(({ at }) => at > up).map(({ ns }) => ns)
    expect(numbers.length).toBeGreaterThan(50)
    expect(numbers).toEqual(numbers.map((_, i) => i))
  })

  test('R4951-3.2.3-04 the remote endpoint counts on', () => {
    const story = tellOf(BACKUP, [crash('control')])
    const numbers = story.all('data', { endpoint: 'lns1', session: 1 }).map(({ ns }) => ns)
    expect(numbers).toEqual(numbers.map((_, i) => i))
  })
})

describe('a backup with an address of its own', () => {
  const OWN = 'backup: { mode: own-address, address: 10.3.0.9, detectionDelay: 200ms, takeoverTime: 300ms }'
  const allowing = 'l2tp: { failover: { allowedRecoveryEndpoints: [lns1] } }'
  const traffic = '{ count: 1, at: 1s, traffic: { rate: 100/s } }'
  const story = tell(pairOf({ lns: OWN, lac: allowing, sessions: traffic, faults: [crash('control')], duration: '15s' }))

  test('R4951-AMB-35 recovers the tunnel from there when the peer allows it, and both go on there', () => {
    const [request] = story.sent('lns1', 'SCCRQ')
    expect(request).toMatchObject({ from: '10.3.0.9:1701', to: '10.1.0.1:1701', at: 5.5 * SECOND })
    expect(story.result.metrics).toMatchObject({ tunnelsRecovered: 1, sessionsKept: 1, sessionsLost: 0 })
    const reset = story.one('controlReset', { endpoint: 'lac1' })
    const after = story.all('sent', { endpoint: 'lac1', plane: 'data' }).filter(({ at }) => at > reset.at)
    expect(new Set(after.map(({ to }) => to))).toEqual(new Set(['10.3.0.9:1701']))
    expect(story.result.endpoints[0]?.tunnels.map(({ peer }) => peer)).toEqual(['10.3.0.9:1701'])
  })

  test('data to the old address is lost from the takeover until the peer has reset, and only then', () => {
    const lost = story.all('dropped', { why: 'no-host' })
    const reset = story.one('controlReset', { endpoint: 'lac1' }).at
    // What arrives from the takeover at 5.5 s on, and was sent before the reset.
    const expected = story.all(
      'sent',
      { endpoint: 'lac1', plane: 'data', to: '10.2.0.1:1701' },
    ).filter(({ at }) => at + 10 * MILLISECOND >= 5.5 * SECOND)
    expect(lost.map(({ packet }) => packet)).toEqual(expected.map(({ packet }) => packet))
    expect(expected.length).toBeGreaterThan(2)
    expect(expected.every(({ at }) => at <= reset)).toBe(true)
    expect(lost.every(({ where }) => where === '10.2.0.1')).toBe(true)
  })

  test('a failure of the backup brings its node back to the address of the first', () => {
    const lns = `restart: { after: 1s }, ${OWN}`
    const back = tell(pairOf({ lns, lac: allowing, sessions: '{ at: 1s }', faults: [crash('control'), crash('control', '10s')] }))
    expect(back.sent('lns1', 'SCCRQ').map(({ from }) => from)).toEqual(['10.3.0.9:1701', '10.2.0.1:1701'])
    expect(back.result.metrics).toMatchObject({ tunnelsRecovered: 2, sessionsLost: 0 })
  })

  test('R4951-AMB-68 is refused with an answer when the peer names nobody, and the tunnel is not recovered', () => {
    const refused = tell(pairOf({ lns: OWN, sessions: '{ at: 1s }', faults: [crash('control')] }))
    expect(refused.sent('lac1', 'StopCCN')).toHaveLength(1)
    expect(refused.all('controlReset')).toEqual([])
    expect(refused.one('tunnel', { endpoint: 'lns1', purpose: 'ordinary', event: 'closed' }).why).toBe('recovery-failed')
  })

  test('R4951-AMB-67 is met with silence when the peer has a list without it', () => {
    const lac = 'l2tp: { failover: { allowedRecoveryEndpoints: [10.9.9.9] } }'
    const ignored = tell(pairOf({ lns: OWN, lac, sessions: '{ at: 1s }', faults: [crash('control')] }))
    const first = ignored.sent('lns1', 'SCCRQ')[0]!.at
    expect(ignored.sent('lns1', 'SCCRQ').length).toBeGreaterThan(1)
    expect(ignored.all('sent', { endpoint: 'lac1', to: '10.3.0.9:1701' }).filter(({ at }) => at > first)).toEqual([])
  })
})

describe('source ports', () => {
  test('ephemeral: a new dynamic port for each tunnel, kept by it; the answers come back to it', () => {
    const story = tell(pairOf({ lac: 'sourcePort: ephemeral', tunnel: 'count: 3, spacing: 100ms,', sessions: '{ at: 1s }' }))
    const ports = story.sent('lac1', 'SCCRQ').map(({ from }) => Number(from.split(':')[1]))
    expect(new Set(ports).size).toBe(3)
    expect(ports.every((port) => port >= 49152 && port <= 65535)).toBe(true)
    expect(new Set(story.all('sent', { endpoint: 'lac1' }).map(({ from, tunnel }) => `${from} ${String(tunnel)}`)).size).toBe(3)
    expect(new Set(story.sent('lns1', 'SCCRP').map(({ to }) => to))).toEqual(
      new Set(ports.map((port) => `10.1.0.1:${String(port)}`)),
    )
  })

  test('a fixed one is used for all; the accepting side answers from its own', () => {
    const story = tell(pairOf({ lac: 'sourcePort: 4711', lns: 'udpPort: 1702', sessions: '{ at: 1s }' }))
    expect(
      new Set(story.all('sent', { endpoint: 'lac1' }).map(({ from, to }) => `${from}>${to}`)),
    ).toEqual(new Set(['10.1.0.1:4711>10.2.0.1:1702']))
    expect(
      new Set(story.all('sent', { endpoint: 'lns1' }).map(({ from, to }) => `${from}>${to}`)),
    ).toEqual(new Set(['10.2.0.1:1702>10.1.0.1:4711']))
  })

  test('a backup at the same address goes on with the port of the old tunnel', () => {
    const story = tell(pairOf({
      lac: `sourcePort: ephemeral, ${BACKUP}`,
      sessions: '{ at: 1s }',
      faults: [crash('control', '5s', 'lac1')],
    }))
    const [opened, recovery] = story.sent('lac1', 'SCCRQ')
    expect(recovery?.from).toBe(opened?.from)
    expect(story.result.metrics).toMatchObject({ tunnelsRecovered: 1, sessionsKept: 1 })
  })
})

describe('datagrams for a plane that is down', () => {
  test('are dropped there and said so: control at the control plane, data at the data plane', () => {
    const sessions = '{ at: 1s, traffic: { rate: 10/s } }'
    const lns = 'restart: { after: 1s }'
    const typeOf = (story: Story): readonly string[] => {
      const packets = new Map(story.all('sent').map((sent) => [sent.packet, sent]))
      const lost = story.all('dropped', { where: 'lns1', why: 'plane-down' }).map(({ packet }) => known(packets.get(packet)))
      return [...new Set(lost.map(({ plane }) => plane))]
    }
    const call = 'kind: call, endpoint: lac1, at: 5.5s'
    expect(typeOf(tell(pairOf({ lns, sessions, faults: [crash('control'), call] })))).toEqual(['control'])
    expect(typeOf(tell(pairOf({
      lns: 'dataPlane: { restartTime: 1s }',
      sessions,
      faults: [crash('data'), call],
    })))).toEqual(['data'])
    expect(typeOf(tell(pairOf({ lns, sessions, faults: [crash('both'), call] })))).toEqual(['data', 'control'])
  })
})

describe('causes', () => {
  const typed = (record: Kind<'sent'>): string => `${record.endpoint} ${peekType(record.bytes)}`

  test('a retransmission leads over its timer to the one before, so to the first, and to what asked for it', () => {
    const script = 'script: [{ drop: { message: ICRQ, count: 3 } }]'
    const story = tell(pairOf({ link: script, sessions: '{ at: 1s }' }))
    const sent = story.sent('lac1', 'ICRQ')
    expect(sent.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4])
    const chain = story.why(sent[3]!)
    expect(chain.filter(({ kind }) => kind === 'sent')).toEqual([...sent].reverse())
    expect(chain.filter(({ kind }) => kind === 'timer')).toHaveLength(3)
    expect(chain.at(-1)).toMatchObject({ kind: 'command', command: 'place-call' })
  })

  test('an answer leads to the message it answers, back to the command that began it all', () => {
    const story = tell(pairOf({ sessions: '{ at: 1s }' }))
    const sent = (chain: readonly { readonly kind: string }[]): readonly string[] =>
      chain.filter((record): record is Kind<'sent'> => record.kind === 'sent').map(typed)
    expect(sent(story.why(story.sent('lac1', 'SCCCN')[0]!))).toEqual(['lac1 SCCCN', 'lns1 SCCRP', 'lac1 SCCRQ'])
    const established = story.one('session', { endpoint: 'lns1', event: 'established' })
    expect(sent(story.why(established))).toEqual(['lac1 ICCN', 'lns1 ICRP', 'lac1 ICRQ'])
    expect(story.why(established).map(({ kind }) => kind)).toContain('delivered')
    expect(story.why(established).at(-1)).toMatchObject({ kind: 'command', command: 'place-call' })
  })

  test('a HELLO leads to the last sign of life', () => {
    const story = tell(pairOf({ lac: 'l2tp: { helloInterval: 5s }', duration: '8s' }))
    const [hello] = story.sent('lac1', 'HELLO')
    const [, timer, life] = story.why(known(hello))
    expect(timer).toMatchObject({ kind: 'timer', name: 'hello' })
    // The acknowledgement of the SCCCN.
    expect(life).toMatchObject({ kind: 'handled', type: 'ZLB', at: 40 * MILLISECOND })
  })

  test('the reset of the remote endpoint leads to the crash of the other', () => {
    const story = tell(pairOf({ lns: BACKUP, sessions: '{ at: 1s }', faults: [crash('control')] }))
    const chain = story.why(story.one('controlReset', { endpoint: 'lac1' }))
    expect(chain.at(-1)).toBe(story.one('fault'))
    expect(chain.filter((record): record is Kind<'sent'> => record.kind === 'sent').map(typed)).toEqual([
      'lns1 SCCCN',
      'lac1 SCCRP',
      'lns1 SCCRQ',
    ])
  })

  test('data and its deliveries: a delivery leads to the sending, a drop too', () => {
    const story = tell(pairOf({ link: 'loss: 30%', sessions: '{ at: 1s, traffic: { rate: 10/s } }', duration: '10s' }))
    const fates = [...story.all('delivered'), ...story.all('dropped')]
    for (const { cause, packet } of fates) expect(story.records[cause]).toMatchObject({ kind: 'sent', packet })
    for (const { cause, packet } of story.all('data')) expect(story.records[cause]).toMatchObject({ kind: 'delivered', packet })
  })
})
