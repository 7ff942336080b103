// What hunting has found in our own machines, shrunk, and mended since.

import { expect, test } from 'vitest'
import { hunt } from '../../../sim/hunt/index.ts'
import type { TraceRecord } from '../../../sim/trace/record.ts'
import { mended, scenarioOf } from '../../support/mended.ts'

mended(
  'R4951-3.2.2-02: an FSQ from before a reset is not answered after it, even where answers are gathered',
  `
duration: 11s
endpoints:
  lac1: { role: LAC, backup: { mode: same-address, takeoverTime: 1ms, detectionDelay: 1ms } }
  lns1: { role: LNS, l2tp: { failover: { coalesceResponses: true } } }
links: [ { between: [ lac1, lns1 ], forward: { latency: 0 }, backward: { latency: 300ms } } ]
tunnels: [ { from: lac1, to: lns1, sessions: {} } ]
faults:
  - { kind: crash, when: { endpoint: lns1, receives: FSQ }, endpoint: lac1 }
  - { kind: query-sessions, at: 10s, endpoint: lac1 }
`,
)

mended(
  'R4951-AMB-53: a recovery after which there is nothing to ask about is not followed by the queries of the one before it',
  `
duration: 4s
endpoints:
  lac1: { role: LAC }
  lns1: { role: LNS, restart: { after: 330ms } }
links: [ { between: [ lac1, lns1 ], forward: { latency: 20ms }, backward: { latency: 30ms } } ]
tunnels: [ { from: lac1, to: lns1, sessions: { recall: { after: 300ms, limit: 3 } } } ]
faults:
  - { kind: crash, when: { endpoint: lns1, sends: SCCCN }, endpoint: lns1 }
  - { kind: restart, at: 1s, endpoint: lns1 }
  - { kind: crash, at: 100ms, endpoint: lac1, plane: control }
`,
)

mended(
  'R4951-3.2.1-02: no call is placed in a recovery tunnel that has the number of a tunnel forgotten',
  `
duration: 4s
seed: 1
endpoints: { lac1: { role: LAC }, lns1: { role: LNS } }
links: [ { between: [ lac1, lns1 ] } ]
tunnels:
  - { from: lac1, to: lns1 }
  - { from: lac1, to: lns1, at: 800ms, sessions: { recall: { after: 146ms, limit: 1 } } }
faults: [ { kind: crash, at: 800ms, endpoint: lac1 } ]
`,
)

mended(
  'R4951-3.2.2-05: a node that fails twice may give a recovery tunnel the number of one it has forgotten, and hears what was meant for that',
  `
duration: 4s
seed: 1
endpoints:
  lac1: { role: LAC, l2tp: { sessionIds: lowest-free }, restart: { after: 2ms } }
  lns1:
    role: LNS
    l2tp: { retransmit: { initial: 250ms } }
    backup: { mode: same-address, takeoverTime: 885ms, detectionDelay: 11ms }
links: [ { between: [ lac1, lns1 ], forward: { latency: { uniform: [ 1ms, 765ms ] } } } ]
tunnels: [ { from: lac1, to: lns1 } ]
faults:
  - { kind: crash, at: 2s, endpoint: lac1 }
  - { kind: crash, at: 2700ms, endpoint: lns1 }
  - { kind: crash, at: 3700ms, endpoint: lac1 }
`,
)

mended(
  'R4951-B-04: who gives up a peer that has won a tie and says nothing has reason to',
  `
duration: 25s
convergenceBound: 220.833s
seed: 2884
endpoints:
  lac1: { role: LAC, l2tp: { sessionIds: lowest-free } }
  lns1:
    role: LNS
    l2tp: { retransmit: { initial: 250ms, count: 2 }, sessionIds: random, failover: { retries: 3 } }
    restart: { after: 6833ms }
links: [ { between: [ lac1, lns1 ] } ]
tunnels: [ { from: lns1, to: lac1, sessions: { at: 10s } } ]
faults:
  - { kind: crash, when: { endpoint: lac1, sends: ICCN }, endpoint: lac1 }
  - { kind: crash, when: { endpoint: lac1, receives: SCCCN }, endpoint: lac1 }
  - { kind: crash, when: { endpoint: lac1, sends: SCCRQ, nth: 3 }, endpoint: lns1 }
`,
)

