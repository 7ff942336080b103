// An outgoing call on the LNS's side: RFC 2661 7.5.2, in its order.

import { machine, type EventOf, type StateOf } from '../fsm.ts'

export const outgoingCallLns = machine({
  name: 'outgoing-call-lns',
  states: ['idle', 'wait-tunnel', 'wait-reply', 'wait-connect', 'established'],
  events: [
    'local-open',
    'tunnel-open',
    'rcv-OCRQ',
    'rcv-OCRP',
    'rcv-OCCN',
    'rcv-CDN',
    'local-close',
    'invalid-message',
    'tunnel-closed',
    'silent-clear',
  ],
  initial: 'idle',
  rows: [
    { from: 'idle', on: 'local-open', do: ['open-tunnel'], to: 'wait-tunnel', ref: 'R2661-7.5.2-01' },
    { from: 'idle', on: ['rcv-OCCN', 'rcv-OCRP', 'rcv-CDN'], do: ['clean-up'], to: 'idle', ref: 'R2661-7.5.2-02' },
    { from: 'wait-tunnel', on: 'tunnel-open', if: 'requestable', do: ['send-OCRQ'], to: 'wait-reply', ref: 'R2661-7.5.2-03' },
    // The LAC has advertised no bearer, or no framing that we have too: the call ends here.
    { from: 'wait-tunnel', on: 'tunnel-open', do: ['report-unrequestable', 'clean-up'], to: 'idle', ref: 'R2661-6.9-01' },
    { from: 'wait-reply', on: 'rcv-OCRP', if: 'acceptable', do: [], to: 'wait-connect', ref: 'R2661-7.5.2-04' },
    { from: 'wait-reply', on: 'rcv-OCRP', do: ['send-CDN', 'clean-up'], to: 'idle', ref: 'R2661-7.5.2-05' },
    { from: 'wait-reply', on: ['rcv-OCCN', 'rcv-OCRQ'], do: ['send-CDN', 'clean-up'], to: 'idle', ref: 'R2661-7.5.2-06' },
    { from: 'wait-connect', on: 'rcv-OCCN', do: ['call-established'], to: 'established', ref: 'R2661-7.5.2-07' },
    { from: 'wait-connect', on: ['rcv-OCRQ', 'rcv-OCRP'], do: ['send-CDN', 'clean-up'], to: 'idle', ref: 'R2661-7.5.2-08' },
    { from: ['wait-reply', 'wait-connect', 'established'], on: 'rcv-CDN', do: ['clean-up'], to: 'idle', ref: 'R2661-7.5.2-09' },
    {
      from: 'established',
      on: ['rcv-OCRQ', 'rcv-OCRP', 'rcv-OCCN'],
      do: ['send-CDN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.5.2-10',
    },
    {
      from: ['wait-reply', 'wait-connect', 'established'],
      on: 'local-close',
      do: ['send-CDN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.5.2-11',
    },
    { from: 'wait-tunnel', on: 'local-close', do: ['clean-up'], to: 'idle', ref: 'R2661-7.5.2-12' },
    {
      from: ['idle', 'wait-reply', 'wait-connect', 'established'],
      on: 'invalid-message',
      do: ['send-CDN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-4.1-04',
    },
    {
      from: ['wait-tunnel', 'wait-reply', 'wait-connect', 'established'],
      on: 'tunnel-closed',
      do: ['clean-up'],
      to: 'idle',
      ref: 'R2661-AMB-06',
    },
    {
      from: ['wait-tunnel', 'wait-reply', 'wait-connect', 'established'],
      on: 'silent-clear',
      do: ['clean-up'],
      to: 'idle',
      ref: 'R4951-3.3-05',
    },
  ],
  ignored: {
    idle: ['tunnel-open', 'rcv-OCRQ', 'local-close', 'tunnel-closed', 'silent-clear'],
    'wait-tunnel': ['local-open', 'rcv-OCRQ', 'rcv-OCRP', 'rcv-OCCN', 'rcv-CDN', 'invalid-message'],
    'wait-reply': ['local-open', 'tunnel-open'],
    'wait-connect': ['local-open', 'tunnel-open'],
    established: ['local-open', 'tunnel-open'],
  },
})

export type OutgoingCallLnsState = StateOf<typeof outgoingCallLns>
export type OutgoingCallLnsEvent = EventOf<typeof outgoingCallLns>
