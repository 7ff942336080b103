// An incoming call on the LNS's side: RFC 2661 7.4.2, in its order, with the references of RFC 3931 7.3.2 beside them.

import { machine, type EventOf, type StateOf } from '../fsm.ts'

export const incomingCallLns = machine({
  name: 'incoming-call-lns',
  states: ['idle', 'wait-connect', 'established'],
  events: ['rcv-ICRQ', 'rcv-ICRP', 'rcv-ICCN', 'rcv-CDN', 'local-close', 'invalid-message', 'tunnel-closed', 'silent-clear'],
  initial: 'idle',
  rows: [
    {
      from: 'idle',
      on: 'rcv-ICRQ',
      if: 'acceptable',
      do: ['send-ICRP'],
      to: 'wait-connect',
      ref: 'R2661-7.4.2-01',
      ref3: 'R3931-7.3.2-01',
    },
    { from: 'idle', on: 'rcv-ICRQ', do: ['send-CDN', 'clean-up'], to: 'idle', ref: 'R2661-7.4.2-02', ref3: 'R3931-7.3.2-02' },
    { from: 'idle', on: 'rcv-ICRP', do: ['send-CDN', 'clean-up'], to: 'idle', ref: 'R2661-7.4.2-03', ref3: 'R3931-7.3.2-03' },
    { from: 'idle', on: 'rcv-ICCN', do: ['clean-up'], to: 'idle', ref: 'R2661-7.4.2-04', ref3: 'R3931-7.3.2-04' },
    {
      from: 'wait-connect',
      on: 'rcv-ICCN',
      if: 'acceptable',
      do: ['prepare-for-data'],
      to: 'established',
      ref: 'R2661-7.4.2-05',
      ref3: 'R3931-7.3.2-05',
    },
    { from: 'wait-connect', on: 'rcv-ICCN', do: ['send-CDN', 'clean-up'], to: 'idle', ref: 'R2661-7.4.2-06', ref3: 'R3931-7.3.2-06' },
    {
      from: 'wait-connect',
      on: ['rcv-ICRQ', 'rcv-ICRP'],
      do: ['send-CDN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.4.2-07',
      ref3: 'R3931-7.3.2-07',
    },
    {
      from: ['idle', 'wait-connect', 'established'],
      on: 'rcv-CDN',
      do: ['clean-up'],
      to: 'idle',
      ref: 'R2661-7.4.2-08',
      ref3: 'R3931-7.3.2-08',
    },
    {
      from: ['wait-connect', 'established'],
      on: 'local-close',
      do: ['send-CDN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.4.2-09',
      ref3: 'R3931-7.3.2-09',
    },
    {
      from: 'established',
      on: ['rcv-ICRQ', 'rcv-ICRP', 'rcv-ICCN'],
      do: ['send-CDN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.4.2-10',
      ref3: 'R3931-7.3.2-10',
    },
    {
      from: ['idle', 'wait-connect', 'established'],
      on: 'invalid-message',
      do: ['send-CDN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-4.1-04',
      ref3: 'R3931-5.2-01',
    },
    {
      from: ['wait-connect', 'established'],
      on: 'tunnel-closed',
      do: ['clean-up'],
      to: 'idle',
      ref: 'R2661-AMB-06',
      ref3: 'R3931-3.3.2-03',
    },
    { from: ['wait-connect', 'established'], on: 'silent-clear', do: ['clean-up'], to: 'idle', ref: 'R4951-3.3-05' },
  ],
  ignored: { idle: ['local-close', 'tunnel-closed', 'silent-clear'] },
})

export type IncomingCallLnsState = StateOf<typeof incomingCallLns>
export type IncomingCallLnsEvent = EventOf<typeof incomingCallLns>
