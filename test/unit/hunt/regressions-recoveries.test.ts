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
