// Reads a whole datagram with the code under test: header, then body.

import type { Version } from '../../sim/l2tp/wire/avps.ts'
import { decodeBody, type AvpNote, type BodyFault } from '../../sim/l2tp/wire/codec.ts'
import { decodeControlHeader } from '../../sim/l2tp/wire/header.ts'
import type { MessageIn } from '../../sim/l2tp/wire/messages.ts'

export interface Accepted<V extends Version = 2> {
  readonly message: MessageIn<V>
  readonly notes: readonly AvpNote[]
}

/** The message in `bytes`, which must be accepted. */
export function accepted<V extends Version = 2>(bytes: Uint8Array, secret?: string, version = 2 as V): Accepted<V> {
  const body = readBody(bytes, secret, version)
  if (!body.ok) throw new Error(`refused: ${body.fault.text}`)
  return body
}

/** Why the message in `bytes`, whose header must be sound, is refused. */
export function refused(bytes: Uint8Array, secret?: string, version: Version = 2): BodyFault {
  const body = readBody(bytes, secret, version)
  if (body.ok) throw new Error(`accepted as ${(body.message as { readonly type: string }).type}`)
  return body.fault
}

function readBody<V extends Version>(bytes: Uint8Array, secret: string | undefined, version: V) {
  const header = decodeControlHeader(bytes, version)
  if (typeof header === 'string') throw new Error(`discarded: ${header}`)
  return decodeBody(bytes, header, secret)
}
