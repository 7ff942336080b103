// Rules between fields: each broken alone, and what is allowed although it looks odd.

import { describe, expect, test } from 'vitest'
import { issuesOf, pair, scenarioOf } from './reading.ts'

/** Messages of the issues of `pair` with options. */
const messages = (...sets: readonly string[]): readonly string[] =>
  issuesOf(pair, { sets }).map((issue) => issue.replace(/^(--set )?\d+:\d+ /, ''))

describe('settings that an RFC forbids', () => {
  test('R4951-5.1-10: a Failover Capability with neither bit', () => {
    const failover = 'endpoints.lac1.l2tp.failover'
    const both = [`${failover}.controlChannel=false`, `${failover}.dataChannel=false`]
    expect(messages(...both)).toEqual(['AVP 76 is never sent with both C = 0 and D = 0 (RFC 4951 5.1)'])
    expect(messages(both[0]!)).toEqual([])
    expect(messages(both[1]!)).toEqual([])
    expect(messages(...both, `${failover}.enabled=false`)).toEqual([])
  })

  test('R4951-5.1-01: a Recovery Time that 32 bits of milliseconds cannot hold', () => {
    const set = (value: string): readonly string[] => messages(`endpoints.lac1.l2tp.failover.recoveryTime=${value}`)
    expect(set('4294967295ms')).toEqual([])
    expect(set('4294967296ms')).toEqual(['`4294967296ms` must be at most 4294967.295s'])
    expect(set('1500us')).toEqual(['the Recovery Time is sent in whole milliseconds (RFC 4951 5.1) -> 2ms'])
    expect(set('0')).toEqual([])
  })

  test('R2661-5.8-12: a cap of retransmission below 8 s, unless the scenario asks for it', () => {
    const cap = 'endpoints.lac1.l2tp.retransmit.cap=4s'
    expect(messages(cap)).toEqual(['the cap `4s` is below the 8 s that RFC 2661 5.8 asks for'])
    expect(messages(cap, 'allow=[short-retransmit-cap]')).toEqual([])
    expect(messages(cap, 'allow=[short-retransmit-cap]', 'endpoints.lac1.l2tp.retransmit.initial=5s')).toEqual([
      'the cap `4s` is below the first interval `5s`',
    ])
  })

  test('R2661-5.8-18: a receive window of 0', () => {
    expect(messages('endpoints.lac1.l2tp.receiveWindow=0')).toEqual(['`0` is below 1'])
  })

  test('R2661-5.1.1-04: authentication or hiding without a secret', () => {
    expect(messages('endpoints.lac1.l2tp.challenge=true')).toEqual(['`challenge` needs a `secret` (RFC 2661 5.1.1, 4.3)'])
    expect(messages('endpoints.lac1.l2tp.hideAvps=true')).toEqual(['`hideAvps` needs a `secret` (RFC 2661 5.1.1, 4.3)'])
    expect(messages('endpoints.lac1.l2tp.hideAvps=true', 'endpoints.lac1.l2tp.secret=x')).toEqual([])
  })
})