mended(
  'R2661-7.5.1-01: a message held for a call that was hung up may be answered by CDN where its number serves another call',
  `
duration: 2s
seed: 1
endpoints: { lac1: { role: LAC }, lns1: { role: LNS, l2tp: { sessionIds: lowest-free } } }
links:
  - between: [ lac1, lns1 ]
    forward: { loss: 10% }
    backward: { latency: { uniform: [ 17ms, 205ms ] }, reordering: true }
tunnels:
  - { from: lac1, to: lns1 }
  - { from: lac1, to: lns1, sessions: [ { call: outgoing }, {} ] }
faults: [ { kind: hang-up, at: 1s, endpoint: lns1, tunnel: 2 } ]
`,
)

mended(
  'R4951-3.2.1-18: the answer to an SCCRQ that was forgotten in a failure proves nothing to the recovery tunnel that has its number',
  `
duration: 1s
seed: 1
endpoints:
  lac1: { role: LAC, l2tp: { secret: swarm, challenge: true, sessionIds: lowest-free }, restart: { after: 7ms } }
  lns1: { role: LNS, l2tp: { secret: swarm } }
links: [ { between: [ lac1, lns1 ], forward: { latency: { uniform: [ 19ms, 382ms ] } } } ]
tunnels:
  - { from: lac1, to: lns1 }
  - { from: lac1, to: lns1, at: 500ms }
faults: [ { kind: crash, at: 600ms, endpoint: lac1 } ]
`,
)

mended(
  'R2661-7.4.2-08: a message that establishes another call than it was sent to may have that call refused when its own comes',
  `
duration: 1s
seed: 1
endpoints: { lac1: { role: LAC }, lns1: { role: LNS, l2tp: { sessionIds: lowest-free } } }
links: [ { between: [ lac1, lns1 ], forward: { latency: 30ms }, backward: { latency: 20ms } } ]
tunnels: [ { from: lns1, to: lac1, at: 460ms, sessions: { count: 3 } } ]
faults: [ { kind: hang-up, at: 600ms, endpoint: lns1, session: all } ]
`,
)

mended(
  'R2661-5.8-14: who has given a recovery up waits in vain for a peer that has taken its reset',
  `
duration: 37s
convergenceBound: 224.574s
seed: 22842
endpoints:
  lac1:
    role: LAC
    l2tp: { failover: { recoveryTime: 10s } }
    processor: { serviceTime: 30ms }
    restart: { after: 426ms }
  lns1: { role: LNS, l2tp: { retransmit: { initial: 500ms, count: 3 }, helloInterval: 20s } }
links: [ { between: [ lac1, lns1 ], loss: 40%, impairedUntil: 20s, forward: { latency: 30ms }, backward: { latency: 40ms } } ]
tunnels:
  - { from: lns1, to: lac1, sessions: { count: 2, traffic: { rate: 1/s, end: 2s } } }
  - { from: lac1, to: lns1, sessions: { count: 2, call: outgoing, traffic: { rate: 4/s, end: 4s } } }
  - { from: lns1, to: lac1, sessions: {} }
faults: [ { kind: crash, when: { endpoint: lac1, sends: ICRQ }, delay: 2s, endpoint: lac1 } ]
`,
)

mended(
  'a tunnel into which an attacker has spoken may be given up by a side that is not understood any more',
  `
duration: 258s
convergenceBound: 341.168s
seed: 4132
endpoints: { lac1: { role: LAC }, lns1: { role: LNS } }
links: [ { between: [ lac1, lns1 ] } ]
tunnels: [ { from: lns1, to: lac1 } ]
faults:
  - { kind: crash, when: { endpoint: lns1, receives: FSQ }, endpoint: lns1 }
  - { kind: attack, at: 0s, endpoint: lac1, as: lns1, rate: 10/s }
`,
)

