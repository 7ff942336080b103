// Faults: when each happens, at an instant or after a message, and what it does.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, SECOND } from '../../../sim/base/time.ts'
import { known, pairOf, tell, type Kind, type Story } from '../endpoint/story.ts'

const BACKUP = 'backup: { mode: same-address }'
const SESSIONS = '{ count: 3, at: 1s }'
const begun = (story: Story, fault = 0): readonly number[] => story.times(
  'fault',
  { fault, phase: 'begin' },
).map((at) => at / MILLISECOND)
const withFaults = (...faults: readonly string[]): Story => tell(pairOf({ lns: BACKUP, sessions: SESSIONS, faults }))

describe('a fault happens', () => {
  test('at its instant, with its delay after it', () => {
    const story = withFaults(
      'kind: hang-up, endpoint: lac1, at: 5s',
      'kind: hang-up, endpoint: lac1, session: 2, at: 5s, delay: 7ms',
    )
    expect([begun(story), begun(story, 1)]).toEqual([[5000], [5007]])
  })

  test('once for each instance of a template', () => {
    const story = tell(`
duration: 10s
endpoints: { lac: { role: LAC, count: 3 }, lns1: { role: LNS } }
links: [{ between: [lac, lns1] }]
tunnels: [{ from: lac, to: lns1 }]
faults: [{ kind: close-tunnel, endpoint: lac, at: 5s }]
`)
    expect(story.all('fault').map(({ target }) => target)).toEqual(['lac1', 'lac2', 'lac3'])
    for (const fault of story.all('fault')) expect(story.why(story.sent(fault.target, 'StopCCN')[0]!)).toContain(fault)
  })

  test('after a message is sent: in the same instant, but after everything that instant still did', () => {
    const story = withFaults('kind: crash, endpoint: lns1, when: { endpoint: lns1, sends: ICRP, nth: 2 }')
    const [, second] = story.sent('lns1', 'ICRP')
    const fault = story.one('fault')
    expect(fault.at).toBe(second?.at)
    expect(fault.seq).toBeGreaterThan(known(second).seq)
    expect(fault.cause).toBe(second?.seq)
  })

  test('after a message is received, whatever becomes of it there', () => {
    const story = withFaults('kind: query-sessions, endpoint: lns1, delay: 5ms, when: { endpoint: lac1, receives: ICRP, nth: 3 }')
    const third = story.all('handled', { endpoint: 'lac1', type: 'ICRP' })[2]!
    expect(story.one('fault')).toMatchObject({ at: third.at + 5 * MILLISECOND, cause: third.cause })
    const down = withFaults(
      'kind: crash, endpoint: lns1, at: 5s',
      'kind: call, endpoint: lac1, at: 5.1s',
      'kind: hang-up, endpoint: lac1, when: { endpoint: lns1, receives: ICRQ, after: 0 }',
    )
    expect(begun(down, 2)).toEqual([5110])
  })

  test('retransmissions count', () => {
    const text = pairOf({
      link: 'script: [{ drop: { message: ICRQ, count: 2 } }]',
      sessions: '{ at: 1s }',
      faults: ['kind: pause, endpoint: lns1, for: 1ms, when: { endpoint: lac1, sends: ICRQ, nth: 3 }'],
    })
    const story = tell(text)
    expect(begun(story)).toEqual([4000])
  })

  test('with a kind of tunnel: the first message of the recovery tunnel, not that of the ordinary one', () => {
    const crash = 'kind: crash, endpoint: lns1, at: 5s'
    for (const [tunnel, at] of [['ordinary', 20], ['recovery', 5510], ['any', 20]] as const) {
      const story = withFaults(
        crash,
        `kind: pause, endpoint: lns1, for: 1ms, when: { endpoint: lac1, receives: control, tunnel: ${tunnel} }`,
      )
      expect(begun(story, 1), tunnel).toEqual([at])
    }
  })

  test('only once, however many such messages follow', () => {
    const story = withFaults('kind: pause, endpoint: lns1, for: 1ms, when: { endpoint: lac1, sends: control }')
    expect(begun(story)).toEqual([0])
  })

  test('after another fault: what came before it does not count, by name or by number', () => {
    for (const after of ['first', '0']) {
      const story = withFaults(
        'kind: pause, name: first, endpoint: lac1, for: 1ms, at: 1.5s',
        `kind: pause, endpoint: lns1, for: 1ms, when: { endpoint: lac1, sends: control, after: ${after} }`,
        'kind: hang-up, endpoint: lac1, session: 3, at: 3s',
      )
      expect(begun(story, 1)).toEqual([3000])
    }
  })

  test('never, when the other fault never does', () => {
    const story = withFaults(
      'kind: pause, name: first, endpoint: lac1, for: 1ms, at: 500s',
      'kind: pause, endpoint: lns1, for: 1ms, when: { endpoint: lac1, sends: control, after: first }',
    )
    expect(story.all('fault')).toEqual([])
  })

  test('data messages can be waited for too', () => {
    const sessions = '{ at: 1s, traffic: { rate: 10/s, direction: up } }'
    const story = tell(pairOf({
      sessions,
      faults: ['kind: hang-up, endpoint: lac1, when: { endpoint: lns1, receives: data, nth: 21 }'],
    }))
    expect(begun(story)).toEqual([3030])
  })
})

