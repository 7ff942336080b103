// What an endpoint is, as far as its future depends on it, as one text: instants relative to the present one, what can no longer
// matter left out, Session IDs renamed where asked. The text is taken of the live objects themselves, field by field, so that nothing is
// modelled twice: a field nobody has told this file about is part of it.

import { NEVER, type Nanos } from '../base/time.ts'
import { Endpoint } from '../endpoint/endpoint.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Stream } from '../kernel/rng.ts'
import { decodeBody } from '../l2tp/wire/codec.ts'
import { decodeControlHeader } from '../l2tp/wire/header.ts'

/** Other names for the Session IDs of an endpoint and of its peer. */
export interface Renaming {
  readonly own: (session: number) => number
  readonly peer: (session: number) => number
}

export interface PortraitOptions {
  readonly renaming: Renaming | undefined
  /**
   * Of an endpoint at rest, with nothing under way to it: without the numbers of its control channels, without what it handed out before,
   * without tunnels that are kept to acknowledge only, and without how long ago anything happened.
   */
  readonly atRest: boolean
}

/** Instants. What lies in the past of the ones in `onlyAhead` does not matter. */
const instants = new Set(['at', 'lastHeard', 'firstSent', 'lastSent', 'begun', 'syncDue', 'answerDue', 'due', 'busyUntil', 'heldUntil'])
const onlyAhead = new Set(['due', 'busyUntil', 'heldUntil', 'answerDue', 'syncDue'])

/** Settings, ways back, books that are kept for the trace only, and what follows from other fields. */
const leftOut = new Set([
  'kernel', 'recorder', 'network', 'listener', 'options', 'config', 'causes', 'protocol', 'lcce', 'spec', 'plan', 'group', 'planes',
  'agenda', 'outputs', 'touched', 'position', 'next', 'timer', 'armedFor', 'now', 'serial', 'serialNumber', 'callSerialNumber', 'received',
  'lastData', 'seen', 'dialling', 'placing', 'packet', 'delivered', 'cause', 'policy', 'largest', 'outcome', 'stamp', 'form',
  'announced', 'byPeerSession', 'nodeSessions', 'handshakes', 'retransmit',
]) // prettier-ignore
/** What does not matter at rest. */
const past = new Set(['nextNs', 'expected', 'epoch', 'cursor', 'congestionWindow', 'slowStartThreshold', 'credit', ...instants])
const handles = new Set(['pending', 'pendingData', 'pendingStandby'])
const ownSessions = new Set(['localSessionId', 'sessionId', 'assignedSessionId', 'session'])
const peerSessions = new Set(['peerSessionId', 'remoteSessionId'])
/** Maps by Session ID. */
const bySession = new Set(['sessions', 'bySession'])

type Fields = Readonly<Record<string, unknown>>

class Portrait {
  text = ''
  private readonly now: Nanos
  private readonly options: PortraitOptions
  private readonly known = new Map<object, number>()

  constructor(now: Nanos, options: PortraitOptions) {
    this.now = now
    this.options = options
  }

  see(value: unknown, key: string): void {
    if (typeof value === 'number') this.text += `${String(this.number(value, key))},`
    else if (typeof value === 'string') this.text += `"${value}",`
    else if (typeof value === 'boolean') this.text += value ? 't,' : 'f,'
    else if (typeof value === 'object' && value !== null) this.object(value, key)
    else if (value === undefined) this.text += 'u,'
  }

  private number(value: number, key: string): number | string {
    if (instants.has(key)) {
      if (value === NEVER) return 'N'
      const from = value - this.now
      return onlyAhead.has(key) && from < 0 ? 'P' : from
    }
    const { renaming } = this.options
    if (handles.has(key)) return value === 0 ? 0 : 1
    if (renaming === undefined) return value
    if (ownSessions.has(key)) return renaming.own(value)
    return peerSessions.has(key) ? renaming.peer(value) : value
  }

  private object(value: object, key: string): void {
    if (value instanceof Uint8Array) {
      this.text += `${String.fromCharCode(...value)},`
      return
    }
    const before = this.known.get(value)
    if (before !== undefined) {
      this.text += `#${String(before)},`
      return
    }
    this.known.set(value, this.known.size)
    if (Array.isArray(value)) this.list(value, key)
    else if (value instanceof Set) this.list([...(value as Set<unknown>)], key)
    else if (value instanceof Map) this.map(value as Map<unknown, unknown>, key)
    else this.fields(value as Fields)
  }

