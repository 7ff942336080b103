// RFC 4951 3.2 as seen by the remote endpoint: one instance for each established tunnel whose peer may fail. It never starts a
// recovery; it answers one.

import { machine, type EventOf, type StateOf } from '../fsm.ts'

export const remoteEndpoint = machine({
  name: 'remote-endpoint',
  states: ['normal', 'offered'],
  events: ['rcv-recovery-SCCRQ', 'rcv-SCCCN', 'recovery-tunnel-ended', 'given-up'],
  initial: 'normal',
  rows: [
    {
      from: 'normal',
      on: 'rcv-recovery-SCCRQ',
      do: ['suspend-old-tunnel', 'offer-sequence'],
      to: 'offered',
      ref: 'R4951-3.2.1-18',
    },
    // A newer attempt of the same peer replaces the unfinished one once it is through; both stay open till then.
    { from: 'offered', on: 'rcv-recovery-SCCRQ', do: ['offer-sequence'], to: 'offered', ref: 'R4951-AMB-46' },
    {
      from: 'offered',
      on: 'rcv-SCCCN',
      do: [
        'stop-recovery-timer',
        'reset-control-channel',
        'clear-half-open-sessions',
        'end-own-recovery',
        'admit-new-sessions',
        'await-query',
      ],
      to: 'normal',
      ref: 'R4951-3.2.2-04',
    },
    { from: 'offered', on: 'recovery-tunnel-ended', if: 'other-offer-open', do: [], to: 'offered', ref: 'R4951-AMB-46' },
    { from: 'offered', on: 'recovery-tunnel-ended', do: ['resume-old-tunnel'], to: 'normal', ref: 'R4951-AMB-36' },
    { from: 'offered', on: 'given-up', do: ['refuse-open-offers'], to: 'normal', ref: 'R4951-AMB-05' },
  ],
  ignored: { normal: ['rcv-SCCCN', 'recovery-tunnel-ended', 'given-up'] },
})

export type RemoteEndpointState = StateOf<typeof remoteEndpoint>
export type RemoteEndpointEvent = EventOf<typeof remoteEndpoint>
