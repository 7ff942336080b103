// How each kind of record enters the digest. The frequent kinds are written out, which is several times faster than walking the
// registry; the others walk it. A test holds the written ones to the registry.

import { writerOf, type Digest, type Writer } from './digest.ts'
import { recordKinds, type Fields, type RecordKind } from './record.ts'

type Written = { readonly [K in RecordKind]?: (digest: Digest, n: number, endpoint: string, event: Fields<K>) => number }

const written = {
  dropped(digest, n, _endpoint, { packet, copy, where, why }) {
    const next = digest.name(digest.int(digest.int(n, packet), copy), where)
    return digest.name(next, why)
  },
  handled(digest, n, endpoint, { packet, tunnel, session, type, ns, nr, verdict }) {
    let next = digest.endpoint(n, endpoint)
    next = digest.int(next, packet)
    next = digest.int(next, tunnel)
    next = digest.int(next, session)
    next = digest.name(next, type)
    next = digest.int(next, ns)
    next = digest.int(next, nr)
    return digest.name(next, verdict)
  },
  data(digest, n, endpoint, { packet, tunnel, session, ns, verdict, skipped, stamp }) {
    let next = digest.endpoint(n, endpoint)
    next = digest.int(next, packet)
    next = digest.int(next, tunnel)
    next = digest.int(next, session)
    next = digest.int(next, ns)
    next = digest.name(next, verdict)
    next = digest.int(next, skipped)
    return digest.int(next, stamp)
  },
  transition(digest, n, endpoint, { machine, tunnel, session, from, on, to, row }) {
    let next = digest.endpoint(n, endpoint)
    next = digest.name(next, machine)
    next = digest.int(next, tunnel)
    next = digest.int(next, session)
    next = digest.name(next, from)
    next = digest.name(next, on)
    next = digest.name(next, to)
    return digest.int(next, row)
  },
  timer(digest, n, endpoint, { name, tunnel, session, action, due }) {
    let next = digest.endpoint(n, endpoint)
    next = digest.name(next, name)
    next = digest.int(next, tunnel)
    next = digest.int(next, session)
    next = digest.name(next, action)
    return digest.int(next, due)
  },
  session(digest, n, endpoint, { tunnel, session, peerSession, call, sequenced, event, why }) {
    let next = digest.endpoint(n, endpoint)
    next = digest.int(next, tunnel)
    next = digest.int(next, session)
    next = digest.int(next, peerSession)
    next = digest.name(next, call)
    next = digest.flag(next, sequenced)
    next = digest.name(next, event)
    return digest.text(next, why)
  },
  sync(digest, n, endpoint, { tunnel, session, peerSession, outcome }) {
    let next = digest.endpoint(n, endpoint)
    next = digest.int(next, tunnel)
    next = digest.int(next, session)
    next = digest.int(next, peerSession)
    return digest.name(next, outcome)
  },
} satisfies Written

/** By number of kind. */
export const writers: readonly Writer[] = (Object.keys(recordKinds) as RecordKind[]).map(
  (kind) => (written as Partial<Record<RecordKind, Writer>>)[kind] ?? writerOf(kind),
)
