// An outgoing call on the LNS's side: RFC 2661 7.5.2, in its order, with the references of RFC 3931 7.4.1 beside them.

import { machine, type EventOf, type StateOf } from '../fsm.ts'

const ties = ['lose-tie', 'win-tie', 'equal-tie'] as const

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
    'lose-tie',
    'win-tie',
    'equal-tie',
  ],
  initial: 'idle',
  rows: [
    { from: 'idle', on: 'local-open', do: ['open-tunnel'], to: 'wait-tunnel', ref: 'R2661-7.5.2-01', ref3: 'R3931-7.4.1-01' },
    { from: 'idle', on: ['rcv-OCCN', 'rcv-OCRP', 'rcv-CDN'], do: ['clean-up'], to: 'idle', ref: 'R2661-7.5.2-02', ref3: 'R3931-7.4.1-02' },
    {
      from: 'wait-tunnel',
      on: 'tunnel-open',
      if: 'requestable',
      do: ['send-OCRQ'],
      to: 'wait-reply',
      ref: 'R2661-7.5.2-03',
      ref3: 'R3931-7.4.1-03',
    },
    // The LAC has advertised no bearer, or no framing or pseudowire type that we have too: the call ends here.
    {
      from: 'wait-tunnel',
      on: 'tunnel-open',
      do: ['report-unrequestable', 'clean-up'],
      to: 'idle',
      ref: 'R2661-6.9-01',
      ref3: 'R3931-5.4.4-16',
    },
    { from: 'wait-reply', on: 'rcv-OCRP', if: 'acceptable', do: [], to: 'wait-connect', ref: 'R2661-7.5.2-04', ref3: 'R3931-7.4.1-04' },
    { from: 'wait-reply', on: 'rcv-OCRP', do: ['send-CDN', 'clean-up'], to: 'idle', ref: 'R2661-7.5.2-05', ref3: 'R3931-7.4.1-05' },
    {
      from: 'wait-reply',
      on: ['rcv-OCCN', 'rcv-OCRQ'],
      do: ['send-CDN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.5.2-06',
      ref3: 'R3931-7.4.1-06',
    },
    { from: 'wait-connect', on: 'rcv-OCCN', do: ['call-established'], to: 'established', ref: 'R2661-7.5.2-07', version: 2 },
    {
      from: 'wait-connect',
      on: ['rcv-OCRQ', 'rcv-OCRP'],
      do: ['send-CDN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.5.2-08',
      ref3: 'R3931-7.4.1-10',
    },
    {
      from: ['wait-reply', 'wait-connect', 'established'],
      on: 'rcv-CDN',
      do: ['clean-up'],
      to: 'idle',
      ref: 'R2661-7.5.2-09',
      ref3: 'R3931-7.4.1-11',
    },
    {
      from: 'established',
      on: ['rcv-OCRQ', 'rcv-OCRP', 'rcv-OCCN'],
      do: ['send-CDN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.5.2-10',
      ref3: 'R3931-7.4.1-12',
    },
    {
      from: ['wait-reply', 'wait-connect', 'established'],
      on: 'local-close',
      do: ['send-CDN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.5.2-11',
      ref3: 'R3931-7.4.1-13',
    },
    { from: 'wait-tunnel', on: 'local-close', do: ['clean-up'], to: 'idle', ref: 'R2661-7.5.2-12', ref3: 'R3931-7.4.1-14' },
    {
      from: ['idle', 'wait-reply', 'wait-connect', 'established'],
      on: 'invalid-message',
      do: ['send-CDN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-4.1-04',
      ref3: 'R3931-5.2-01',
    },
    {
      from: ['wait-tunnel', 'wait-reply', 'wait-connect', 'established'],
      on: 'tunnel-closed',
      do: ['clean-up'],
      to: 'idle',
      ref: 'R2661-AMB-06',
      ref3: 'R3931-3.3.2-03',
    },
    {
      from: ['wait-tunnel', 'wait-reply', 'wait-connect', 'established'],
      on: 'silent-clear',
      do: ['clean-up'],
      to: 'idle',
      ref: 'R4951-3.3-05',
    },
    // RFC 3931 7.4.1: a tie of two requests for one circuit. What the winner tells the loser is sent on the losing session.
    { from: 'wait-reply', on: 'lose-tie', do: ['clean-up'], to: 'idle', ref: 'R3931-7.4.1-07', version: 3 },
    { from: 'wait-reply', on: 'win-tie', do: [], to: 'wait-reply', ref: 'R3931-7.4.1-08', version: 3 },
    { from: 'wait-reply', on: 'equal-tie', do: ['clean-up', 'place-again'], to: 'idle', ref: 'R3931-5.4.4-13', version: 3 },
    {
      from: 'wait-connect',
      on: 'rcv-OCCN',
      if: 'acceptable',
      do: ['call-established'],
      to: 'established',
      ref: 'R3931-7.4.1-09',
      version: 3,
    },
    // The table knows no OCCN that is not acceptable, but one may ask for sequencing without a sublayer (5.4.4).
    { from: 'wait-connect', on: 'rcv-OCCN', do: ['send-CDN', 'clean-up'], to: 'idle', ref: 'R3931-5.4.4-23', version: 3 },
  ],
  ignored: {
    idle: ['tunnel-open', 'rcv-OCRQ', 'local-close', 'tunnel-closed', 'silent-clear', ...ties],
    'wait-tunnel': ['local-open', 'rcv-OCRQ', 'rcv-OCRP', 'rcv-OCCN', 'rcv-CDN', 'invalid-message', ...ties],
    'wait-reply': ['local-open', 'tunnel-open'],
    'wait-connect': ['local-open', 'tunnel-open', ...ties],
    established: ['local-open', 'tunnel-open', ...ties],
  },
})

export type OutgoingCallLnsState = StateOf<typeof outgoingCallLns>
export type OutgoingCallLnsEvent = EventOf<typeof outgoingCallLns>
