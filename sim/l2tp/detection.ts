// Automatic fallback to L2TPv2 (RFC 3931 4.7.3): a tunnel whose SCCRQ is right in both versions is undecided, and treated as one of L2TPv2,
// until the answer tells what the peer speaks. How such an SCCRQ looks is in wire/either.ts.

import { protocols } from './protocols.ts'
import { NO_OCTETS, type Tunnel } from './tunnel.ts'
import type { Version } from './wire/avps.ts'
import { encodeForEither } from './wire/either.ts'
import type { Message } from './wire/messages.ts'

const newer = protocols[3]

/** The SCCRQ of an undecided tunnel; `older` is what it is in L2TPv2. */
export function sccrqForEither(tunnel: Tunnel, older: Message<'SCCRQ'>): Uint8Array {
  const { config } = tunnel.lcce
  tunnel.authentication = newer.authenticationOf(config, NO_OCTETS, NO_OCTETS)
  newer.prepare(tunnel)
  return encodeForEither(older, newer.sccrq(tunnel) as Message<'SCCRQ', 3>, newer.formOf(config) ?? { version: 3, digests: [] })
}

/** The peer has answered in this version. */
export function decideVersion(tunnel: Tunnel, version: Version): void {
  tunnel.undecided = false
  if (version === 2) {
    tunnel.authentication = undefined
    tunnel.localNonce = NO_OCTETS
    return
  }
  const { config, machinery } = tunnel.lcce
  tunnel.protocol = newer
  tunnel.form = newer.formOf(config)
  tunnel.ownChallenge = undefined
  tunnel.retransmit = newer.retransmitOf(config)
  tunnel.channel.retransmitBy(machinery.rules.retransmission(tunnel.retransmit))
}