describe('L2TPv3', () => {
  const lac = 'endpoints.lac1.l2tp'
  const both = [`${lac}.version=both`, 'endpoints.lns1.l2tp.version=3']

  test('R3931-4.3-01 R3931-5.3-01: what needs a digest, and a Challenge, which L2TPv3 has not', () => {
    const secret = [...both, `${lac}.secret=x`]
    const none = `${lac}.v3.digest=none`
    expect(messages(none, `${lac}.v3.integrity=true`)).toEqual(['`integrity` needs a `digest` (RFC 3931 4.3)'])
    expect(messages(...secret, none)).toEqual([])
    expect(messages(...secret, none, `${lac}.hideAvps=true`)).toEqual(['in L2TPv3 `hideAvps` needs a `digest` (RFC 3931 5.3)'])
    expect(messages(`${lac}.secret=x`, none, `${lac}.hideAvps=true`)).toEqual([])
    const lns = 'endpoints.lns1.l2tp'
    expect(messages(...both, `${lns}.secret=x`, `${lns}.challenge=true`)).toEqual(['L2TPv3 has no Challenge (RFC 3931 4.3)'])
    expect(messages(...both, `${lac}.secret=x`, `${lac}.challenge=true`)).toEqual([])
  })

  test('R3931-5.4.3-08 R3931-5.4.3-12: names of L2TPv3 are US-ASCII, and the Host Name has one octet at least', () => {
    for (const field of ['hostName', 'vendorName'] as const) {
      expect(messages(...both, `${lac}.${field}=bergr\u00fccke`)).toEqual([`\`${field}\` of L2TPv3 is US-ASCII (RFC 3931 5.4.3)`])
      expect(messages(`${lac}.${field}=bergr\u00fccke`)).toEqual([])
      expect(messages(...both, `${lac}.${field}=pier 7 ~ north`)).toEqual([])
    }
    expect(messages(...both, `${lac}.hostName=''`)).toHaveLength(1)
    expect(messages(...both, `${lac}.vendorName=''`)).toEqual([])
  })

  test('R3931-4.7.2-01: a tunnel in a version that its ends speak, over what carries it', () => {
    const common = '`lac1` and `lns1` speak no common version'
    expect(messages('endpoints.lns1.l2tp.version=3')).toEqual([common])
    expect(messages('endpoints.lns1.l2tp.version=3', 'tunnels[0].version=2')).toEqual([])
    expect(messages('tunnels[0].version=3')).toEqual(['`lac1` does not speak version 3'])
    expect(messages(...both)).toEqual([])
    expect(messages(...both, 'tunnels[0].transport=ip')).toEqual([])
    const ip = 'directly over IP there is L2TPv3 only, and'
    expect(messages(`${lac}.version=both`, 'tunnels[0].transport=ip')).toEqual([`${ip} \`lns1\` does not speak it (RFC 3931 4.1)`])
    expect(messages(...both, 'tunnels[0].transport=ip', 'tunnels[0].version=2')).toEqual([`${ip} this is version 2 (RFC 3931 4.1)`])
  })

  test('R3931-4.7.3-01 R3931-4.7.1-01: a version is detected over UDP, by who speaks both', () => {
    const detect = 'tunnels[0].version=detect'
    expect(messages(`${lac}.version=both`, detect)).toEqual([])
    expect(messages(detect)).toEqual(['nothing is to be detected: `lac1` speaks one version alone'])
    expect(messages(`${lac}.version=3`, detect)).toEqual(['nothing is to be detected: `lac1` speaks one version alone'])
    expect(messages(...both, detect, 'tunnels[0].transport=ip')).toEqual([
      'nothing is to be detected: over IP there is nothing to fall back to (RFC 3931 4.7.1)',
    ])
    expect(messages(`${lac}.version=both`, 'tunnels[0].version=detct')).toEqual(['`detct` is not among the values here -> detect'])
  })

  test('R3931-5.4.1-16: a second secret beside a first', () => {
    expect(messages(`${lac}.v3.nextSecret=new`)).toEqual(['`nextSecret` is what a `secret` is changed for (RFC 3931 5.4.1)'])
    expect(messages(`${lac}.v3.nextSecret=new`, `${lac}.secret=old`)).toEqual([])
    expect(messages(`${lac}.v3.nextSecret=null`)).toEqual([])
    expect(messages(`${lac}.v3.digest=none`, `${lac}.v3.nextSecret=new`, `${lac}.secret=old`)).toEqual([
      '`nextSecret` needs a `digest` (RFC 3931 5.4.1)',
    ])
  })

  test('R3931-5.4.3-07: the Router ID expected is a number, or that of the peer', () => {
    for (const id of ['unknown', 'known', '1', '4294967295']) expect(messages(...both, `tunnels[0].peerRouterId=${id}`)).toEqual([])
    for (const id of ['0', '4294967296', '1.5', 'knwn']) expect(messages(...both, `tunnels[0].peerRouterId=${id}`)).toHaveLength(1)
  })

  test.each([
    [`${lac}.version=1`, '`1` is not among the values here'],
    [`${lac}.version="3"`, '`3` is not among the values here -> 3'],
    [`${lac}.version=bth`, '`bth` is not among the values here -> both'],
    [`${lac}.v3.digest=HMAC-SHA1`, '`HMAC-SHA1` is not among the values here -> HMAC-SHA-1'],
    [`${lac}.v3.cookieOctets=5`, '`5` is not among the values here'],
    [`${lac}.v3.pseudowireTypes=[]`, 'a list has too few elements'],
    [`${lac}.v3.routerId=4294967296`, '`4294967296` is above 4294967295'],
    ['tunnels[0].version=4', '`4` is not among the values here'],
  ])('%s: %s', (set, message) => {
    expect(messages(set)).toContain(message)
  })
})