mended(
  'a call that an attacker has answered need not conclude',
  `
duration: 252s
convergenceBound: 213.446s
seed: 10505
endpoints: { lac1: { role: LAC }, lns1: { role: LNS } }
links: [ { between: [ lac1, lns1 ], forward: { loss: 40%, duplication: 10% } } ]
tunnels: [ { from: lac1, to: lns1, sessions: {} } ]
faults:
  - { kind: call, at: 0s, endpoint: lac1, sequenced: true }
  - { kind: call, at: 0s, endpoint: lns1, call: outgoing }
  - { kind: close-tunnel, when: { endpoint: lns1, receives: OCRP }, endpoint: lac1 }
  - { kind: attack, at: 10s, endpoint: lns1, as: lac1, by: on-path, rate: 10/s }
`,
)

mended(
  'R4951-3.3-04: the CDN of a call that was never established does not outlive the reset that clears it on both sides',
  `
duration: 258.268s
convergenceBound: 256.014s
seed: 70425
endpoints:
  lac1: { role: LAC, restart: { after: 142ms } }
  lns1: { role: LNS }
links: [ { between: [ lac1, lns1 ], forward: { loss: 10% } } ]
tunnels:
  - { from: lac1, to: lns1, sessions: {} }
  - { from: lac1, to: lns1, sessions: { count: 3, recall: { after: 930ms, limit: 3 } } }
faults:
  - { kind: crash, at: 100ms, endpoint: lac1 }
  - { kind: hang-up, when: { endpoint: lac1, receives: SCCRP, tunnel: recovery }, endpoint: lns1, tunnel: 2, session: all }
`,
)

test('R2661-7.2.1-14: a tunnel that recovered once is closed with a StopCCN while its peer recovers it', () => {
  const text = `
duration: 60s
convergenceBound: 30s
endpoints: { lac1: { role: LAC }, lns1: { role: LNS } }
tunnels: [ { from: lac1, to: lns1 } ]
faults:
  - { kind: crash, at: 5s, endpoint: lns1 }
  - { kind: crash, at: 20s, endpoint: lac1 }
  - { kind: close-tunnel, at: 22200ms, endpoint: lns1 }
links: [ { between: [ lac1, lns1 ], forward: { latency: 100ms }, backward: { latency: 100ms } } ]
`
  const ends: string[] = []
  const fold = {
    see: (record: TraceRecord) => {
      if (record.kind === 'tunnel' && record.event === 'closed' && record.purpose === 'ordinary') ends.push(`${record.endpoint} ${record.why}`)
    },
    end: () => undefined,
  }
  expect(hunt(scenarioOf(text), { folds: [fold] }).findings).toEqual([])
  expect(ends).toEqual(['lns1 stopccn-sent', 'lac1 recovery-failed'])
})

mended(
  'R4951-3.3-25: a tunnel is found synchronised too when the last session in doubt has been hung up',
  `
duration: 250s
convergenceBound: 244.912s
endpoints: { lac1: { role: LAC }, lac2: { role: LAC }, lns1: { role: LNS } }
links: [ { between: [ lac1, lns1 ] }, { between: [ lac2, lns1 ] } ]
tunnels:
  - { from: lns1, to: lac1 }
  - { from: lac2, to: lns1, sessions: [ {}, { call: outgoing } ] }
faults:
  - { kind: hang-up, when: { endpoint: lac1, receives: SCCCN }, endpoint: lns1, tunnel: 2 }
  - { kind: restart, at: 0s, endpoint: lac1 }
  - { kind: restart, at: 900ms, endpoint: lac2 }
  - { kind: misspeak, at: 0s, endpoint: lac2, session: 6, says: OCRQ, flaw: unknown-avp, insteadOf: ICRQ }
  - { kind: misspeak, at: 0s, endpoint: lac2, session: 7, says: OCRP, flaw: unacceptable, insteadOf: OCRP }
`,
)

