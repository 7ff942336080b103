// RFC 4951 3.2 as seen by the endpoint that recovers an old tunnel: one instance for each old tunnel it restored. The recovery
// tunnel itself is an ordinary control connection (`control-connection`), whose fate arrives here as events.

import { machine, type EventOf, type StateOf } from '../fsm.ts'

const events = [
  'start',
  'not-possible',
  'rcv-SCCRP',
  'SCCCN-acknowledged',
  'refused',
  'no-answer',
  'tie-lost',
  'tie-equal',
  'told-lost',
  'peer-recovers',
  'peer-recovered',
  'peer-aborted',
  'old-tunnel-closed',
] as const

/** All events but these. */
const allBut = (...handled: readonly (typeof events)[number][]): readonly (typeof events)[number][] =>
  events.filter((event) => !handled.includes(event))

export const recoveryEndpoint = machine({
  name: 'recovery-endpoint',
  states: ['waiting', 'requesting', 'confirming', 'challenged', 'as-remote', 'recovered', 'failed'],
  events,
  initial: 'waiting',
  rows: [
    { from: 'waiting', on: 'start', do: ['open-recovery-tunnel'], to: 'requesting', ref: 'R4951-3.2.1-01' },
    { from: 'waiting', on: 'not-possible', do: ['clear-old-tunnel'], to: 'failed', ref: 'R4951-AMB-30' },
    // The peer was faster: it recovers, we are its remote endpoint.
    { from: 'waiting', on: 'peer-recovers', do: [], to: 'as-remote', ref: 'R4951-AMB-49' },
    // Control channel reset and step I happen on the valid SCCRP, before the SCCCN goes out.
    {
      from: 'requesting',
      on: 'rcv-SCCRP',
      do: ['reset-control-channel', 'clear-half-open-sessions'],
      to: 'confirming',
      ref: 'R4951-3.2.2-03',
    },
    { from: 'requesting', on: 'tie-lost', do: ['discard-recovery-tunnel', 'free-turn'], to: 'as-remote', ref: 'R4951-AMB-18' },
    {
      from: 'requesting',
      on: 'tie-equal',
      if: 'tie-retries-left',
      do: ['discard-recovery-tunnel', 'retry-later'],
      to: 'waiting',
      ref: 'R4951-AMB-20',
    },
    {
      from: 'requesting',
      on: 'tie-equal',
      do: ['discard-recovery-tunnel', 'clear-old-tunnel'],
      to: 'failed',
      ref: 'R4951-AMB-20',
    },
    { from: 'requesting', on: 'refused', do: ['clear-old-tunnel'], to: 'failed', ref: 'R4951-3.2.1-28' },
    { from: 'requesting', on: 'no-answer', if: 'retries-left', do: ['retry-later'], to: 'waiting', ref: 'R4951-AMB-17' },
    { from: 'requesting', on: 'no-answer', do: ['clear-old-tunnel'], to: 'failed', ref: 'R4951-3.2.1-28' },
    {
      from: ['confirming', 'challenged'],
      on: 'SCCCN-acknowledged',
      do: ['end-recovery-tunnel', 'reset-data-channels', 'admit-new-sessions', 'synchronise-sessions'],
      to: 'recovered',
      ref: 'R4951-AMB-42',
    },
    { from: 'confirming', on: 'refused', do: ['clear-old-tunnel'], to: 'failed', ref: 'R4951-AMB-43' },
    { from: 'confirming', on: 'no-answer', do: ['clear-old-tunnel'], to: 'failed', ref: 'R4951-3.2.1-28' },
    // The peer asks to recover the same tunnel: it failed after its SCCRP, or its SCCRQ was sent before that and comes late.
    // Whichever handshake is completed decides.
    { from: 'confirming', on: 'peer-recovers', do: [], to: 'challenged', ref: 'R4951-AMB-77' },
    {
      from: 'challenged',
      on: 'peer-recovered',
      do: ['supersede-recovery-tunnel', 'restart-data-channels', 'free-turn'],
      to: 'recovered',
      ref: 'R4951-AMB-77',
    },
    { from: 'challenged', on: ['refused', 'no-answer'], do: ['free-turn'], to: 'as-remote', ref: 'R4951-AMB-77' },
    { from: 'challenged', on: 'peer-aborted', do: [], to: 'confirming', ref: 'R4951-AMB-77' },
    { from: 'as-remote', on: 'peer-recovered', do: ['restart-data-channels'], to: 'recovered', ref: 'R4951-AMB-23' },
    // The peer's recovery came to nothing before our reset: we are a recovery endpoint again (ours; RFC 4951 is silent).
    { from: 'as-remote', on: 'peer-aborted', if: 'not-reset', do: ['retry-later'], to: 'waiting', ref: 'R4951-AMB-49' },
    // Closed by order, by the peer or by a timeout: there is nothing left to recover.
    { from: ['waiting', 'as-remote'], on: 'old-tunnel-closed', do: [], to: 'failed', ref: 'R4951-AMB-33' },
    {
      from: ['requesting', 'confirming', 'challenged'],
      on: 'old-tunnel-closed',
      do: ['abandon-recovery-tunnel', 'free-turn'],
      to: 'failed',
      ref: 'R4951-AMB-33',
    },
    // The StopCCN of a winner is here before its SCCRQ: no refusal of the recovery, which is the peer's now, or ours again.
    { from: 'requesting', on: 'told-lost', do: ['retry-later'], to: 'waiting', ref: 'R4951-AMB-19', version: 3 },
    // After our reset that stands: if the peer has reset too all goes on, else the old tunnel ends by its own timers (R4951-AMB-16).
    // New sessions are admitted already, by the remote endpoint whose offer came to nothing.
    {
      from: 'as-remote',
      on: 'peer-aborted',
      do: ['end-recovery-tunnel', 'reset-data-channels', 'synchronise-sessions'],
      to: 'recovered',
      ref: 'R4951-AMB-77',
    },
  ],
  ignored: {
    waiting: allBut('start', 'not-possible', 'peer-recovers', 'old-tunnel-closed'),
    // A crossing recovery SCCRQ is decided by the tie breakers alone.
    requesting: allBut('rcv-SCCRP', 'tie-lost', 'tie-equal', 'told-lost', 'refused', 'no-answer', 'old-tunnel-closed'),
    confirming: allBut('SCCCN-acknowledged', 'refused', 'no-answer', 'peer-recovers', 'old-tunnel-closed'),
    challenged: allBut('SCCCN-acknowledged', 'refused', 'no-answer', 'peer-recovered', 'peer-aborted', 'old-tunnel-closed'),
    'as-remote': allBut('peer-recovered', 'peer-aborted', 'old-tunnel-closed'),
    // Whatever becomes of the recovery tunnel now has no effect on the recovered tunnel (R4951-AMB-44).
    recovered: events,
    failed: events,
  },
})

export type RecoveryEndpointState = StateOf<typeof recoveryEndpoint>
export type RecoveryEndpointEvent = EventOf<typeof recoveryEndpoint>
