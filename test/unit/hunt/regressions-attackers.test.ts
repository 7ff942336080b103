// What hunting has found where there are attackers, shrunk, and mended since.

import { mended } from '../../support/mended.ts'

mended(
  'R4951-AMB-43: a StopCCN that tells who has lost a tie is a refusal like any other once the recovery was accepted',
  `
duration: 195.866s
maxEvents: 200000
convergenceBound: 177.096s
seed: 807585
endpoints:
  lac1:
    role: LAC
    address: 10.1.0.1
    l2tp:
      version: 3
      retransmit: { initial: 250ms }
      v3: { digest: HMAC-SHA-1, integrity: true }
    restart: { after: 846ms }
  lns1:
    role: LNS
    address: 10.2.0.1
    l2tp:
      version: both
      retransmit: { initial: 250ms }
      v3: { cookieOctets: 4, integrity: true }
    restart: { after: 796ms }
links:
  - { between: [ lac1, lns1 ], latency: 80ms }
tunnels:
  - { from: lac1, to: lns1, transport: ip, sessions: { count: 2 } }
  - { from: lac1, to: lns1, transport: ip, sessions: { count: 2, sequenced: true } }
  - { from: lac1, to: lns1 }
faults:
  - { kind: crash, at: 1.6s, endpoint: lns1 }
  - { kind: crash, at: 3s, endpoint: lac1 }
  - kind: attack
    at: 5.01s
    endpoint: lns1
    as: lac1
    by: peer
    rate: 40/s
    for: 4s
  - { kind: crash, at: 6.84s, endpoint: lns1 }
  - { kind: crash, at: 6.03s, endpoint: lac1 }
  - kind: crash
    when: { endpoint: lac1, receives: control, after: 3 }
    endpoint: lns1
`,
)

mended(
  'who was told by an attacker that its peer needs days to recover is not wrong to wait for so long',
  `
duration: 279s
maxEvents: 200000
convergenceBound: 272.941s
seed: 898014
endpoints:
  lac1: { role: LAC, address: 10.1.0.1 }
  lac2: { role: LAC, address: 10.1.0.2 }
  lns1: { role: LNS, address: 10.2.0.1 }
links:
  - { between: [ lac1, lns1 ] }
  - { between: [ lac2, lns1 ] }
tunnels:
  - { from: lac1, to: lns1 }
  - { from: lns1, to: lac2 }
faults:
  - { kind: cut, when: { endpoint: lns1, sends: SCCRP }, link: [ lac1, lns1 ], for: 0s }
  - { kind: crash, at: 0s, endpoint: lns1 }
  - kind: attack
    at: 0s
    endpoint: lac1
    as: lns1
    by: on-path
    rate: 40/s
    for: 2s
`,
)

mended(
  'a session that ended in silence is refused by CDN, later too, when a message asks for it',
  `
duration: 3s
maxEvents: 200000
convergenceBound: 374.38s
seed: 3049744
endpoints:
  lac1:
    role: LAC
    address: 10.1.0.1
    l2tp: { version: 3, v3: { integrity: true } }
    restart: { after: 1ms }
  lns1: { role: LNS, address: 10.2.0.1, l2tp: { version: 3, v3: { integrity: true } } }
links:
  - { between: [ lac1, lns1 ], forward: { loss: 20% }, backward: { loss: 10% } }
tunnels:
  - from: lns1
    to: lac1
    transport: ip
    at: 2ms
    sessions: [ { count: 3 }, { count: 3, call: outgoing, recall: { after: 300ms, limit: 3 } } ]
faults:
  - { kind: crash, at: 500ms, endpoint: lac1 }
  - { kind: attack, at: 0s, endpoint: lns1, as: lac1, by: on-path, rate: 10/s }
  - { kind: misspeak, at: 1s, endpoint: lac1, session: 5, says: OCRP }
`,
)

mended(
  "a tunnel whose SCCRQ repeats, to all appearance, an attacker's that was refused gives its peer up in vain",
  `
duration: 58s
maxEvents: 200000
convergenceBound: 193.061s
seed: 3026595
endpoints:
  lac1: { role: LAC, address: 10.1.0.1 }
  lns1: { role: LNS, address: 10.2.0.1, l2tp: { helloInterval: 20s, tieBreaker: true } }
links:
  - between: [ lac1, lns1 ]
    forward: { latency: { uniform: [ 4ms, 399ms ] }, reordering: true }
    backward: { latency: { uniform: [ 10ms, 25ms ] } }
tunnels:
  - from: lns1
    to: lac1
    at: 400ms
    redial: { after: 1.033s, limit: 3 }
    sessions: [ { count: 2, traffic: { rate: 1/s } }, { at: 800ms, traffic: { rate: 1/s } } ]
  - from: lac1
    to: lns1
    at: 400ms
    redial: { after: 1.033s, limit: 3 }
    sessions: [ { count: 2, traffic: { rate: 1/s } }, { at: 820ms } ]
faults:
  - kind: forget-sessions
    when: { endpoint: lac1, receives: ICCN }
    endpoint: lns1
    sessions: [ 1 ]
  - { kind: cut, at: 2.98s, link: [ lac1, lns1 ], for: 10s }
  - { kind: attack, at: 1.06s, endpoint: lac1, as: lns1, rate: 40/s }
  - kind: attack
    at: 2.599s
    endpoint: lac1
    as: lns1
    by: on-path
    rate: 40/s
`,
)