describe('a cut', () => {
  const traffic = '{ at: 1s, traffic: { rate: 10/s } }'
  const lossesOf = (story: Story): readonly string[] => [
    ...new Set(story.all('dropped', { why: 'cut' }).map(({ where }) => where)),
  ].sort()

  test.each([
    ['both', ['lac1>lns1', 'lns1>lac1']],
    ['forward', ['lac1>lns1']],
    ['backward', ['lns1>lac1']],
  ])('%s: loses what is sent in that direction, from beginning to end', (direction, links) => {
    const story = tell(pairOf({
      sessions: traffic,
      faults: [`kind: cut, link: [lac1, lns1], direction: ${direction}, at: 5s, for: 2s`],
    }))
    expect(lossesOf(story)).toEqual(links)
    const lost = story.all('dropped', { why: 'cut' })
    // Each side sends every 100 ms, from 1.02 s and 1.03 s on.
    expect(lost).toHaveLength(20 * links.length)
    expect(lost.every(({ at }) => at >= 5 * SECOND && at < 7 * SECOND)).toBe(true)
    expect(story.all('fault').map(({ target, phase, at }) => `${String(at / SECOND)} ${target} ${phase}`)).toEqual([
      ...links.map((link) => `5 ${link} begin`),
      ...links.map((link) => `7 ${link} end`),
    ])
  })

  test('forward is from the end named first, whatever the order of the link', () => {
    const story = tell(pairOf({
      sessions: traffic,
      faults: ['kind: cut, link: [lns1, lac1], direction: forward, at: 5s, for: 1s'],
    }))
    expect(lossesOf(story)).toEqual(['lns1>lac1'])
  })

  test('what is under way arrives; after the end everything passes again', () => {
    const story = tell(pairOf({ sessions: traffic, faults: ['kind: cut, link: [lac1, lns1], at: 5025ms, for: 1s'] }))
    expect(story.all('delivered', { endpoint: 'lns1' }).some(({ at }) => at === 5030 * MILLISECOND)).toBe(true)
    expect(story.all('dropped').every(({ at }) => at < 6025 * MILLISECOND)).toBe(true)
  })

  test('overlapping ones: the link is back when the last has ended', () => {
    const story = tell(pairOf({
      sessions: traffic,
      faults: [
        'kind: cut, link: [lac1, lns1], at: 5s, for: 3s',
        'kind: cut, link: [lac1, lns1], direction: forward, at: 6s, for: 4s',
      ],
    }))
    const last = (where: string): number => known(story.all('dropped', { where }).at(-1)).at / SECOND
    expect([last('lac1>lns1'), last('lns1>lac1')]).toEqual([9.92, 7.93])
  })

  test('for ever: both sides give the tunnel up', () => {
    const hello = 'l2tp: { helloInterval: 5s }'
    const story = tell(pairOf({
      lac: hello,
      lns: hello,
      sessions: '{ at: 1s }',
      faults: ['kind: cut, link: [lac1, lns1], at: 5s'],
      duration: '150s',
    }))
    expect(story.all('fault', { phase: 'end' })).toEqual([])
    expect(story.all('tunnel', { event: 'closed' }).map(({ why }) => why)).toEqual([
      'retransmission-limit',
      'retransmission-limit',
    ])
  })
})

