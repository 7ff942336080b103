// The control connection as a table: RFC 2661 7.2.1, in its order, with the references of RFC 3931 7.2 beside them; rows that only
// L2TPv3 has come last. The rows below a reference to 5.8, 5.7 or RFC 4951 are what those sections add. Timeouts are events like
// any other.

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
    'win-tie',
    'admin-close',
    'invalid-message',
    'timeout',
    'silent-clear',
  ],
  initial: 'idle',
  rows: [
    { from: 'idle', on: 'local-open', do: ['send-SCCRQ'], to: 'wait-ctl-reply', ref: 'R2661-7.2.1-01', ref3: 'R3931-7.2-02' },
    {
      from: 'idle',
      on: 'rcv-SCCRQ',
      if: 'acceptable',
      do: ['send-SCCRP'],
      to: 'wait-ctl-conn',
      ref: 'R2661-7.2.1-02',
      ref3: 'R3931-7.2-03',
    },
    { from: 'idle', on: 'rcv-SCCRQ', do: ['send-StopCCN', 'clean-up'], to: 'idle', ref: 'R2661-7.2.1-03', ref3: 'R3931-7.2-04' },
    { from: 'idle', on: 'rcv-SCCRP', do: ['send-StopCCN', 'clean-up'], to: 'idle', ref: 'R2661-7.2.1-04', ref3: 'R3931-7.2-05' },
    { from: 'idle', on: 'rcv-SCCCN', do: ['clean-up'], to: 'idle', ref: 'R2661-7.2.1-05', version: 2 },
    {
      from: 'wait-ctl-reply',
      on: 'rcv-SCCRP',
      if: 'acceptable',
      do: ['tunnel-established', 'send-SCCCN', 'tunnel-open'],
      to: 'established',
      ref: 'R2661-7.2.1-06',
      ref3: 'R3931-7.2-07',
    },
    { from: 'wait-ctl-reply', on: 'rcv-SCCRP', do: ['send-StopCCN', 'clean-up'], to: 'idle', ref: 'R2661-7.2.1-07', ref3: 'R3931-7.2-08' },
    { from: 'wait-ctl-reply', on: 'lose-tie', do: ['clean-up'], to: 'idle', ref: 'R2661-7.2.1-08', ref3: 'R3931-7.2-09' },
    { from: 'wait-ctl-reply', on: 'rcv-SCCCN', do: ['send-StopCCN', 'clean-up'], to: 'idle', ref: 'R2661-7.2.1-09', ref3: 'R3931-7.2-12' },
    {
      from: 'wait-ctl-conn',
      on: 'rcv-SCCCN',
      if: 'acceptable',
      do: ['tunnel-established', 'tunnel-open'],
      to: 'established',
      ref: 'R2661-7.2.1-10',
      ref3: 'R3931-7.2-13',
    },
    { from: 'wait-ctl-conn', on: 'rcv-SCCCN', do: ['send-StopCCN', 'clean-up'], to: 'idle', ref: 'R2661-7.2.1-11', ref3: 'R3931-7.2-14' },
    {
      from: 'wait-ctl-conn',
      on: ['rcv-SCCRP', 'rcv-SCCRQ'],
      do: ['send-StopCCN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.2.1-12',
      ref3: 'R3931-7.2-15',
    },
    { from: 'established', on: 'local-open', do: ['tunnel-open'], to: 'established', ref: 'R2661-7.2.1-13', ref3: 'R3931-7.2-16' },
    { from: 'established', on: 'admin-close', do: ['send-StopCCN', 'clean-up'], to: 'idle', ref: 'R2661-7.2.1-14', ref3: 'R3931-7.2-17' },
    {
      from: 'established',
      on: ['rcv-SCCRQ', 'rcv-SCCRP', 'rcv-SCCCN'],
      do: ['send-StopCCN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.2.1-15',
      ref3: 'R3931-7.2-18',
    },
    {
      from: ['idle', 'wait-ctl-reply', 'wait-ctl-conn', 'established'],
      on: 'rcv-StopCCN',
      do: ['clean-up'],
      to: 'idle',
      ref: 'R2661-7.2.1-16',
      ref3: 'R3931-7.2-19',
    },
    // A local end before the tunnel is established: as in established (7.2.1 has no row).
    {
      from: ['wait-ctl-reply', 'wait-ctl-conn'],
      on: 'admin-close',
      do: ['send-StopCCN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.2.1-21',
      ref3: 'R3931-3.3.2-01',
    },
    // An unknown mandatory message or AVP clears the tunnel (4.1, 4.4.1, 7.1).
    {
      from: ['idle', 'wait-ctl-reply', 'wait-ctl-conn', 'established'],
      on: 'invalid-message',
      do: ['send-StopCCN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.1-01',
      ref3: 'R3931-7.1-01',
    },
    // The peer is unreachable: everything is cleared, nothing is sent (5.8).
    {
      from: ['wait-ctl-reply', 'wait-ctl-conn', 'established'],
      on: 'timeout',
      do: ['clean-up'],
      to: 'idle',
      ref: 'R2661-5.8-14',
      ref3: 'R3931-4.2-15',
    },
    // RFC 4951 3.2.1: recovery failed, or the tunnel lost a tie to another recovery tunnel.
    {
      from: ['wait-ctl-reply', 'wait-ctl-conn', 'established'],
      on: 'silent-clear',
      do: ['clean-up'],
      to: 'idle',
      ref: 'R4951-3.2.1-28',
    },
    { from: 'idle', on: 'rcv-SCCCN', do: ['send-StopCCN', 'clean-up'], to: 'idle', ref: 'R3931-7.2-06', version: 3 },
    // The StopCCN that tells the loser is sent on the losing connection.
    { from: 'wait-ctl-reply', on: 'win-tie', do: [], to: 'wait-ctl-reply', ref: 'R3931-7.2-11', version: 3 },
  ],
  ignored: {
    idle: ['lose-tie', 'win-tie', 'admin-close', 'timeout', 'silent-clear'],
    'wait-ctl-reply': ['local-open', 'rcv-SCCRQ'],
    'wait-ctl-conn': ['local-open', 'lose-tie', 'win-tie'],
    established: ['lose-tie', 'win-tie'],
  },
})

export type ControlConnectionState = StateOf<typeof controlConnection>
export type ControlConnectionEvent = EventOf<typeof controlConnection>
