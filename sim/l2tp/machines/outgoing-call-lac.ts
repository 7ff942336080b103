// An outgoing call on the LAC's side: RFC 2661 7.5.1, in its order, with the references of RFC 3931 7.4.2 beside them.

import { machine, type EventOf, type StateOf } from '../fsm.ts'

export const outgoingCallLac = machine({
  name: 'outgoing-call-lac',
  states: ['idle', 'wait-cs-answer', 'established'],
  events: [
    'rcv-OCRQ',
    'rcv-OCRP',
    'rcv-OCCN',
    'rcv-CDN',
    'bearer-answer',
    'bearer-failure',
    'local-close',
    'invalid-message',
    'tunnel-closed',
    'silent-clear',
  ],
  initial: 'idle',
  rows: [
    {
      from: 'idle',
      on: 'rcv-OCRQ',
      if: 'acceptable',
      do: ['send-OCRP', 'open-bearer'],
      to: 'wait-cs-answer',
      ref: 'R2661-7.5.1-01',
      ref3: 'R3931-7.4.2-01',
    },
    { from: 'idle', on: 'rcv-OCRQ', do: ['send-CDN', 'clean-up'], to: 'idle', ref: 'R2661-7.5.1-02', ref3: 'R3931-7.4.2-02' },
    { from: 'idle', on: 'rcv-OCRP', do: ['send-CDN', 'clean-up'], to: 'idle', ref: 'R2661-7.5.1-03', ref3: 'R3931-7.4.2-03' },
    { from: 'idle', on: ['rcv-OCCN', 'rcv-CDN'], do: ['clean-up'], to: 'idle', ref: 'R2661-7.5.1-04', ref3: 'R3931-7.4.2-04' },
    {
      from: 'wait-cs-answer',
      on: 'bearer-answer',
      do: ['send-OCCN', 'call-established'],
      to: 'established',
      ref: 'R2661-7.5.1-05',
      ref3: 'R3931-7.4.2-05',
    },
    {
      from: 'wait-cs-answer',
      on: 'bearer-failure',
      do: ['send-CDN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.5.1-06',
      ref3: 'R3931-7.4.2-06',
    },
    {
      from: 'wait-cs-answer',
      on: ['rcv-OCRQ', 'rcv-OCRP', 'rcv-OCCN'],
      do: ['send-CDN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.5.1-07',
      ref3: 'R3931-7.4.2-07',
    },
    {
      from: 'established',
      on: ['rcv-OCRQ', 'rcv-OCRP', 'rcv-OCCN'],
      do: ['send-CDN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.5.1-08',
      ref3: 'R3931-7.4.2-08',
    },
    { from: ['wait-cs-answer', 'established'], on: 'rcv-CDN', do: ['clean-up'], to: 'idle', ref: 'R2661-7.5.1-09', ref3: 'R3931-7.4.2-09' },
    { from: 'established', on: 'local-close', do: ['send-CDN', 'clean-up'], to: 'idle', ref: 'R2661-7.5.1-10', ref3: 'R3931-7.4.2-10' },
    // RFC 2661 has no row for a local close while the call is being answered.
    {
      from: 'wait-cs-answer',
      on: 'local-close',
      do: ['send-CDN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-AMB-07',
      ref3: 'R3931-7.4.2-10',
    },
    {
      from: ['idle', 'wait-cs-answer', 'established'],
      on: 'invalid-message',
      do: ['send-CDN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-4.1-04',
      ref3: 'R3931-5.2-01',
    },
    {
      from: ['wait-cs-answer', 'established'],
      on: 'tunnel-closed',
      do: ['clean-up'],
      to: 'idle',
      ref: 'R2661-AMB-06',
      ref3: 'R3931-3.3.2-03',
    },
    { from: ['wait-cs-answer', 'established'], on: 'silent-clear', do: ['clean-up'], to: 'idle', ref: 'R4951-3.3-05' },
  ],
  ignored: {
    idle: ['bearer-answer', 'bearer-failure', 'local-close', 'tunnel-closed', 'silent-clear'],
    established: ['bearer-answer', 'bearer-failure'],
  },
})

export type OutgoingCallLacState = StateOf<typeof outgoingCallLac>
export type OutgoingCallLacEvent = EventOf<typeof outgoingCallLac>
