// The control connection of L2TPv2 as a table: RFC 2661 7.2.1, in its order. The rows below a reference to 5.8, 5.7 or RFC 4951
// are what those sections add. Timeouts are events like any other.

import { machine, type EventOf, type StateOf } from '../fsm.ts'

export const controlConnection = machine({
  name: 'control-connection',
  states: ['idle', 'wait-ctl-reply', 'wait-ctl-conn', 'established'],
  events: [
    'local-open',
    'rcv-SCCRQ',
    'rcv-SCCRP',
    'rcv-SCCCN',
    'rcv-StopCCN',
    'lose-tie',
    'admin-close',
    'invalid-message',
    'timeout',
    'silent-clear',
  ],
  initial: 'idle',
  rows: [
    { from: 'idle', on: 'local-open', do: ['send-SCCRQ'], to: 'wait-ctl-reply', ref: 'R2661-7.2.1-01' },
    { from: 'idle', on: 'rcv-SCCRQ', if: 'acceptable', do: ['send-SCCRP'], to: 'wait-ctl-conn', ref: 'R2661-7.2.1-02' },
    { from: 'idle', on: 'rcv-SCCRQ', do: ['send-StopCCN', 'clean-up'], to: 'idle', ref: 'R2661-7.2.1-03' },
    { from: 'idle', on: 'rcv-SCCRP', do: ['send-StopCCN', 'clean-up'], to: 'idle', ref: 'R2661-7.2.1-04' },
    { from: 'idle', on: 'rcv-SCCCN', do: ['clean-up'], to: 'idle', ref: 'R2661-7.2.1-05' },
    {
      from: 'wait-ctl-reply',
      on: 'rcv-SCCRP',
      if: 'acceptable',
      do: ['tunnel-established', 'send-SCCCN', 'tunnel-open'],
      to: 'established',
      ref: 'R2661-7.2.1-06',
    },
    { from: 'wait-ctl-reply', on: 'rcv-SCCRP', do: ['send-StopCCN', 'clean-up'], to: 'idle', ref: 'R2661-7.2.1-07' },
    { from: 'wait-ctl-reply', on: 'lose-tie', do: ['clean-up'], to: 'idle', ref: 'R2661-7.2.1-08' },
    { from: 'wait-ctl-reply', on: 'rcv-SCCCN', do: ['send-StopCCN', 'clean-up'], to: 'idle', ref: 'R2661-7.2.1-09' },
    {
      from: 'wait-ctl-conn',
      on: 'rcv-SCCCN',
      if: 'acceptable',
      do: ['tunnel-established', 'tunnel-open'],
      to: 'established',
      ref: 'R2661-7.2.1-10',
    },
    { from: 'wait-ctl-conn', on: 'rcv-SCCCN', do: ['send-StopCCN', 'clean-up'], to: 'idle', ref: 'R2661-7.2.1-11' },
    {
      from: 'wait-ctl-conn',
      on: ['rcv-SCCRP', 'rcv-SCCRQ'],
      do: ['send-StopCCN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.2.1-12',
    },
    { from: 'established', on: 'local-open', do: ['tunnel-open'], to: 'established', ref: 'R2661-7.2.1-13' },
    { from: 'established', on: 'admin-close', do: ['send-StopCCN', 'clean-up'], to: 'idle', ref: 'R2661-7.2.1-14' },
    {
      from: 'established',
      on: ['rcv-SCCRQ', 'rcv-SCCRP', 'rcv-SCCCN'],
      do: ['send-StopCCN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.2.1-15',
    },
    {
      from: ['idle', 'wait-ctl-reply', 'wait-ctl-conn', 'established'],
      on: 'rcv-StopCCN',
      do: ['clean-up'],
      to: 'idle',
      ref: 'R2661-7.2.1-16',
    },
    // A local end before the tunnel is established: as in established (7.2.1 has no row).
    { from: ['wait-ctl-reply', 'wait-ctl-conn'], on: 'admin-close', do: ['send-StopCCN', 'clean-up'], to: 'idle', ref: 'R2661-7.2.1-21' },
    // An unknown mandatory message or AVP clears the tunnel (4.1, 4.4.1, 7.1).
    {
      from: ['idle', 'wait-ctl-reply', 'wait-ctl-conn', 'established'],
      on: 'invalid-message',
      do: ['send-StopCCN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.1-01',
    },
    // The peer is unreachable: everything is cleared, nothing is sent (5.8).
    {
      from: ['wait-ctl-reply', 'wait-ctl-conn', 'established'],
      on: 'timeout',
      do: ['clean-up'],
      to: 'idle',
      ref: 'R2661-5.8-14',
    },
    // RFC 4951 3.2.1: recovery failed, or the tunnel lost a tie to another recovery tunnel.
    {
      from: ['wait-ctl-reply', 'wait-ctl-conn', 'established'],
      on: 'silent-clear',
      do: ['clean-up'],
      to: 'idle',
      ref: 'R4951-3.2.1-28',
    },
  ],
  ignored: {
    idle: ['lose-tie', 'admin-close', 'timeout', 'silent-clear'],
    'wait-ctl-reply': ['local-open', 'rcv-SCCRQ'],
    'wait-ctl-conn': ['local-open', 'lose-tie'],
    established: ['lose-tie'],
  },
})

export type ControlConnectionState = StateOf<typeof controlConnection>
export type ControlConnectionEvent = EventOf<typeof controlConnection>