  private list(values: readonly unknown[], key: string): void {
    this.text += '['
    for (const value of values) this.see(value, key)
    this.text += '],'
  }

  private map(map: Map<unknown, unknown>, key: string): void {
    const { renaming } = this.options
    const renamed = renaming !== undefined && bySession.has(key)
    const entries = [...map].map(([of, value]) => [renamed && typeof of === 'number' ? signed(renaming.own, of) : of, value] as const)
    if (renamed) entries.sort(([a], [b]) => Number(a) - Number(b))
    this.text += '{'
    for (const [of, value] of entries) {
      if (this.options.atRest && isClosing(value)) continue
      this.text += `${of instanceof Endpoint ? of.name : String(of)}:`
      this.see(value, '')
    }
    this.text += '},'
  }

  private fields(object: Fields): void {
    // An address is its text; a tunnel out of the table, and a recovery that is over, will not be looked at again.
    if ('hashA' in object) this.text += `${String(object['text'])},`
    else if (object['gone'] === true) this.text += 'gone,'
    else if ('underWay' in object && (object['state'] === 'recovered' || object['state'] === 'failed')) this.text += `${object['state']},`
    else if (isStream(object)) this.see(object.state(), '')
    else if ('changes' in object && 'applied' in object) this.mirror(object)
    else {
      this.text += '('
      for (const key of Object.keys(object)) {
        if (leftOut.has(key) || (this.options.atRest && past.has(key))) continue
        if (key === 'bytes' && 'attempts' in object) this.message(object['bytes'] as Uint8Array)
        else this.see(object[key], key)
      }
      this.text += '),'
    }
  }

  /** What the mirror has carried, and what is still under way to it. */
  private mirror(object: Fields): void {
    this.see(object['entries'], 'entries')
    this.see((object['changes'] as readonly unknown[]).slice(object['applied'] as number), 'changes')
  }

  /** A message in a send queue: its header is written anew whenever it is sent. */
  private message(bytes: Uint8Array): void {
    this.text += messageBody(bytes, this.options.renaming)
  }
}

/** A random stream: what it will give is part of the state, so that no number is drawn anew that was given before a crash. */
const isStream = (object: object): object is Stream => 'state' in object && typeof object.state === 'function'

const isClosing = (value: unknown): boolean => typeof value === 'object' && value !== null && 'closing' in value && value.closing === true

const signed = (rename: (session: number) => number, key: number): number => (key < 0 ? -rename(-key) : rename(key))

function bodyText(value: unknown, renaming: Renaming): string {
  const portrait = new Portrait(0, { renaming, atRest: false })
  portrait.see(value, '')
  return portrait.text
}

/** What a control message says, without its header; Session IDs renamed as its sender knows them. */
function messageBody(bytes: Uint8Array, renaming: Renaming | undefined): string {
  const header = renaming === undefined ? 'as it is' : decodeControlHeader(bytes)
  const body = renaming === undefined || typeof header === 'string' ? undefined : decodeBody(bytes, header, undefined)
  if (renaming === undefined || body?.ok !== true) return `${String.fromCharCode(...bytes.subarray(12))},`
  const { message } = body
  if (!('failoverSessionStates' in message)) return bodyText(message, renaming)
  const states = message.failoverSessionStates.map((state) => bodyText(state, renaming)).sort()
  return `${message.type}${states.join('')}`
}

/** A message on its way, Session IDs renamed as its sender knows them. */
export function messageText(bytes: Uint8Array, renaming: Renaming | undefined): string {
  const header = decodeControlHeader(bytes)
  if (renaming === undefined || typeof header === 'string') return String.fromCharCode(...bytes)
  const { tunnelId, sessionId, ns, nr } = header
  return `${String(tunnelId)}/${String(renaming.peer(sessionId))} ${String(ns)} ${String(nr)} ${messageBody(bytes, renaming)}`
}

/** `parts`: the endpoint and whatever else holds its state. */
export function portraitOf(parts: readonly object[], kernel: Kernel, options: PortraitOptions): string {
  const portrait = new Portrait(kernel.now, options)
  for (const part of parts) portrait.see(part, '')
  for (const { at, action, subject } of kernel.waiting()) {
    // An endpoint's own timer follows from the deadlines of its control plane.
    if (subject instanceof Endpoint) continue
    portrait.text += options.atRest ? `${action.name},` : `${action.name}${String(at - kernel.now)},`
  }
  return portrait.text
}