describe('calls and tables', () => {
  test('call: one more session, sequenced as said', () => {
    const story = withFaults('kind: call, endpoint: lns1, call: outgoing, sequenced: true, at: 5s')
    // An OCRQ cannot ask for sequence numbers (RFC 2661 6.9): the LNS uses them, and the LAC follows (5.4).
    expect(story.all(
      'session',
      { event: 'established', call: 'outgoing' },
    ).map(({ endpoint, sequenced }) => [endpoint, sequenced])).toEqual([['lac1', false], ['lns1', true]])
    expect(story.why(story.sent('lns1', 'OCRQ')[0]!).at(-1)).toBe(story.one('fault'))
  })

  test('hang-up: the nth session of the endpoint', () => {
    const story = withFaults('kind: hang-up, endpoint: lns1, session: 2, at: 5s')
    const { session } = story.all('session', { endpoint: 'lns1', event: 'opening' })[1]!
    expect(story.one('session', { endpoint: 'lns1', event: 'closed' })).toMatchObject({ session, why: 'cdn-sent' })
  })

  test('hang-up all: a CDN for each, and each leads back to the fault', () => {
    const story = withFaults('kind: hang-up, endpoint: lac1, session: all, at: 5s')
    const sent = story.sent('lac1', 'CDN')
    expect(sent).toHaveLength(3)
    // The window opens for the last when the first is acknowledged.
    for (const closed of story.all(
      'session',
      { endpoint: 'lac1', event: 'closed' },
    )) expect(story.why(closed).at(-1)).toBe(story.one('fault'))
    expect(story.result.endpoints.map(({ sessions }) => sessions.length)).toEqual([0, 0])
  })

  test('close-tunnel: a StopCCN, and everything ends', () => {
    const story = withFaults('kind: close-tunnel, endpoint: lns1, at: 5s')
    expect(story.sent('lns1', 'StopCCN')).toHaveLength(1)
    expect(story.result.endpoints.map(({ tunnels }) => tunnels.length)).toEqual([0, 0])
  })

  test('R4951-3.3-24 forget-sessions and query-sessions: silence at the one, then the other clears them without a CDN', () => {
    for (const [sessions, left] of [['all', 0], ['[1, 3]', 1]] as const) {
      const story = withFaults(
        `kind: forget-sessions, endpoint: lns1, sessions: ${sessions}, at: 5s`,
        'kind: query-sessions, endpoint: lac1, at: 8s',
      )
      const forgotten = story.all('session', { endpoint: 'lns1', event: 'closed', why: 'table-edit' })
      expect(forgotten).toHaveLength(3 - left)
      for (const each of forgotten) expect(story.why(each).at(-1)).toBe(story.all('fault')[0])
      expect(story.all('sent').filter(({ at }) => at > 2 * SECOND && at < 8 * SECOND)).toEqual([])
      expect(story.sent('lac1', 'FSQ')).toHaveLength(1)
      expect(story.sent('lns1', 'FSR')).toHaveLength(1)
      expect(story.all('session', { endpoint: 'lac1', event: 'closed', why: 'unknown-to-peer' })).toHaveLength(3 - left)
      expect([...story.sent('lac1', 'CDN'), ...story.sent('lns1', 'CDN')]).toEqual([])
    }
  })

  test('R4951-3.3-21 mispair-session: a query of it is answered with Session ID 0', () => {
    for (const pairing of ['peerOf: 3', 'peerSessionId: 4711']) {
      const story = withFaults(
        `kind: mispair-session, endpoint: lac1, session: 1, ${pairing}, at: 5s`,
        'kind: query-sessions, endpoint: lac1, at: 8s',
      )
      expect(story.one('log', { endpoint: 'lac1', what: 'table-edit' }).detail).toContain(pairing === 'peerOf: 3' ? '3' : '4711')
      expect(story.all('sync', { endpoint: 'lns1', outcome: 'answered-unknown' }).length).toBeGreaterThan(0)
      expect(story.all(
        'session',
        { endpoint: 'lac1', event: 'closed', why: 'unknown-to-peer' },
      ).map(({ session }) => session)).toContain(1)
    }
  })

  test('what names a session or tunnel that is gone by then does nothing', () => {
    const story = withFaults(
      'kind: close-tunnel, endpoint: lac1, at: 5s',
      'kind: hang-up, endpoint: lns1, at: 6s',
      'kind: query-sessions, endpoint: lns1, at: 6s',
      'kind: close-tunnel, endpoint: lac1, at: 6s',
    )
    expect(story.all('fault')).toHaveLength(4)
    expect(story.all('sent').filter(({ at }) => at >= 6 * SECOND && at < 30 * SECOND)).toEqual([])
  })
})