describe('topology', () => {
  test.each([
    [['links[0].between=[lac1, lns2]'], '`lns2` is not an endpoint -> lns1'],
    [['links[0].between=[lac1, lac1]'], '`lac1` cannot be linked with itself'],
    [['links[1]={ between: [lns1, lac1] }'], '`lns1` and `lac1` have a link already'],
    [['endpoints.lns2={ role: LNS }', 'tunnels[0].to=lns2'], '`lac1` and `lns2` have no link'],
    [['endpoints.lns1.role=LAC'], '`lac1` and `lns1` are both LAC; a tunnel runs between a LAC and an LNS (RFC 2661 1.2)'],
    [['tunnels[0].from=lca1'], '`lca1` is not an endpoint -> lac1'],
    [['tunnels[0].sessions.count=70000'], '`70000` is above 65535'],
    [['endpoints.lns1.l2tp.maxSessionsPerTunnel=2'], '3 calls in a tunnel are more than the 2 that `lns1` takes'],
    [['endpoints.lac1.l2tp.maxTunnels=2', 'tunnels[0].count=3'], '3 tunnels are more than the 2 that `lac1` takes'],
    [['links[0].latency={ uniform: [2ms, 1ms] }'], 'the first duration must not exceed the second'],
    [['links[0].latency={ quantiles: [2ms, 1ms] }'], 'quantiles must ascend'],
    [['links[0].blackouts=[{ start: 2s, end: 2s }]'], 'a blackout must end after it starts'],
    [['links[0].script=[{ drop: { from: lns2 } }]'], '`lns2` is not an end of this link'],
    [['tunnels[0].sessions.traffic={ start: 2s, end: 1s }'], 'traffic must end after it starts'],
    [
      ['links[0].name=x', 'endpoints.lns2={ role: LNS }', 'links[1]={ name: x, between: [lac1, lns2] }'],
      '`x` is the name of two entries of `links`',
    ],
  ])('%j: %s', (sets, message) => {
    expect(messages(...sets)).toEqual([message])
  })

  test('several tunnels and both directions of dialling are allowed', () => {
    expect(messages('tunnels[1]={ from: lns1, to: lac1, sessions: { call: outgoing } }')).toEqual([])
  })
})

describe('addresses and names', () => {
  test.each([
    [['endpoints.lac1.address=10.2.0.1', 'endpoints.lns1.address=10.2.0.1'], '`10.2.0.1` is an address of `lac1` too'],
    [['endpoints.lac1.address=10.0.0.300'], '`10.0.0.300` is not an IPv4 address'],
    [
      ['endpoints.lac1.address=10.2.0.0', 'endpoints.lns1.address=10.2.0.9', 'endpoints.lac1.count=20'],
      '`10.2.0.9` is an address of `lac1` too',
    ],
    [
      ['endpoints.lac1.address=10.9.0.1', 'endpoints.lns1.backup={ mode: own-address, address: 10.9.0.1 }'],
      '`10.9.0.1` is an address of `lac1` too',
    ],
    [['endpoints.x={ role: LAC, count: 9, address: 255.255.255.250 }'], '9 addresses from `255.255.255.250` on do not exist'],
    [['endpoints.lac={ role: LAC, count: 3 }'], 'the endpoint `lac1` comes from `lac1` as well as from `lac`'],
    [['endpoints.lns1.l2tp.failover.allowedRecoveryEndpoints=[10.0.0.9, lac1, lca1]'], '`lca1` is not an endpoint -> lac1'],
  ])('%j: %s', (sets, message) => {
    expect(messages(...sets)).toEqual([message])
  })

  test('the address of a backup that has none of its own does not count', () => {
    const backup = 'endpoints.lns1.backup={ mode: same-address, address: 10.9.0.1 }'
    expect(messages('endpoints.lac1.address=10.9.0.1', backup)).toEqual([])
  })
})

