// A dialogue in the compact notation in which people specify one: `A>R SCCRQ [0 0/0] {5,9=z,77(x,y)} !lost`, one line for each
// control message sent. For tests and bug reports; with roles, numbers that depend on chance become the letters of the notation.

import { ipOf } from '../base/datagram.ts'
import type { TraceRecord } from '../trace/record.ts'
import { conversation, type Message } from './conversation.ts'
import { headerText, hints, type Glimpse, type Namer } from './notation.ts'

export interface TranscriptOptions {
  /**
   * Letter → endpoint, in order: of the first, tunnels are called x, recovery tunnels z, sessions a; of the second, y, w, b. With
   * several of a kind they are numbered in order of appearance: z1, z2. Without roles, names and numbers stay as they are.
   */
  readonly roles?: Readonly<Record<string, string>>
}

/**
 * The control messages of a trace in order of sending. `!again` marks a retransmission, `!lost` what did not arrive, `!dup` what
 * the network duplicated, `!unfinished` what is still under way at the end.
 */
export function transcript(records: readonly TraceRecord[], options: TranscriptOptions = {}): readonly string[] {
  const endpointOf = addressBook(records)
  const fold = conversation({ endpointOf, limit: Infinity })
  for (const record of records) if (fold.kinds?.includes(record.kind) ?? true) fold.see(record)
  const messages = fold.end(records.at(-1)?.at ?? 0).entries.filter((entry) => entry.entry === 'message')
  const letters = new Map(Object.entries(options.roles ?? {}).map(([letter, endpoint]) => [endpoint, letter]))
  const symbols = options.roles === undefined ? undefined : symbolsOf(messages, Object.values(options.roles))
  return messages.map((said) => lineOf(said, letters, symbols))
}

/** Who has an address, learnt from who sent from it or received at it; datagrams with a forged sender do not count. */
function addressBook(records: Iterable<TraceRecord>): (address: string) => string {
  const owners = new Map<string, string>()
  const targets = new Map<number, string>()
  for (const record of records) {
    if (record.kind === 'sent') {
      targets.set(record.packet, ipOf(record.to))
      if (record.endpoint !== FORGED) owners.set(ipOf(record.from), record.endpoint)
    } else if (record.kind === 'delivered') owners.set(targets.get(record.packet) ?? '', record.endpoint)
  }
  return (address) => owners.get(ipOf(address)) ?? address
}

/** What the trace calls the sender of an injected datagram. */
const FORGED = 'injected'

/** Endpoint, space and number → letter. */
type Symbols = ReadonlyMap<string, string>

function lineOf(said: Message, letters: ReadonlyMap<string, string>, symbols: Symbols | undefined): string {
  const { sender, receiver, message } = said
  const name: Namer = (owner, space, number) =>
    symbols?.get(symbolKey(owner === 'sender' ? sender : receiver, space, number)) ?? String(number)
  const parties = `${letters.get(sender) ?? sender}>${letters.get(receiver) ?? receiver}`
  const avps = message === undefined ? '' : hints(message, { name })
  const parts = [
    parties,
    message?.type ?? '?',
    message === undefined ? '' : headerText(message, name),
    avps === '' ? '' : `{${avps}}`,
    ...flags(said),
  ]
  return parts.filter((part) => part !== '').join(' ')
}

function flags({ attempt, fate, duplicates }: Message): readonly string[] {
  const again = attempt > 1 ? ['!again'] : []
  const ending = fate === 'lost' ? ['!lost'] : fate === 'under way' ? ['!unfinished'] : []
  return [...again, ...ending, ...(duplicates > 0 ? ['!dup'] : [])]
}

const LETTERS = [
  { tunnel: 'x', recovery: 'z', session: 'a' },
  { tunnel: 'y', recovery: 'w', session: 'b' },
] as const

type Assign = (endpoint: string, space: 'tunnel' | 'session', number: number) => void

function symbolsOf(messages: readonly Message[], endpoints: readonly string[]): Symbols {
  const groups = new Map<string, string[]>()
  const recovery = new Set<string>()
  const assign: Assign = (endpoint, space, number) => {
    const key = symbolKey(endpoint, space, number)
    const letters = LETTERS[endpoints.indexOf(endpoint)]
    if (letters === undefined || number === 0) return
    const letter = space === 'session' ? letters.session : recovery.has(key) ? letters.recovery : letters.tunnel
    const group = groups.get(letter) ?? []
    if (!group.includes(key)) groups.set(letter, [...group, key])
  }
  for (const said of messages) {
    const { sender, receiver, message } = said
    if (message === undefined) continue
    const tunnel = (valueOf(message, 9) ?? valueOf(message, 61)) as number | undefined
    const recovered = valueOf(message, 77) as { recoverTunnelId: number; recoverRemoteTunnelId: number } | undefined
    if (recovered !== undefined) {
      assign(sender, 'tunnel', recovered.recoverTunnelId)
      assign(receiver, 'tunnel', recovered.recoverRemoteTunnelId)
    }
    if (tunnel !== undefined) {
      const answers = recovery.has(symbolKey(receiver, 'tunnel', message.tunnelId))
      if (answers || recovered !== undefined) recovery.add(symbolKey(sender, 'tunnel', tunnel))
      assign(sender, 'tunnel', tunnel)
    }
    assign(sender, 'session', ((valueOf(message, 14) ?? valueOf(message, 63)) as number | undefined) ?? 0)
    assign(receiver, 'session', (valueOf(message, 64) as number | undefined) ?? 0)
    for (const state of message.avps) if (state.attribute === 79) assignStates(said, state.value, assign)
  }
  return new Map(
    [...groups].flatMap(([letter, keys]) => keys.map((key, i) => [key, keys.length === 1 ? letter : letter + String(i + 1)])),
  )
}

function assignStates({ sender, receiver }: Message, value: unknown, assign: Assign): void {
  const state = value as { sessionId: number; remoteSessionId: number } | undefined
  assign(sender, 'session', state?.sessionId ?? 0)
  assign(receiver, 'session', state?.remoteSessionId ?? 0)
}

function valueOf(message: Glimpse, attribute: number): unknown {
  return message.avps.find((avp) => avp.attribute === attribute)?.value
}

function symbolKey(endpoint: string, space: 'tunnel' | 'session', number: number): string {
  return `${endpoint} ${space} ${String(number)}`
}