mended(
  'R4951-3.3-17 R4951-AMB-76: answers that were being gathered go out when the recovery that came between is given up',
  `
duration: 196.386s
convergenceBound: 181.904s
seed: 311433
endpoints:
  lac1:
    role: LAC
    l2tp:
      version: 3
      retransmit: { initial: 250ms }
      v3: { digest: HMAC-SHA-1, integrity: true }
      failover: { mtu: 90B, coalesceResponses: true }
    restart: { after: 804ms }
  lns1:
    role: LNS
    l2tp: { version: 3, vendorName: "", v3: { digest: HMAC-SHA-1, integrity: true } }
    restart: { after: 438ms }
links: [ { between: [ lac1, lns1 ], latency: 40ms, forward: { loss: 40%, impairedUntil: 1s } } ]
tunnels:
  - { from: lac1, to: lns1, sessions: {} }
  - { from: lac1, to: lns1, at: 10ms, sessions: [ {}, { call: outgoing }, { count: 4, sequenced: true } ] }
  - { from: lac1, to: lns1, at: 20ms, sessions: [ {}, { call: outgoing } ] }
faults:
  - { kind: crash, at: 3.5s, endpoint: lns1 }
  - { kind: crash, at: 3.59s, endpoint: lac1 }
  - { kind: cut, when: { endpoint: lns1, sends: SCCRP, tunnel: recovery }, link: [ lns1, lac1 ], direction: forward, for: 500ms }
  - { kind: attack, at: 4.86s, endpoint: lac1, as: lns1, by: on-path, rate: 40/s, for: 3s }
  - { kind: hang-up, when: { endpoint: lns1, receives: ICRQ }, endpoint: lns1, tunnel: 2, session: all }
  - { kind: crash, when: { endpoint: lns1, receives: control }, endpoint: lns1 }
`,
)

mended(
  'R4951-3.3-15 R4951-AMB-65: a request whose Session ID is that of a call which a CDN on its way ends is refused: it would end the new one',
  `
duration: 181.139s
convergenceBound: 168.899s
seed: 320289
endpoints:
  lac1: { role: LAC, l2tp: { version: 3 } }
  lns1: { role: LNS, l2tp: { version: 3, bearerCapabilities: 0, failover: { dataChannel: false } } }
links:
  - between: [ lac1, lns1 ]
    backward:
      latency: { uniform: [ 16ms, 564ms ] }
      loss: { gilbertElliott: { toBad: 10%, toGood: 20% } }
      impairedUntil: 1s
tunnels:
  - from: lac1
    to: lns1
    sessions:
      - { count: 3 }
      - { count: 2, call: outgoing, recall: { after: 300ms, limit: 3 } }
      - { count: 4, sequenced: true }
faults:
  - { kind: crash, at: 5s, endpoint: lac1 }
  - { kind: misspeak, at: 0s, endpoint: lac1, session: 2, says: OCCN, insteadOf: OCRP }
  - { kind: crash, at: 3s, endpoint: lns1 }
`,
)

mended(
  'R3931-7.1-05: a message whose Remote Session ID is malformed is about no call that could be told',
  `
duration: 1s
convergenceBound: 375.607s
seed: 300790
endpoints: { lac1: { role: LAC, l2tp: { version: 3 } }, lac2: { role: LAC, l2tp: { version: both } }, lns1: { role: LNS, l2tp: { version: both } } }
links:
  - { between: [ lac1, lns1 ], forward: { latency: 30ms, duplication: 10% } }
  - { between: [ lac2, lns1 ], forward: { latency: 10ms }, backward: { latency: 20ms } }
tunnels:
  - { from: lns1, to: lac1, sessions: [ { call: outgoing }, { sequenced: true }, { count: 3, at: 100ms } ] }
  - { from: lac2, to: lns1, sessions: [ {}, {}, {} ] }
  - { from: lns1, to: lac1, sessions: [ {}, {}, { count: 3, traffic: { rate: 1/s } } ] }
faults: [ { kind: pause, at: 0s, endpoint: lac2, for: 0s }, { kind: crash, at: 10s, endpoint: lns1 }, { kind: attack, at: 0s, endpoint: lac2, as: lns1, by: peer, rate: 2/s } ]
`,
)

