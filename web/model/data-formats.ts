// What stands between header and payload of L2TPv3 data, which its octets do not tell: the receiver said it when the call was set up
// (RFC 3931 5.4.4). Found in the messages of the run, for the inspector.

import { isPortless } from '../../sim/base/datagram.ts'
import { decodeBody } from '../../sim/l2tp/wire/codec.ts'
import type { DataFormat } from '../../sim/l2tp/wire/data-v3.ts'
import { controlMessageIn } from '../../sim/l2tp/wire/demultiplex.ts'
import { decodeControlHeader } from '../../sim/l2tp/wire/header.ts'
import { recordAt } from '../trace/columns.ts'
import { messageKinds, type RunModel } from './model.ts'

interface Asked extends DataFormat {
  readonly seq: number
}

/** By place of the endpoint that asked and by its Session ID, in order of asking. */
type Formats = ReadonlyMap<string, readonly Asked[]>

const known = new WeakMap<RunModel, Formats>()
const kinds = new Set(['ICRQ', 'ICRP', 'OCRQ', 'OCRP'].map((kind) => messageKinds.findIndex((one) => one === kind)))

interface Wanted {
  /** Place of the endpoint that receives the data. */
  readonly receiver: number
  readonly sessionId: number
  /** Record of the data. */
  readonly before: number
}

/** What the receiver asked for last; undefined when the run does not show it, or hides it. */
export function dataFormatOf(run: RunModel, { receiver, sessionId, before }: Wanted): DataFormat | undefined {
  let formats = known.get(run)
  if (formats === undefined) known.set(run, (formats = formatsIn(run)))
  return formats.get(keyOf(receiver, sessionId))?.findLast(({ seq }) => seq < before)
}

const keyOf = (endpoint: number, sessionId: number): string => `${String(endpoint)}/${String(sessionId)}`

function formatsIn(run: RunModel): Formats {
  const { kind, seq, from, count } = run.messages
  const formats = new Map<string, Asked[]>()
  for (let i = 0; i < count; i++) {
    if (!kinds.has(kind[i]!)) continue
    const found = askedIn(run, seq[i]!, run.endpoints[from[i]!]?.secret)
    if (found === undefined) continue
    const key = keyOf(from[i]!, found.sessionId)
    formats.set(key, [...(formats.get(key) ?? []), found])
  }
  return formats
}

function askedIn(run: RunModel, seq: number, secret: string | undefined): (Asked & { readonly sessionId: number }) | undefined {
  const sent = recordAt(run.trace, seq)
  if (sent.kind !== 'sent') return undefined
  const bytes = controlMessageIn(sent.bytes, isPortless(sent.to) ? 'ip' : 'udp')
  const header = decodeControlHeader(bytes, 3)
  const body = typeof header === 'string' ? undefined : decodeBody(bytes, header, secret)
  if (body?.ok !== true || !('l2SpecificSublayer' in body.message) || !('assignedCookie' in body.message)) return undefined
  const { assignedSessionId: sessionId, assignedCookie: cookie = new Uint8Array(), l2SpecificSublayer } = body.message
  return { sessionId, cookie, sublayer: l2SpecificSublayer === 1, seq }
}
