// An incoming call on the LAC's side: RFC 2661 7.4.1, in its order, with the references of RFC 3931 7.3.1 beside them.

import { machine, type EventOf, type StateOf } from '../fsm.ts'

const ties = ['lose-tie', 'win-tie', 'equal-tie'] as const

export const incomingCallLac = machine({
  name: 'incoming-call-lac',
  states: ['idle', 'wait-tunnel', 'wait-reply', 'established'],
  events: [
    'bearer-ring',
    'tunnel-open',
    'rcv-ICRQ',
    'rcv-ICRP',
    'rcv-ICCN',
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
    { from: 'idle', on: 'bearer-ring', do: ['open-tunnel'], to: 'wait-tunnel', ref: 'R2661-7.4.1-01', ref3: 'R3931-7.3.1-01' },
    { from: 'idle', on: ['rcv-ICCN', 'rcv-ICRP', 'rcv-CDN'], do: ['clean-up'], to: 'idle', ref: 'R2661-7.4.1-02', ref3: 'R3931-7.3.1-02' },
    { from: 'wait-tunnel', on: 'local-close', do: ['clean-up'], to: 'idle', ref: 'R2661-7.4.1-03', ref3: 'R3931-7.3.1-03' },
    {
      from: 'wait-tunnel',
      on: 'tunnel-open',
      if: 'requestable',
      do: ['send-ICRQ'],
      to: 'wait-reply',
      ref: 'R2661-7.4.1-04',
      ref3: 'R3931-7.3.1-04',
    },
    // No framing that both sides have advertised, or no pseudowire type: the call ends here.
    {
      from: 'wait-tunnel',
      on: 'tunnel-open',
      do: ['report-unrequestable', 'clean-up'],
      to: 'idle',
      ref: 'R2661-4.4.3-03',
      ref3: 'R3931-5.4.4-16',
    },
    {
      from: 'wait-reply',
      on: 'rcv-ICRP',
      if: 'acceptable',
      do: ['send-ICCN', 'call-established'],
      to: 'established',
      ref: 'R2661-7.4.1-05',
      ref3: 'R3931-7.3.1-05',
    },
    { from: 'wait-reply', on: 'rcv-ICRP', do: ['send-CDN', 'clean-up'], to: 'idle', ref: 'R2661-7.4.1-06', ref3: 'R3931-7.3.1-06' },
    { from: 'wait-reply', on: 'rcv-ICRQ', do: ['send-CDN', 'clean-up'], to: 'idle', ref: 'R2661-7.4.1-07', ref3: 'R3931-7.1-02' },
    { from: 'wait-reply', on: ['rcv-CDN', 'rcv-ICCN'], do: ['clean-up'], to: 'idle', ref: 'R2661-7.4.1-08', ref3: 'R3931-7.3.1-09' },
    { from: 'wait-reply', on: 'local-close', do: ['send-CDN', 'clean-up'], to: 'idle', ref: 'R2661-7.4.1-09', ref3: 'R3931-7.3.1-10' },
    { from: 'established', on: 'rcv-CDN', do: ['clean-up'], to: 'idle', ref: 'R2661-7.4.1-10', ref3: 'R3931-7.3.1-11' },
    {
      from: 'established',
      on: ['rcv-ICRQ', 'rcv-ICRP', 'rcv-ICCN'],
      do: ['send-CDN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-7.4.1-11',
      ref3: 'R3931-7.3.1-12',
    },
    { from: 'established', on: 'local-close', do: ['send-CDN', 'clean-up'], to: 'idle', ref: 'R2661-7.4.1-12', ref3: 'R3931-7.3.1-13' },
    // An unknown mandatory AVP in a session message ends the session (4.1).
    {
      from: ['idle', 'wait-reply', 'established'],
      on: 'invalid-message',
      do: ['send-CDN', 'clean-up'],
      to: 'idle',
      ref: 'R2661-4.1-04',
      ref3: 'R3931-5.2-01',
    },
    // The tunnel is gone, or RFC 4951 3.3 clears the session: no CDN.
    {
      from: ['wait-tunnel', 'wait-reply', 'established'],
      on: 'tunnel-closed',
      do: ['clean-up'],
      to: 'idle',
      ref: 'R2661-AMB-06',
      ref3: 'R3931-3.3.2-03',
    },
    { from: ['wait-tunnel', 'wait-reply', 'established'], on: 'silent-clear', do: ['clean-up'], to: 'idle', ref: 'R4951-3.3-05' },
    // RFC 3931 7.3.1: a tie of two requests for one circuit. What the winner tells the loser is sent on the losing session.
    { from: 'wait-reply', on: 'lose-tie', do: ['clean-up'], to: 'idle', ref: 'R3931-7.3.1-07', version: 3 },
    { from: 'wait-reply', on: 'win-tie', do: [], to: 'wait-reply', ref: 'R3931-7.3.1-08', version: 3 },
    { from: 'wait-reply', on: 'equal-tie', do: ['clean-up', 'place-again'], to: 'idle', ref: 'R3931-5.4.4-13', version: 3 },
  ],
  ignored: {
    idle: ['tunnel-open', 'rcv-ICRQ', 'local-close', 'tunnel-closed', 'silent-clear', ...ties],
    'wait-tunnel': ['bearer-ring', 'rcv-ICRQ', 'rcv-ICRP', 'rcv-ICCN', 'rcv-CDN', 'invalid-message', ...ties],
    'wait-reply': ['bearer-ring', 'tunnel-open'],
    established: ['bearer-ring', 'tunnel-open', ...ties],
  },
})

export type IncomingCallLacState = StateOf<typeof incomingCallLac>
export type IncomingCallLacEvent = EventOf<typeof incomingCallLac>
