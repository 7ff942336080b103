// What makes a control message unusable, and the Result Code that tells the peer. RFC 2661 4.4.2 and RFC 3931 5.4.2 have general
// errors for a wrong length (2), a value out of range (3) and an unknown AVP with the M bit (8). For a missing AVP or Message
// Type it has none: they get the vendor-specific error (6) with the reason in words, as xl2tpd does. An unknown message type is
// a value out of range.

import { CONTROL_HEADER, FIRST_AVP, M_BIT, MESSAGE_TYPE, type Dialect, type MessageLayout } from './dialect.ts'
import { readHead } from './judge.ts'
import type { MessageType } from './messages.ts'
import { uint16At } from './octets.ts'
import { generalErrors, stopCcnResults } from './results.ts'

/** Why a message cannot be processed, and the Result Code that says so to the peer. */
export interface BodyFault {
  readonly why: 'unknown-message' | 'unknown-avp' | 'malformed-avp' | 'missing-avp' | 'no-message-type' | 'undecipherable'
  /** Undefined when unknown or unreadable. */
  readonly type: MessageType | undefined
  /** -1 when unreadable. */
  readonly typeNumber: number
  /** False only for an unknown message whose M bit is 0: it is acknowledged and ignored (RFC 2661 4.4.1). */
  readonly mandatory: boolean
  /** What has to end: the tunnel by StopCCN, or the session by CDN. */
  readonly scope: 'tunnel' | 'session'
  readonly result: number
  readonly error: number
  /** The AVP at fault; -1 when unreadable. */
  readonly attribute: number
  /** For the error message; names the attribute (R2661-4.4.2-06). */
  readonly text: string
  /** What could still be read, so that the answer can be addressed. */
  readonly assignedTunnelId?: number
  readonly assignedSessionId?: number
  /** L2TPv3 only: the number of the receiver's session, which no header tells. */
  readonly remoteSessionId?: number
}

type Blame = Pick<BodyFault, 'why' | 'error' | 'attribute' | 'text'>

/** A fault in a message of a known type. */
export function faultIn({ type, number: typeNumber, scope }: MessageLayout['row'], blame: Blame): BodyFault {
  return { ...blame, type, typeNumber, scope, mandatory: true, result: stopCcnResults.generalError.code }
}

/** Adds the ids that were read. */
export function addressed(
  fault: BodyFault,
  { assignedTunnelId, assignedSessionId, remoteSessionId }: Readonly<Record<string, unknown>>,
): BodyFault {
  return {
    ...fault,
    ...(typeof assignedTunnelId === 'number' ? { assignedTunnelId } : {}),
    ...(typeof assignedSessionId === 'number' ? { assignedSessionId } : {}),
    ...(typeof remoteSessionId === 'number' ? { remoteSessionId } : {}),
  }
}

/** A fault that leaves open what message this is, and so concerns the tunnel. */
function typeless(why: BodyFault['why'], error: { readonly code: number }, text: string): BodyFault {
  return {
    why,
    type: undefined,
    typeNumber: -1,
    mandatory: true,
    scope: 'tunnel',
    result: stopCcnResults.generalError.code,
    error: error.code,
    attribute: MESSAGE_TYPE,
    text,
  }
}

/** R2661-4.4.1-02, -03. */
export function unknownMessage(bytes: Uint8Array): BodyFault {
  const typeNumber = uint16At(bytes, FIRST_AVP - 2)
  const mandatory = ((bytes[CONTROL_HEADER] as number) & M_BIT) !== 0
  const fault = typeless('unknown-message', generalErrors.valueOutOfRange, `message type ${String(typeNumber)} is not known`)
  return { ...fault, typeNumber, mandatory }
}

/** The body begins without a sound Message Type AVP (R2661-4.4.1-01), or with that of a vendor's message (R3931-5.4.1-04). */
export function withoutType(bytes: Uint8Array, end: number, { refusesReserved, version }: Dialect): BodyFault {
  const head = readHead(bytes, CONTROL_HEADER, end)
  if (head === undefined) return typeless('no-message-type', generalErrors.lengthWrong, 'the body is no AVP')
  if (version === 3 && head.vendor !== 0 && head.attribute === MESSAGE_TYPE) {
    const text = `a message of vendor ${String(head.vendor)} is not known`
    return { ...typeless('unknown-message', generalErrors.valueOutOfRange, text), mandatory: head.mandatory }
  }
  if (head.reserved && refusesReserved) {
    return typeless('no-message-type', generalErrors.unknownMandatoryAvp, 'Message Type (0): reserved bits set')
  }
  if (head.vendor !== 0 || head.attribute !== MESSAGE_TYPE) {
    return typeless('no-message-type', generalErrors.vendorSpecific, 'the first AVP is not Message Type (0)')
  }
  if (head.hidden) return typeless('no-message-type', generalErrors.valueOutOfRange, 'Message Type (0): may not be hidden')
  return typeless('no-message-type', generalErrors.lengthWrong, 'Message Type (0): Length is wrong')
}
