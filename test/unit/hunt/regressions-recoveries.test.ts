// What hunting has found where the recoveries of both ends meet, shrunk, and mended since.

import { mended } from '../../support/mended.ts'

mended(
  'R4951-AMB-77: a reset stands, and its sessions are asked about, though neither the own nor the peer’s recovery is confirmed',
  `
duration: 282s
maxEvents: 200000
convergenceBound: 239.862s
seed: 3
endpoints:
  lac1: { role: LAC, address: 10.1.0.1, l2tp: { retransmit: { initial: 250ms } } }
  lns1: { role: LNS, address: 10.2.0.1, l2tp: { retransmit: { count: 1 } } }
links:
  - { between: [ lac1, lns1 ], latency: { uniform: [ 12ms, 843ms ] }, forward: { reordering: true } }
tunnels:
  - { from: lac1, to: lns1 }
  - { from: lac1, to: lns1 }
faults:
  - { kind: crash, at: 3.4s, endpoint: lns1 }
  - kind: cut
    when: { endpoint: lac1, sends: SCCRP }
    delay: 100ms
    link: [ lns1, lac1 ]
    for: 10s
  - { kind: crash, at: 3s, endpoint: lac1 }
`,
)

mended(
  'a query ordered when the last session in doubt has ended by CDN leaves nothing in doubt',
  `
duration: 254.253s
maxEvents: 200000
convergenceBound: 248.544s
seed: 6043995
endpoints:
  lac1:
    role: LAC
    address: 10.1.0.1
    l2tp: { version: 3 }
    backup: { mode: same-address, takeoverTime: 1.259s, detectionDelay: 14ms }
  lns1: { role: LNS, address: 10.2.0.1, l2tp: { version: 3 } }
links:
  - { between: [ lac1, lns1 ], forward: { latency: 20ms }, backward: { latency: 30ms } }
tunnels:
  - { from: lac1, to: lns1, sessions: {} }
  - { from: lac1, to: lns1, at: 8ms, sessions: { count: 2 } }
faults:
  - { kind: crash, when: { endpoint: lac1, receives: SCCCN }, endpoint: lns1 }
  - kind: hang-up
    when: { endpoint: lns1, receives: OCRP, tunnel: recovery }
    endpoint: lac1
  - { kind: crash, at: 0s, endpoint: lac1, plane: data }
  - { kind: crash, when: { endpoint: lac1, sends: ICRP }, endpoint: lns1 }
  - kind: query-sessions
    when: { endpoint: lns1, sends: CDN }
    delay: 1s
    endpoint: lac1
  - { kind: crash, at: 200ms, endpoint: lac1 }
  - kind: attack
    at: 0s
    endpoint: lns1
    as: lac1
    by: peer
    rate: 40/s
    for: 2s
`,
)

mended(
  'a recovery is refused whose tunnel was set up by a damaged message, also when its mirror has been restored',
  `
duration: 12s
maxEvents: 200000
convergenceBound: 166.37s
seed: 6020774
endpoints:
  lac1: { role: LAC, address: 10.1.0.1, l2tp: { version: 3, tieBreaker: true } }
  lns1: { role: LNS, address: 10.2.0.1, l2tp: { version: 3 } }
links:
  - { between: [ lac1, lns1 ], forward: { corruption: 5% } }
tunnels:
  - { from: lac1, to: lns1 }
  - { from: lac1, to: lns1, transport: ip }
faults:
  - { kind: crash, at: 10s, endpoint: lac1 }
  - { kind: crash, at: 2s, endpoint: lns1 }
`,
)

mended(
  "a call that waits while a recovery is complete and the peer asks for another goes out after the peer's reset",
  `
duration: 222s
maxEvents: 200000
convergenceBound: 213.6s
seed: 5082604
endpoints:
  lac1: { role: LAC, address: 10.1.0.1, l2tp: { answerDelay: 711ms }, restart: { after: 272ms } }
  lns1: { role: LNS, address: 10.2.0.1, restart: { after: 3ms } }
links:
  - { between: [ lac1, lns1 ], latency: { uniform: [ 6ms, 884ms ] }, reordering: true }
tunnels:
  - { from: lac1, to: lns1, sessions: [ {}, {}, { call: outgoing } ] }
  - from: lac1
    to: lns1
    at: 50ms
    sessions: [ {}, { call: outgoing }, { call: outgoing, recall: { after: 1.473s, limit: 1 } } ]
  - from: lac1
    to: lns1
    at: 90ms
    sessions: [ {}, { count: 2, call: outgoing }, { count: 2 } ]
faults:
  - { kind: crash, at: 3.2s, endpoint: lns1 }
  - { kind: restart, at: 4s, endpoint: lac1 }
`,
)

mended(
  'a message may hide the session that it names: what refuses it is no part of the end of one that ended in silence',
  `
duration: 69s
maxEvents: 200000
convergenceBound: 336.039s
seed: 2
endpoints:
  lac1:
    role: LAC
    address: 10.1.0.1
    l2tp: { version: 3, secret: swarm, hideAvps: true }
    restart: { after: 1.078s }
  lns1: { role: LNS, address: 10.2.0.1, l2tp: { version: 3, vendorName: "", secret: swarm } }
links:
  - { between: [ lac1, lns1 ], forward: { loss: 40%, impairedUntil: 3s } }
tunnels:
  - { from: lac1, to: lns1, sessions: { call: outgoing } }
faults:
  - { kind: attack, at: 3s, endpoint: lac1, as: lns1, by: peer, rate: 10/s }
  - { kind: crash, at: 3s, endpoint: lac1 }
`,
)

mended(
  'a peer that drops what comes too early may be given up though nothing is lost on the way',
  `
duration: 5s
maxEvents: 200000
convergenceBound: 216.395s
seed: 9078563
endpoints:
  lac1:
    role: LAC
    address: 10.1.0.1
    l2tp: { version: 3, retransmit: { initial: 250ms, count: 2 } }
  lns2:
    role: LNS
    address: 10.2.0.2
    l2tp:
      version: 3
      outOfOrder: drop
      retransmit: { initial: 500ms }
      failover: { enabled: false }
links:
  - between: [ lac1, lns2 ]
    latency: { uniform: [ 4ms, 902ms ] }
    reordering: true
    backward: { impairedUntil: 3s }
tunnels:
  - { from: lac1, to: lns2, sessions: [ { count: 3 }, {}, {} ] }
`,
)