mended(
  "the answer to an attacker's question, in one FSR with the answers to the peer's own, is not the peer's concern",
  `
duration: 4s
maxEvents: 200000
convergenceBound: 232.552s
seed: 528741
endpoints:
  lac1: { role: LAC, address: 10.1.0.1, l2tp: { failover: { coalesceResponses: true } } }
  lns1:
    role: LNS
    address: 10.2.0.1
    l2tp: { vendorName: "", retransmit: { initial: 250ms }, sessionIds: random }
    restart: { after: 133ms }
  lns2: { role: LNS, address: 10.2.0.2, restart: { after: 37ms } }
links:
  - between: [ lac1, lns1 ]
    impairedUntil: 3s
    forward: { latency: { uniform: [ 11ms, 22ms ] }, loss: { gilbertElliott: { toBad: 10%, toGood: 20% } } }
    backward: { latency: 10ms, loss: 40% }
  - between: [ lac1, lns2 ]
    forward: { latency: { uniform: [ 19ms, 114ms ] }, loss: { gilbertElliott: { toBad: 10%, toGood: 50% } } }
    backward: { latency: { uniform: [ 5ms, 20ms ] } }
tunnels:
  - { from: lac1, to: lns1, sessions: [ {}, { call: outgoing }, {}, { call: outgoing } ] }
  - { from: lac1, to: lns2, at: 30ms, sessions: [ {}, { count: 2 } ] }
faults:
  - kind: crash
    when: { endpoint: lns2, receives: ZLB, tunnel: recovery }
    endpoint: lns1
  - { kind: attack, at: 0s, endpoint: lac1, as: lns1, by: on-path, rate: 10/s }
  - { kind: attack, at: 2.79s, endpoint: lac1, as: lns1, by: peer, rate: 40/s }
  - { kind: crash, when: { endpoint: lns2, sends: ICRP }, endpoint: lns2 }
`,
)

mended(
  'a query that a fault has ordered and nobody answers is repeated before the sessions are stale',
  `
duration: 3s
maxEvents: 200000
convergenceBound: 165.291s
seed: 2
endpoints:
  lac1:
    role: LAC
    address: 10.1.0.1
    l2tp: { failover: { query: none } }
    restart: { after: 217ms }
  lns1:
    role: LNS
    address: 10.2.0.1
    l2tp: { failover: { staleDelay: 3s, responseTimeout: 1s } }
links:
  - { between: [ lac1, lns1 ] }
tunnels:
  - { from: lac1, to: lns1, sessions: {} }
faults:
  - { kind: query-sessions, at: 2s, endpoint: lns1 }
  - { kind: crash, at: 800ms, endpoint: lac1 }
  - { kind: attack, at: 1s, endpoint: lac1, as: lns1, by: peer, rate: 40/s }
`,
)

mended(
  "the CDN that refuses an attacker's call is not about the call whose number it named",
  `
duration: 3s
maxEvents: 200000
convergenceBound: 226.34s
seed: 704494
endpoints:
  lac1: { role: LAC, address: 10.1.0.1, l2tp: { receiveWindow: 1, answerDelay: 1.684s } }
  lac2: { role: LAC, address: 10.1.0.2 }
  lns1:
    role: LNS
    address: 10.2.0.1
    processor: { serviceTime: 27ms }
    restart: { after: 739ms }
links:
  - { between: [ lac1, lns1 ], forward: { latency: 20ms }, backward: { latency: 30ms } }
  - { between: [ lac2, lns1 ] }
tunnels:
  - from: lac1
    to: lns1
    sessions:
      - { count: 3, recall: { after: 300ms, limit: 3 } }
      - { count: 3, call: outgoing, recall: { after: 300ms, limit: 3 } }
  - { from: lac2, to: lns1, sessions: {} }
faults:
  - { kind: crash, at: 1.5s, endpoint: lns1 }
  - kind: mispair-session
    when: { endpoint: lns1, sends: FSR }
    endpoint: lac2
    peerSessionId: 5
  - { kind: query-sessions, at: 200ms, endpoint: lac2 }
  - { kind: crash, when: { endpoint: lac1, receives: OCCN }, endpoint: lac2 }
  - { kind: crash, at: 400ms, endpoint: lns1 }
  - { kind: attack, at: 2.23s, endpoint: lac1, as: lns1, by: peer, rate: 2/s }
`,
)

