// The frequent kinds of record, written out field by field: how they enter the digest, and how an event becomes a record. That is
// many times faster than walking the registry (spreading one object into another costs microseconds here), which the other kinds
// do (digest.ts). A test holds both to the same results.

import type { Nanos } from '../base/time.ts'
import type { Hasher } from './hasher.ts'
import type { Fields, RecordKind, TraceRecord } from './record.ts'

/** What a record has beside the fields of its kind. */
export interface Stamp {
  readonly seq: number
  readonly at: Nanos
  readonly cause: number
}

/** The treatment of one kind. `endpoint` is given apart, as whoever emits an event has it apart; '' for kinds without. */
export interface Treatment<K extends RecordKind = never> {
  /** Puts the fields, in the order of the registry, from position `n`; gives the position after them. */
  readonly write: (hasher: Hasher, n: number, endpoint: string, event: Fields<K>) => number
  readonly build: (stamp: Stamp, endpoint: string, event: Fields<K>) => TraceRecord<K>
}

type Frequent = { readonly [K in RecordKind]?: Treatment<K> }

export const frequent = {
  dropped: {
    write(hasher, n, _endpoint, { packet, copy, where, why }) {
      const next = hasher.name(hasher.int(hasher.int(n, packet), copy), where)
      return hasher.name(next, why)
    },
    build({ seq, at, cause }, _endpoint, { packet, copy, where, why }) {
      return { kind: 'dropped', seq, at, cause, packet, copy, where, why }
    },
  },
  handled: {
    write(hasher, n, endpoint, { packet, tunnel, session, type, ns, nr, verdict }) {
      let next = hasher.endpoint(n, endpoint)
      next = hasher.int(next, packet)
      next = hasher.int(next, tunnel)
      next = hasher.int(next, session)
      next = hasher.name(next, type)
      next = hasher.int(next, ns)
      next = hasher.int(next, nr)
      return hasher.name(next, verdict)
    },
    build({ seq, at, cause }, endpoint, { packet, tunnel, session, type, ns, nr, verdict }) {
      return { kind: 'handled', seq, at, cause, endpoint, packet, tunnel, session, type, ns, nr, verdict }
    },
  },
  data: {
    write(hasher, n, endpoint, { packet, tunnel, session, ns, verdict, skipped, stamp }) {
      let next = hasher.endpoint(n, endpoint)
      next = hasher.int(next, packet)
      next = hasher.int(next, tunnel)
      next = hasher.int(next, session)
      next = hasher.int(next, ns)
      next = hasher.name(next, verdict)
      next = hasher.int(next, skipped)
      return hasher.int(next, stamp)
    },
    build({ seq, at, cause }, endpoint, { packet, tunnel, session, ns, verdict, skipped, stamp }) {
      return { kind: 'data', seq, at, cause, endpoint, packet, tunnel, session, ns, verdict, skipped, stamp }
    },
  },
  transition: {
    write(hasher, n, endpoint, { machine, tunnel, session, from, on, to, row }) {
      let next = hasher.endpoint(n, endpoint)
      next = hasher.name(next, machine)
      next = hasher.int(next, tunnel)
      next = hasher.int(next, session)
      next = hasher.name(next, from)
      next = hasher.name(next, on)
      next = hasher.name(next, to)
      return hasher.int(next, row)
    },
    build({ seq, at, cause }, endpoint, { machine, tunnel, session, from, on, to, row }) {
      return { kind: 'transition', seq, at, cause, endpoint, machine, tunnel, session, from, on, to, row }
    },
  },
  timer: {
    write(hasher, n, endpoint, { name, tunnel, session, action, due }) {
      let next = hasher.endpoint(n, endpoint)
      next = hasher.name(next, name)
      next = hasher.int(next, tunnel)
      next = hasher.int(next, session)
      next = hasher.name(next, action)
      return hasher.int(next, due)
    },
    build({ seq, at, cause }, endpoint, { name, tunnel, session, action, due }) {
      return { kind: 'timer', seq, at, cause, endpoint, name, tunnel, session, action, due }
    },
  },
  session: {
    write(hasher, n, endpoint, { tunnel, session, peerSession, call, sequenced, event, why }) {
      let next = hasher.endpoint(n, endpoint)
      next = hasher.int(next, tunnel)
      next = hasher.int(next, session)
      next = hasher.int(next, peerSession)
      next = hasher.name(next, call)
      next = hasher.flag(next, sequenced)
      next = hasher.name(next, event)
      return hasher.text(next, why)
    },
    build({ seq, at, cause }, endpoint, { tunnel, session, peerSession, call, sequenced, event, why }) {
      return { kind: 'session', seq, at, cause, endpoint, tunnel, session, peerSession, call, sequenced, event, why }
    },
  },
  sync: {
    write(hasher, n, endpoint, { tunnel, session, peerSession, outcome }) {
      let next = hasher.endpoint(n, endpoint)
      next = hasher.int(next, tunnel)
      next = hasher.int(next, session)
      next = hasher.int(next, peerSession)
      return hasher.name(next, outcome)
    },
    build({ seq, at, cause }, endpoint, { tunnel, session, peerSession, outcome }) {
      return { kind: 'sync', seq, at, cause, endpoint, tunnel, session, peerSession, outcome }
    },
  },
  dataReset: {
    write(hasher, n, endpoint, { tunnel, session, direction, was, value }) {
      let next = hasher.endpoint(n, endpoint)
      next = hasher.int(next, tunnel)
      next = hasher.int(next, session)
      next = hasher.name(next, direction)
      next = hasher.int(next, was)
      return hasher.int(next, value)
    },
    build({ seq, at, cause }, endpoint, { tunnel, session, direction, was, value }) {
      return { kind: 'dataReset', seq, at, cause, endpoint, tunnel, session, direction, was, value }
    },
  },
  command: {
    write(hasher, n, endpoint, { command, tunnel, session, detail }) {
      let next = hasher.endpoint(n, endpoint)
      next = hasher.name(next, command)
      next = hasher.int(next, tunnel)
      next = hasher.int(next, session)
      return hasher.text(next, detail)
    },
    build({ seq, at, cause }, endpoint, { command, tunnel, session, detail }) {
      return { kind: 'command', seq, at, cause, endpoint, command, tunnel, session, detail }
    },
  },
  fault: {
    write(hasher, n, _endpoint, { fault, name, target, phase, detail }) {
      let next = hasher.int(n, fault)
      next = hasher.name(next, name)
      next = hasher.name(next, target)
      next = hasher.name(next, phase)
      return hasher.text(next, detail)
    },
    build({ seq, at, cause }, _endpoint, { fault, name, target, phase, detail }) {
      return { kind: 'fault', seq, at, cause, fault, name, target, phase, detail }
    },
  },
  tunnel: {
    write(hasher, n, endpoint, { tunnel, peerTunnel, peer, purpose, oldTunnel, event, why }) {
      let next = hasher.endpoint(n, endpoint)
      next = hasher.int(next, tunnel)
      next = hasher.int(next, peerTunnel)
      next = hasher.name(next, peer)
      next = hasher.name(next, purpose)
      next = hasher.int(next, oldTunnel)
      next = hasher.name(next, event)
      return hasher.text(next, why)
    },
    build({ seq, at, cause }, endpoint, { tunnel, peerTunnel, peer, purpose, oldTunnel, event, why }) {
      return { kind: 'tunnel', seq, at, cause, endpoint, tunnel, peerTunnel, peer, purpose, oldTunnel, event, why }
    },
  },
  recovery: {
    write(hasher, n, endpoint, { tunnel, recoveryTunnel, role, step, why }) {
      let next = hasher.endpoint(n, endpoint)
      next = hasher.int(next, tunnel)
      next = hasher.int(next, recoveryTunnel)
      next = hasher.name(next, role)
      next = hasher.name(next, step)
      return hasher.text(next, why)
    },
    build({ seq, at, cause }, endpoint, { tunnel, recoveryTunnel, role, step, why }) {
      return { kind: 'recovery', seq, at, cause, endpoint, tunnel, recoveryTunnel, role, step, why }
    },
  },
  controlReset: {
    write(hasher, n, endpoint, { tunnel, recoveryTunnel, role, ns, nr, epoch, flushed }) {
      let next = hasher.endpoint(n, endpoint)
      next = hasher.int(next, tunnel)
      next = hasher.int(next, recoveryTunnel)
      next = hasher.name(next, role)
      next = hasher.int(next, ns)
      next = hasher.int(next, nr)
      next = hasher.int(next, epoch)
      return hasher.int(next, flushed)
    },
    build({ seq, at, cause }, endpoint, { tunnel, recoveryTunnel, role, ns, nr, epoch, flushed }) {
      return { kind: 'controlReset', seq, at, cause, endpoint, tunnel, recoveryTunnel, role, ns, nr, epoch, flushed }
    },
  },
  replica: {
    write(hasher, n, endpoint, { replica, state, why }) {
      let next = hasher.endpoint(n, endpoint)
      next = hasher.name(next, replica)
      next = hasher.name(next, state)
      return hasher.text(next, why)
    },
    build({ seq, at, cause }, endpoint, { replica, state, why }) {
      return { kind: 'replica', seq, at, cause, endpoint, replica, state, why }
    },
  },
  plane: {
    write(hasher, n, endpoint, { plane, up, why }) {
      let next = hasher.endpoint(n, endpoint)
      next = hasher.name(next, plane)
      next = hasher.flag(next, up)
      return hasher.text(next, why)
    },
    build({ seq, at, cause }, endpoint, { plane, up, why }) {
      return { kind: 'plane', seq, at, cause, endpoint, plane, up, why }
    },
  },
} satisfies Frequent

/**
 * What a builder of records is called with once, before any run, so that all fields are empty the first time. An engine fixes how a field
 * is stored by the first values it sees there; where a number is small in the first runs and large later (an instant, a Session ID of
 * L2TPv3) it has to convert records one by one from then on. A field that was empty first takes any value.
 */
export const nothing = { from: {}, to: {} } as never
export const absent = undefined as never

for (const treatment of Object.values(frequent)) treatment.build(nothing, absent, nothing)
