// What hunting has found where the two ends do not mean the same session by a Session ID, shrunk, and mended since.

import { mended } from '../../support/mended.ts'

/** Both ends place calls in several tunnels of a lossy link, and fail one soon after the other: Session IDs are used again while CDNs are under way. */
const crossing = (way: string, incoming: string, faults: string): string => `
duration: 154.952s
maxEvents: 200000
convergenceBound: 134.952s
seed: 858925
endpoints:
  lac1:
    role: LAC
    address: 10.1.0.1
    l2tp: { retransmit: { initial: 250ms, count: 3 }, answerDelay: 1s }
    restart: { after: 328ms }
  lns1:
    role: LNS
    address: 10.2.0.1
    l2tp: { retransmit: { initial: 250ms, count: 3 } }
    restart: { after: 387ms }
links:
  - between: [ lac1, lns1 ]
    ${way}
    backward: { loss: { gilbertElliott: { toBad: 10%, toGood: 20% } } }
tunnels:
  - { from: lac1, to: lns1 }
  - from: lac1
    to: lns1
    at: 10ms
    sessions: [ { count: 3 }, { count: 3, call: outgoing }, { count: 4 } ]
  - from: lns1
    to: lac1
    redial: { after: 1.232s, limit: 2 }
    sessions:
      - ${incoming}
      - { count: 3, call: outgoing, recall: { after: 300ms, limit: 3 } }
      - { count: 3, holdTime: 2.566s }
faults:
  - { kind: crash, at: 4.4s, endpoint: lac1 }
${faults}
  - { kind: crash, when: { endpoint: lns1, sends: FSQ, nth: 2 }, endpoint: lns1 }
`

mended(
  'R2661-7.5.2-09: a CDN that does not acknowledge the request for a call is about an earlier one with its number',
  crossing('latency: 100ms', '{ count: 3 }', '  - { kind: crash, at: 4.3s, endpoint: lns1 }'),
)

mended(
  'R4951-AMB-65: after a reset, a CDN that names another session of the peer is about an earlier call with the number',
  crossing(
    'forward: { latency: 100ms }',
    '{ count: 3, recall: { after: 300ms, limit: 3 } }',
    `  - { kind: crash, at: 4s, endpoint: lns1 }
  - kind: crash
    when: { endpoint: lns1, sends: SCCRP, tunnel: recovery }
    endpoint: lac1`,
  ),
)

mended(
  'what a CDN ends is not judged where a fault has paired the session with another',
  `
duration: 13s
maxEvents: 200000
convergenceBound: 137.521s
endpoints:
  lac1: { role: LAC, address: 10.1.0.1, l2tp: { failover: { dataChannel: false } } }
  lns1: { role: LNS, address: 10.2.0.1 }
links:
  - { between: [ lac1, lns1 ] }
tunnels:
  - { from: lac1, to: lns1, sessions: { sequenced: true } }
faults:
  - { kind: mispair-session, at: 3s, endpoint: lac1, peerSessionId: 26 }
  - { kind: crash, at: 10s, endpoint: lns1 }
`,
)

mended(
  'whether a call comes to an end is not judged where a fault has paired a session with another',
  `
duration: 199208740.041us
maxEvents: 200000
convergenceBound: 196.707s
seed: 2011535
endpoints:
  lac1:
    role: LAC
    address: 10.1.0.1
    backup: { mode: same-address, takeoverTime: 23ms, detectionDelay: 50ms }
    restart: { after: 707ms }
  lns1:
    role: LNS
    address: 10.2.0.1
    l2tp: { retransmit: { initial: 500ms } }
    restart: { after: 335ms }
links:
  - between: [ lac1, lns1 ]
    forward: { latency: { uniform: [ 5ms, 11ms ] }, reordering: true }
    backward: { latency: 10ms, loss: 10% }
tunnels:
  - { from: lac1, to: lns1, sessions: [ { at: 700ms }, {} ] }
faults:
  - { kind: crash, at: 540ms, endpoint: lns1 }
  - { kind: crash, at: 600ms, endpoint: lac1 }
  - { kind: mispair-session, at: 1s, endpoint: lac1, session: 2, peerSessionId: 9 }
`,
)