mended(
  'a message that waited half a cycle of numbers acknowledges what it did when it came',
  `
duration: 69s
maxEvents: 200000
convergenceBound: 272.053s
seed: 6018306
endpoints:
  lac1:
    role: LAC
    address: 10.1.0.1
    processor: { serviceTime: 5ms }
    restart: { after: 498ms }
  lac2: { role: LAC, address: 10.1.0.2 }
  lns1:
    role: LNS
    address: 10.2.0.1
    l2tp: { retransmit: { initial: 500ms }, failover: { suggestControlSequence: false } }
links:
  - between: [ lac1, lns1 ]
    latency: { uniform: [ 2ms, 149ms ] }
    loss: 40%
    impairedUntil: 3s
  - { between: [ lac2, lns1 ] }
tunnels:
  - { from: lac1, to: lns1, sessions: [ {}, { call: outgoing }, { at: 1s } ] }
  - { from: lac2, to: lns1, at: 8ms }
faults:
  - kind: query-sessions
    when: { endpoint: lac2, receives: ICRQ }
    endpoint: lns1
    tunnel: 2
  - { kind: crash, at: 0s, endpoint: lac2 }
  - kind: crash
    when: { endpoint: lac1, receives: SCCRQ }
    endpoint: lns1
    plane: data
  - { kind: attack, at: 0s, endpoint: lns1, as: lac2, rate: 10/s }
  - kind: attack
    at: 2.4s
    endpoint: lac1
    as: lns1
    by: on-path
    rate: 10/s
    for: 3s
  - { kind: pause, at: 1.8s, endpoint: lac1, for: 1.1s }
  - { kind: crash, at: 1.15s, endpoint: lac1 }
`,
)

mended(
  "an attacker's SCCCN acknowledges nothing, and the set-up is given up in its own time",
  `
duration: 3s
maxEvents: 200000
convergenceBound: 197.825s
seed: 719320
endpoints:
  lac1: { role: LAC, address: 10.1.0.1, restart: { after: 1.276s } }
  lns1: { role: LNS, address: 10.2.0.1, l2tp: { retransmit: { initial: 250ms, count: 2 } } }
links:
  - { between: [ lac1, lns1 ] }
tunnels:
  - { from: lns1, to: lac1 }
faults:
  - { kind: crash, when: { endpoint: lns1, sends: FSR }, endpoint: lns1 }
  - kind: crash
    when: { endpoint: lac1, receives: SCCRP }
    endpoint: lns1
    plane: data
  - { kind: crash, at: 800ms, endpoint: lac1 }
  - kind: attack
    at: 600ms
    endpoint: lns1
    as: lac1
    by: on-path
    rate: 10/s
  - { kind: crash, at: 0s, endpoint: lac1 }
`,
)

mended(
  'who has been told a false Router ID cannot see that two requests cross',
  `
duration: 20s
maxEvents: 200000
convergenceBound: 381.226s
seed: 4006715
endpoints:
  lac1: { role: LAC, address: 10.1.0.1, l2tp: { version: 3 } }
  lns1:
    role: LNS
    address: 10.2.0.1
    l2tp: { version: 3, tieBreaker: true }
    restart: { after: 17.226s }
links:
  - { between: [ lac1, lns1 ] }
tunnels:
  - { from: lac1, to: lns1, redial: { after: 1.257s, limit: 2 } }
  - { from: lns1, to: lac1, transport: ip, redial: { after: 2.703s, limit: 3 } }
faults:
  - { kind: restart, at: 0s, endpoint: lns1 }
  - { kind: attack, at: 0s, endpoint: lac1, as: lns1, by: on-path, rate: 10/s }
`,
)

mended(
  "an attacker's SCCRQ with the header of L2TPv2 that says everything L2TPv3 needs is answered in L2TPv3",
  `
duration: 6s
maxEvents: 200000
convergenceBound: 161.815s
seed: 7078634
endpoints:
  lac1:
    role: LAC
    address: 10.1.0.1
    l2tp: { version: 3, firstNs: 65524, retransmit: { initial: 500ms }, v3: { cookieOctets: 8 } }
  lns1:
    role: LNS
    address: 10.2.0.1
    l2tp: { version: 3, firstNs: 65524, v3: { cookieOctets: 8, sessionTieBreaker: true } }
links:
  - { between: [ lac1, lns1 ], backward: { latency: 20ms } }
tunnels:
  - from: lac1
    to: lns1
    at: 80ms
    redial: { after: 875ms, limit: 1 }
    sessions: [ {}, { call: outgoing }, {} ]
  - { from: lns1, to: lac1, at: 4ms, sessions: [ {}, { call: outgoing }, { at: 100ms } ] }
  - from: lns1
    to: lac1
    sessions: [ {}, { call: outgoing }, { count: 3, call: outgoing, at: 1s } ]
faults:
  - kind: crash
    when: { endpoint: lns1, receives: SCCRQ, tunnel: recovery }
    endpoint: lns1
  - { kind: attack, at: 1.6s, endpoint: lac1, as: lns1, by: on-path, rate: 40/s }
  - { kind: attack, at: 1.37s, endpoint: lac1, as: lns1, rate: 40/s }
  - kind: hang-up
    when: { endpoint: lns1, receives: OCCN }
    endpoint: lac1
    session: 2
  - kind: cut
    when: { endpoint: lac1, receives: OCCN }
    link: [ lac1, lns1 ]
    direction: forward
    for: 10s
`,
)
