// Reads a whole datagram with the code under test: header, then body.

import { decodeBody, type AvpNote, type BodyFault } from '../../sim/l2tp/wire/codec.ts'
import { decodeControlHeader } from '../../sim/l2tp/wire/header.ts'
import type { ControlMessage } from '../../sim/l2tp/wire/messages.ts'

export interface Accepted {
  readonly message: ControlMessage
  readonly notes: readonly AvpNote[]
}

/** The message in `bytes`, which must be accepted. */
export function accepted(bytes: Uint8Array, secret?: string): Accepted {
  const body = readBody(bytes, secret)
  if (!body.ok) throw new Error(`refused: ${body.fault.text}`)
  return body
}

/** Why the message in `bytes`, whose header must be sound, is refused. */
export function refused(bytes: Uint8Array, secret?: string): BodyFault {
  const body = readBody(bytes, secret)
  if (body.ok) throw new Error(`accepted as ${body.message.type}`)
  return body.fault
}

function readBody(bytes: Uint8Array, secret: string | undefined) {
  const header = decodeControlHeader(bytes)
  if (typeof header === 'string') throw new Error(`discarded: ${header}`)
  return decodeBody(bytes, header, secret)
}
