// What hunting has found where a Session ID is used again that the peer has not forgotten, shrunk, and mended since.

import { mended } from '../../support/mended.ts'

mended(
  'R2661-7.5.2-09: a CDN that does not acknowledge the request for a call is about an earlier one with its number',
  `
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
    latency: 100ms
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
      - { count: 3 }
      - { count: 3, call: outgoing, recall: { after: 300ms, limit: 3 } }
      - { count: 3, holdTime: 2.566s }
faults:
  - { kind: crash, at: 4.4s, endpoint: lac1 }
  - { kind: crash, at: 4.3s, endpoint: lns1 }
  - { kind: crash, when: { endpoint: lns1, sends: FSQ, nth: 2 }, endpoint: lns1 }
`,
)

mended(
  'R4951-AMB-65: after a reset, a CDN that names another session of the peer is about an earlier call with the number',
  `
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
    forward: { latency: 100ms }
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
      - { count: 3, recall: { after: 300ms, limit: 3 } }
      - { count: 3, call: outgoing, recall: { after: 300ms, limit: 3 } }
      - { count: 3, holdTime: 2.566s }
faults:
  - { kind: crash, at: 4.4s, endpoint: lac1 }
  - { kind: crash, at: 4s, endpoint: lns1 }
  - kind: crash
    when: { endpoint: lns1, sends: SCCRP, tunnel: recovery }
    endpoint: lac1
  - { kind: crash, when: { endpoint: lns1, sends: FSQ, nth: 2 }, endpoint: lns1 }
`,
)
