// The registry of result and error codes (RFC 2661 4.4.2, RFC 3931 5.4.2): what StopCCN and CDN say about why, and the general
// errors that go with result 2. Texts are ours.

import type { Version } from './avps.ts'

export interface CodeRow {
  readonly code: number
  readonly text: string
  readonly versions: readonly Version[]
}

const v2: readonly Version[] = [2]
const v3: readonly Version[] = [3]
const both: readonly Version[] = [2, 3]

/** Result codes of StopCCN. */
export const stopCcnResults = {
  clear: { code: 1, text: 'control connection cleared', versions: both },
  generalError: { code: 2, text: 'general error', versions: both },
  alreadyExists: { code: 3, text: 'control connection exists already', versions: both },
  notAuthorized: { code: 4, text: 'requester not authorized', versions: both },
  /** Its error code is the highest version supported. */
  versionUnsupported: { code: 5, text: 'protocol version not supported', versions: both },
  shuttingDown: { code: 6, text: 'requester is shutting down', versions: both },
  machineError: { code: 7, text: 'state machine error', versions: both },
} as const satisfies Record<string, CodeRow>

/** Result codes of CDN. */
export const cdnResults = {
  lostCarrier: { code: 1, text: 'carrier lost', versions: both },
  generalError: { code: 2, text: 'general error', versions: both },
  administrative: { code: 3, text: 'disconnected administratively', versions: both },
  noFacilitiesNow: { code: 4, text: 'no facilities for the moment', versions: both },
  noFacilities: { code: 5, text: 'no facilities', versions: both },
  invalidDestination: { code: 6, text: 'invalid destination', versions: v2 },
  noCarrier: { code: 7, text: 'no carrier', versions: v2 },
  busy: { code: 8, text: 'busy', versions: v2 },
  noDialTone: { code: 9, text: 'no dial tone', versions: v2 },
  notInTime: { code: 10, text: 'not established in the time the LAC allows', versions: v2 },
  noFraming: { code: 11, text: 'connected, but no framing detected', versions: v2 },
  lostTie: { code: 13, text: 'tie lost to the other side', versions: v3 },
  pseudowireUnsupported: { code: 14, text: 'pseudowire type not supported', versions: v3 },
  sublayerMissing: { code: 15, text: 'sequencing wanted without a sublayer for it', versions: v3 },
  machineError: { code: 16, text: 'state machine error or timeout', versions: v3 },
} as const satisfies Record<string, CodeRow>

/** Error codes that go with result 2. */
export const generalErrors = {
  none: { code: 0, text: 'no general error', versions: both },
  noControlConnection: { code: 1, text: 'no control connection between this pair', versions: both },
  lengthWrong: { code: 2, text: 'length is wrong', versions: both },
  valueOutOfRange: { code: 3, text: 'value out of range', versions: both },
  noResources: { code: 4, text: 'insufficient resources', versions: both },
  sessionIdInvalid: { code: 5, text: 'Session ID invalid here', versions: both },
  /** The error message is to say more. */
  vendorSpecific: { code: 6, text: 'vendor-specific error', versions: both },
  tryAnother: { code: 7, text: 'try another peer', versions: both },
  /** The error message is to name the attribute. */
  unknownMandatoryAvp: { code: 8, text: 'unknown AVP with the M bit', versions: both },
  /** The error message is to list addresses. */
  tryListed: { code: 9, text: 'try one of the peers listed', versions: v3 },
} as const satisfies Record<string, CodeRow>

const byMessage = { StopCCN: textsOf(stopCcnResults), CDN: textsOf(cdnResults) }
const errorTexts = textsOf(generalErrors)

/** What a Result Code AVP says, in words: `general error (2): value out of range (3)`. */
export function resultText(type: 'StopCCN' | 'CDN', result: number, error?: number): string {
  const text = `${byMessage[type].get(result) ?? 'unknown result'} (${String(result)})`
  if (error === undefined || (error === 0 && result !== 2)) return text
  if (type === 'StopCCN' && result === stopCcnResults.versionUnsupported.code) return `${text}: highest version ${String(error)}`
  return `${text}: ${errorText(error)}`
}

/** A general error code in words, with its number. */
export function errorText(error: number): string {
  return `${errorTexts.get(error) ?? 'unknown error'} (${String(error)})`
}

function textsOf(rows: Readonly<Record<string, CodeRow>>): ReadonlyMap<number, string> {
  return new Map(Object.values(rows).map((row) => [row.code, row.text]))
}