mended(
  'a side that somebody else has told what its peer can take may ask for a call that it cannot',
  `
duration: 1s
seed: 2
endpoints:
  lac1: { role: LAC, l2tp: { framingCapabilities: 1 } }
  lns1: { role: LNS, l2tp: { framingCapabilities: 2 } }
links: [ { between: [ lac1, lns1 ], backward: { latency: { uniform: [ 11ms, 587ms ] } } } ]
tunnels: [ { from: lns1, to: lac1, sessions: { call: outgoing } } ]
faults:
  - { kind: attack, at: 0s, endpoint: lns1, as: lac1, rate: 40/s }
  - { kind: attack, at: 0s, endpoint: lns1, as: lac1, by: on-path, rate: 40/s }
`,
)

mended(
  'R4951-AMB-64: a session whose query was given up has all its tries again when it is asked about anew',
  `
duration: 7s
convergenceBound: 163.048s
seed: 526423
endpoints:
  lac1: { role: LAC, l2tp: { version: 3, failover: { responseTimeout: 1s, queryTries: 2 } }, restart: { after: 1.048s } }
  lns1: { role: LNS, l2tp: { version: 3, failover: { coalesceResponses: true } } }
links: [ { between: [ lac1, lns1 ], latency: 20ms, loss: 10% } ]
tunnels:
  - { from: lns1, to: lac1, sessions: {} }
  - { from: lac1, to: lns1, at: 200ms, sessions: {} }
faults:
  - { kind: query-sessions, at: 5.2s, endpoint: lac1 }
  - { kind: crash, at: 1s, endpoint: lac1 }
`,
)

mended(
  'a call whose far end does not answer may end at the very instant at which another is asked for',
  `
duration: 14s
convergenceBound: 236.867s
seed: 612229
endpoints:
  lac1: { role: LAC, l2tp: { answerDelay: 4s, answerTimeout: 2s } }
  lns1: { role: LNS }
links: [ { between: [ lac1, lns1 ], latency: { uniform: [ 13ms, 22ms ] }, loss: 40% } ]
tunnels:
  - { from: lac1, to: lns1, sessions: [ {}, {}, {} ] }
  - { from: lac1, to: lns1, at: 50ms, sessions: [ {}, { count: 2 }, { count: 2, call: outgoing, at: 2s } ] }
faults:
  - { kind: pause, at: 3.2s, endpoint: lac1, for: 10s }
  - { kind: forget-sessions, at: 0s, endpoint: lac1, sessions: [ 1 ] }
`,
)

mended(
  'what has not happened in the end is not judged either where a message has crossed a reset to zero',
  `
duration: 270260ms
convergenceBound: 255.015s
seed: 604755
endpoints:
  lac1: { role: LAC, l2tp: { failover: { suggestControlSequence: false, staleDelay: 100ms } } }
  lns1: { role: LNS, restart: { after: 40ms } }
links: [ { between: [ lac1, lns1 ], latency: { uniform: [ 17ms, 527ms ] }, reordering: true } ]
tunnels:
  - { from: lac1, to: lns1, at: 40ms, sessions: { count: 3, call: outgoing, traffic: { rate: 4/s } } }
  - { from: lac1, to: lns1, at: 100ms, sessions: [ { count: 2, traffic: { rate: 4/s } }, { call: outgoing, traffic: { rate: 4/s } } ] }
  - { from: lac1, to: lns1, at: 500ms, sessions: { count: 2, recall: { after: 264ms, limit: 1 }, traffic: { rate: 4/s } } }
faults:
  - { kind: crash, at: 1.9s, endpoint: lns1 }
  - { kind: crash, at: 2.4s, endpoint: lns1 }
`,
)