describe('faults', () => {
  test.each([
    ['{ kind: crash, endpoint: lns1 }', 'the fault has neither `at` nor `when`'],
    ['{ kind: crash, endpoint: lns1, at: 1s, when: { endpoint: lns1, sends: SCCRP } }', 'the fault has both `at` and `when`'],
    ['{ kind: crash, endpoint: lns1, when: { endpoint: lns1 } }', '`when` has neither `sends` nor `receives`'],
    [
      '{ kind: crash, endpoint: lns1, when: { endpoint: lns1, sends: any, receives: any } }',
      '`when` has both `sends` and `receives`',
    ],
    ['{ kind: crash, endpoint: lns1, when: { endpoint: lns7, sends: any } }', '`lns7` is not an endpoint -> lns1'],
    ['{ kind: crash, endpoint: lns1, when: { endpoint: lns1, sends: any, after: 0 } }', 'a fault cannot wait for itself'],
    ['{ kind: crash, endpoint: lns1, when: { endpoint: lns1, sends: any, after: 1 } }', 'there is no fault 1'],
    ['{ kind: crash, endpoint: lns1, when: { endpoint: lns1, sends: any, after: first } }', '`first` is not the name of a fault'],
    ['{ kind: switchover, endpoint: lns1, at: 1s }', '`lns1` has no backup to switch over to'],
    ['{ kind: call, endpoint: lns1, at: 1s }', 'an incoming call is placed by the LAC, not by the LNS (RFC 2661 5.2)'],
    [
      '{ kind: call, endpoint: lac1, call: outgoing, at: 1s }',
      'an outgoing call is placed by the LNS, not by the LAC (RFC 2661 5.2)',
    ],
    ['{ kind: hang-up, endpoint: lac1, tunnel: 2, at: 1s }', '`lac1` has no tunnel 2'],
    ['{ kind: hang-up, endpoint: lac1, session: 4, at: 1s }', 'the tunnel has no session 4'],
    ['{ kind: forget-sessions, endpoint: lac1, sessions: [1, 5], at: 1s }', 'the tunnel has no session 5'],
    ['{ kind: mispair-session, endpoint: lac1, peerSessionId: 65536, at: 1s }', 'a Session ID of L2TPv2 has 16 bits (RFC 2661 3.1)'],
    ['{ kind: mispair-session, endpoint: lac1, at: 1s }', 'the fault has neither `peerOf` nor `peerSessionId`'],
    ['{ kind: cut, link: wan, at: 1s }', '`wan` is not the name of a link'],
    ['{ kind: cut, link: [lac1, lns7], at: 1s }', '`lns7` is not an endpoint -> lns1'],
    ['{ kind: cut, link: [lac1, lac1], at: 1s }', '`lac1` and `lac1` have no link'],
    ['{ kind: inject, from: nowhere, to: lac1, hex: c8, at: 1s }', '`nowhere` is not an endpoint'],
  ])('%s: %s', (fault, message) => {
    expect(messages(`faults[0]=${fault}`)).toEqual([message])
  })

  test('a template is not one endpoint', () => {
    const set = 'faults[0]={ kind: crash, endpoint: lns1, when: { endpoint: lac1, sends: SCCRQ } }'
    expect(messages('endpoints.lac1.count=3', set)).toEqual(['`lac1` stands for 3 endpoints -> lac11'])
  })

  test('numbers beyond the list are allowed where tunnels or calls come again', () => {
    const close = 'faults[0]={ kind: close-tunnel, endpoint: lac1, tunnel: 2, at: 1s }'
    expect(messages('tunnels[0].redial={ after: 5s }', close)).toEqual([])
    const hangUp = 'faults[0]={ kind: hang-up, endpoint: lac1, session: 4, at: 1s }'
    expect(messages('tunnels[0].sessions.recall={ after: 5s }', hangUp)).toEqual([])
    const call = 'faults[0]={ kind: call, endpoint: lac1, at: 1s }'
    expect(messages(call, 'faults[1]={ kind: hang-up, endpoint: lac1, session: 4, at: 2s }')).toEqual([])
  })

  test('a fault may follow another by name or place', () => {
    const faults = [
      'faults[0]={ name: first, kind: crash, endpoint: lns1, at: 1s }',
      'faults[1]={ kind: crash, endpoint: lns1, when: { endpoint: lns1, sends: SCCRQ, tunnel: recovery, after: first } }',
      'faults[2]={ kind: crash, endpoint: lns1, when: { endpoint: lns1, sends: SCCCN, tunnel: recovery, after: 1 } }',
    ]
    expect(messages(...faults)).toEqual([])
  })
})

describe('expectations', () => {
  test.each([
    ['{ metric: sessionsLots, equals: 1 }', '`sessionsLots` is not a metric -> sessionsLost'],
    ['{ metric: sessionsLost }', 'the expectation compares with nothing'],
    ['{ metric: sessionsLost, equals: 1, atMost: 3 }', 'the expectation has more than one comparison'],
    ['{ metric: sessionsLost, between: [3, 2] }', 'no value lies in this range: its first end is above the second'],
    ['{ metric: sessionsLost, atLeast: 3, atMost: 2 }', 'no value lies in this range: its first end is above the second'],
  ])('%s: %s', (expectation, message) => {
    const issues = issuesOf(pair, { sets: [`expect[0]=${expectation}`], knownMetrics: ['sessionsLost', 'sessionsKept'] })
    expect(issues.map((issue) => issue.replace(/^(--set )?\d+:\d+ /, ''))).toEqual([message])
  })

  test('any metric is taken when none are known', () => {
    expect(scenarioOf(pair, ['expect[0]={ metric: whatever, equals: 1 }']).expect).toHaveLength(1)
  })
})

describe('nothing is said about what could not be read', () => {
  test.each([
    ['endpoints.lac1.l2tp={ challenge: true, secret: [] }', 'a list is not text'],
    ['faults[0]={ kind: crash, endpoint: lns1, at: soon }', '`soon` is not a duration'],
    ['expect[0]={ metric: x, equals: much }', '`much` is not a number'],
    ['endpoints.lac1.l2tp.retransmit={ initial: 9s, cap: big }', '`big` is not a duration'],
    ['links[0]={ between: lac1 }', '`lac1` is not a list'],
  ])('%s', (set, message) => {
    expect(messages(set)).toEqual([message])
  })
})
