// What the inspector says of a record: its packet decoded, what it is in a few words, and which other records belong to its packet.

import { formatDuration, formatInstant, NEVER } from '../../sim/base/time.ts'
import { isPortless } from '../../sim/base/datagram.ts'
import { describeMessage, type Description } from '../../sim/l2tp/wire/describe.ts'
import { recordKinds, type TraceRecord } from '../../sim/trace/record.ts'
import { recordAt } from '../trace/columns.ts'
import { dataFormatOf } from './data-formats.ts'
import { messageOfPacket } from './message-table.ts'
import { messageKinds, NOBODY, type RunModel } from './model.ts'

export interface Decoded {
  readonly bytes: Uint8Array
  readonly description: Description
  readonly sent: number
}

/** The datagram a record is about, decoded as its receiver would; undefined for records about none. */
export function decodedOf(run: RunModel, record: TraceRecord): Decoded | undefined {
  const packet = 'packet' in record ? record.packet : undefined
  if (packet === undefined) return undefined
  const message = messageOfPacket(run.messages, packet)
  if (message < 0) return undefined
  const seq = run.messages.seq[message]!
  const sent = recordAt(run.trace, seq)
  if (sent.kind !== 'sent') return undefined
  const to = run.messages.to[message]!
  const secret = to === NOBODY ? undefined : run.endpoints[to]?.secret
  const description = describeMessage(sent.bytes, {
    missingOctets: sent.padding,
    transport: isPortless(sent.to) ? 'ip' : 'udp',
    formatOf: (sessionId) => dataFormatOf(run, { receiver: to, sessionId, before: seq }),
    ...(secret === undefined ? {} : { secret }),
  })
  return { bytes: sent.bytes, description, sent: seq }
}

/** A record in one line, for links to it. */
export function lineOf(run: RunModel, seq: number): string {
  const record = recordAt(run.trace, seq)
  switch (record.kind) {
    case 'sent':
    case 'delivered':
    case 'dropped':
      return packetLine(run, record)
    case 'handled':
      return `${record.endpoint} takes ${record.type === '' ? 'a message' : record.type}: ${record.verdict}`
    case 'data':
      return `${record.endpoint} takes data: ${record.verdict}`
    case 'transition':
      return `${record.endpoint} ${record.machine}: ${record.from} → ${record.to} on ${record.on}`
    case 'timer':
      return `${record.endpoint} ${record.name} timer: ${record.action}`
    case 'fault':
      return `fault: ${record.name} ${record.target}${record.phase === 'end' ? ' ends' : ''}`
    case 'tunnel':
      return `${record.endpoint} ${record.purpose === 'recovery' ? 'recovery tunnel' : 'tunnel'} ${String(record.tunnel)} ${record.event}`
    case 'session':
      return `${record.endpoint} session ${String(record.session)} ${record.event}`
    case 'replica':
      return `${record.endpoint} ${record.replica} replica: ${record.state}`
    case 'plane':
      return `${record.endpoint} ${record.plane} plane ${record.up ? 'up' : 'down'}`
    case 'controlReset':
      return `${record.endpoint} resets its control channel to Ns ${String(record.ns)}, Nr ${String(record.nr)}`
    case 'recovery':
      return `${record.endpoint} recovery: ${record.step}`
    case 'sync':
      return `${record.endpoint} session ${String(record.session)}: ${record.outcome}`
    default:
      return otherLine(record)
  }
}

function otherLine(record: TraceRecord): string {
  switch (record.kind) {
    case 'run':
      return `run: ${record.phase}`
    case 'command':
      return `${record.endpoint}: ${record.command}`
    case 'negotiated':
      return `${record.endpoint} tunnel ${String(record.tunnel)}: capabilities agreed`
    case 'dataReset':
      return `${record.endpoint} session ${String(record.session)}: data numbers reset (${record.direction})`
    case 'log':
      return `${record.endpoint} log: ${record.what}`
    default:
      return record.kind
  }
}

function packetLine({ messages, endpoints }: RunModel, record: TraceRecord<'sent' | 'delivered' | 'dropped'>): string {
  const message = messageOfPacket(messages, record.packet)
  const kind = message < 0 ? 'packet' : messageKinds[messages.kind[message]!]!
  const name = (place: number): string => endpoints[place]?.name ?? 'nobody'
  const way = message < 0 ? '' : `${name(messages.from[message]!)} → ${name(messages.to[message]!)}`
  if (record.kind === 'sent') return `${kind} sent ${way}${record.attempt > 1 ? `, attempt ${String(record.attempt)}` : ''}`
  return record.kind === 'dropped' ? `${kind} lost ${way}: ${record.why}` : `${kind} arrives ${way}`
}

export interface ShownField {
  readonly name: string
  readonly value: string
}

const instants: ReadonlySet<string> = new Set(['due'])
const lengths: ReadonlySet<string> = new Set(['retransmitInitial', 'retransmitCap', 'recoveryTime'])

/** The record's own fields, as people read them; octets are left to the hex view. */
export function fieldsOf(record: TraceRecord): readonly ShownField[] {
  const values = record as unknown as Readonly<Record<string, string | number | boolean | Uint8Array>>
  return Object.entries(recordKinds[record.kind] as Readonly<Record<string, string>>)
    .filter(([name, type]) => type !== 'bytes' && values[name] !== '')
    .map(([name]) => ({ name: spaced(name), value: shown(name, values[name]!) }))
}

function shown(name: string, value: string | number | boolean | Uint8Array): string {
  if (typeof value === 'number' && instants.has(name)) return formatInstant(value, 6)
  if (typeof value === 'number' && lengths.has(name)) return formatDuration(value)
  return value === NEVER ? 'never' : typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)
}

/** `peerTunnel` as `peer tunnel`. */
const spaced = (name: string): string => name.replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)
