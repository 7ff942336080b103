// RFC 4951 3.3 for one established session: what we know about its other half. Sessions that never lived through a failure
// are `synchronised`.

import { machine, type EventOf, type StateOf } from '../fsm.ts'

export const sessionSync = machine({
  name: 'session-sync',
  states: ['synchronised', 'unsynchronised', 'queried', 'stale', 'unanswered'],
  events: ['failover', 'query', 'FSR-valid', 'FSR-unknown', 'FSR-mismatch', 'FSQ-valid', 'FSQ-mismatch', 'alive', 'no-response'],
  initial: 'synchronised',
  rows: [
    {
      from: ['synchronised', 'unsynchronised', 'queried', 'stale', 'unanswered'],
      on: 'failover',
      do: ['forget-queries'],
      to: 'unsynchronised',
      ref: 'R4951-3.3-04',
    },
    {
      from: ['synchronised', 'unsynchronised', 'stale', 'unanswered'],
      on: 'query',
      do: ['add-to-query'],
      to: 'queried',
      ref: 'R4951-3.3-08',
    },
    { from: 'queried', on: 'FSR-valid', do: ['confirm'], to: 'synchronised', ref: 'R4951-3.3-25' },
    { from: 'queried', on: 'FSR-unknown', do: ['clear-silently'], to: 'synchronised', ref: 'R4951-3.3-24' },
    { from: 'queried', on: 'FSR-mismatch', do: ['query-later'], to: 'stale', ref: 'R4951-AMB-59' },
    // The peer's own query names the right pair: as good as an answer for the collision rule, but our query still runs.
    { from: ['unsynchronised', 'unanswered'], on: 'FSQ-valid', do: ['confirm'], to: 'synchronised', ref: 'R4951-AMB-66' },
    // Data still arrives: with the policy `suspect` it is not queried.
    { from: 'unsynchronised', on: 'alive', do: [], to: 'synchronised', ref: 'R4951-AMB-53' },
    {
      from: ['synchronised', 'unsynchronised', 'unanswered'],
      on: 'FSQ-mismatch',
      do: ['query-later'],
      to: 'stale',
      ref: 'R4951-3.3-22',
    },
    { from: 'queried', on: 'no-response', if: 'tries-left', do: ['add-to-query'], to: 'queried', ref: 'R4951-AMB-64' },
    { from: 'queried', on: 'no-response', do: ['give-up-query'], to: 'unanswered', ref: 'R4951-AMB-64' },
    // An answer that comes after all: it was asked for.
    { from: 'unanswered', on: 'FSR-valid', do: ['confirm'], to: 'synchronised', ref: 'R4951-3.3-25' },
    { from: 'unanswered', on: 'FSR-unknown', do: ['clear-silently'], to: 'synchronised', ref: 'R4951-3.3-24' },
    { from: 'unanswered', on: 'FSR-mismatch', do: ['query-later'], to: 'stale', ref: 'R4951-AMB-59' },
  ],
  ignored: {
    // An FSR nobody asked for is ignored (R4951-AMB-60).
    synchronised: ['FSR-valid', 'FSR-unknown', 'FSR-mismatch', 'FSQ-valid', 'alive', 'no-response'],
    unsynchronised: ['FSR-valid', 'FSR-unknown', 'FSR-mismatch', 'no-response'],
    queried: ['query', 'FSQ-valid', 'FSQ-mismatch', 'alive'],
    stale: ['FSR-valid', 'FSR-unknown', 'FSR-mismatch', 'FSQ-valid', 'FSQ-mismatch', 'alive', 'no-response'],
    unanswered: ['alive', 'no-response'],
  },
})

export type SessionSyncState = StateOf<typeof sessionSync>
export type SessionSyncEvent = EventOf<typeof sessionSync>