mended(
  'R2661-7.5.2-03: a call that waits for its tunnel is not what a message to an earlier one with its number is about',
  `
duration: 16s
convergenceBound: 175.183s
seed: 729801
endpoints:
  lac1:
    role: LAC
    l2tp: { receiveWindow: 1, retransmit: { count: 1 }, answerDelay: 1s, failover: { parallel: 1 } }
    restart: { after: 1.237s }
  lns1: { role: LNS, l2tp: { outOfOrder: drop }, restart: { after: 15ms } }
links:
  - { between: [ lac1, lns1 ], forward: { latency: 30ms, loss: 40% }, backward: { latency: 10ms, loss: 20% } }
tunnels:
  - { from: lac1, to: lns1 }
  - { from: lac1, to: lns1, at: 10ms, sessions: [ { count: 3, call: outgoing, recall: { after: 300ms, limit: 3 } }, { count: 3 } ] }
  - { from: lac1, to: lns1, at: 20ms, sessions: [ { count: 3 }, { count: 3, call: outgoing } ] }
  - from: lac1
    to: lns1
    redial: { after: 2.751s, limit: 1 }
    sessions: [ { count: 2 }, { count: 3, call: outgoing, recall: { after: 300ms, limit: 3 } } ]
  - { from: lac1, to: lns1, at: 60ms }
faults:
  - { kind: crash, at: 3.3s, endpoint: lac1 }
  - { kind: restart, at: 14.3s, endpoint: lns1 }
`,
)

mended(
  'R3931-7.3.1-02: who lost a tie and is accepted all the same, since the winner has hung up, need not answer',
  `
duration: 351s
convergenceBound: 345.401s
endpoints:
  lac1: { role: LAC, l2tp: { version: 3, v3: { integrity: true, sessionTieBreaker: true } } }
  lns1: { role: LNS, l2tp: { version: 3, v3: { integrity: true } } }
links: [ { between: [ lac1, lns1 ], backward: { latency: { uniform: [ 7ms, 829ms ] } } } ]
tunnels: [ { from: lac1, to: lns1, sessions: { tied: true } } ]
faults: [ { kind: hang-up, at: 700ms, endpoint: lac1 } ]
`,
)

mended(
  'R4951-AMB-64: a session that is asked about while its tunnel waits for its recovery gets no answer before that',
  `
duration: 26s
convergenceBound: 176.265s
endpoints:
  lac1: { role: LAC, address: 10.1.0.1 }
  lac2: { role: LAC, address: 10.1.0.2, restart: { after: 16.015s } }
  lns1: { role: LNS, address: 10.2.0.1, l2tp: { failover: { parallel: 1 } }, restart: { after: 8.936s } }
links: [ { between: [ lac1, lns1 ] }, { between: [ lac2, lns1 ] } ]
tunnels: [ { from: lns1, to: lac1, at: 1s, sessions: [ {}, {} ] }, { from: lac2, to: lns1 } ]
faults:
  - { kind: query-sessions, at: 15s, endpoint: lns1, tunnel: 2 }
  - { kind: restart, at: 3s, endpoint: lns1 }
  - { kind: restart, at: 10s, endpoint: lac2 }
  - { kind: hang-up, at: 10s, endpoint: lns1, tunnel: 2, session: 2 }
`,
)

mended(
  'R2661-7.5.2-09: a CDN for a call that its peer has not been asked for yet is about an earlier one with its number',
  `
duration: 407s
convergenceBound: 386s
seed: 834991
endpoints: { lac1: { role: LAC, l2tp: { version: both, receiveWindow: 1, answerDelay: 1s } }, lns1: { role: LNS, l2tp: { version: both, failover: { dataChannel: false } }, restart: { after: 36ms } } }
links: [ { between: [ lac1, lns1 ], latency: 30ms, forward: { loss: 2% } } ]
tunnels:
  - { from: lac1, to: lns1, at: 10ms, sessions: [ { count: 3 }, { count: 2 }, { count: 2 } ] }
  - { from: lac1, to: lns1, at: 20ms, sessions: [ { count: 3 }, { count: 2, call: outgoing } ] }
  - { from: lac1, to: lns1, sessions: [ { count: 3 }, { count: 2, call: outgoing }, {} ] }
  - { from: lac1, to: lns1, version: 2, at: 50ms, sessions: [ { count: 3 }, { count: 3, call: outgoing, recall: { after: 300ms, limit: 3 } }, { count: 3, sequenced: true } ] }
faults: [ { kind: crash, at: 4s, endpoint: lns1 }, { kind: crash, when: { endpoint: lac1, receives: FSR }, endpoint: lac1 }, { kind: crash, at: 1.06s, endpoint: lns1 } ]
`,
)