describe('inject', () => {
  const injected = (story: Story): Kind<'sent'> => story.one('sent', { endpoint: 'injected' })
  /** A StopCCN without an AVP but its Message Type, for tunnel 1 with Ns 2: RFC 2661 3.1, 4.4.1. */
  const STOPCCN = 'c8020014000100000002000180080000 00000004'.replace(' ', '')

  test('a raw datagram appears in the network, its source forged, and takes the link’s time', () => {
    const story = withFaults(`kind: inject, from: lac1, to: lns1, fromPort: 4711, hex: '${STOPCCN}', at: 5s`)
    const sent = injected(story)
    expect(sent).toMatchObject({ from: '10.1.0.1:4711', to: '10.2.0.1:1701', at: 5 * SECOND })
    expect([...sent.bytes].map((octet) => octet.toString(16).padStart(2, '0')).join('')).toBe(STOPCCN)
    expect(story.all('handled', { packet: sent.packet })).toMatchObject([{ endpoint: 'lns1', at: 5010 * MILLISECOND }])
    expect(story.why(sent).at(-1)).toBe(story.one('fault'))
  })

  test('R3931-4.1.1.2-01 directly over IP it has no ports', () => {
    const story = withFaults(`kind: inject, from: lac1, to: lns1, transport: ip, hex: '00000000${STOPCCN}', at: 5s`)
    const sent = injected(story)
    expect(sent).toMatchObject({ from: '10.1.0.1', to: '10.2.0.1' })
    expect(story.all('handled', { packet: sent.packet })).toMatchObject([{ endpoint: 'lns1', verdict: 'malformed' }])
  })

  test('from an address without a link it reaches nobody', () => {
    const story = withFaults(`kind: inject, from: 192.0.2.1, to: lns1, hex: '${STOPCCN}', at: 5s`)
    expect(story.one('dropped', { packet: injected(story).packet }).why).toBe('no-route')
  })

  test('octets that mean nothing harm nobody', () => {
    const story = withFaults(
      `kind: inject, from: lac1, to: lns1, hex: 'ffff', at: 5s`,
      `kind: inject, from: lac1, to: lns1, hex: 'c802', at: 5s`,
    )
    expect(story.result.endpoints.map(({ sessions }) => sessions.length)).toEqual([3, 3])
  })
})
