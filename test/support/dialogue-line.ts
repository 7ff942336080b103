// One line of a dialogue, as an engineer writes it and as a run says it: a control message, `A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}`,
// what an endpoint does on its own, `A reset [x p/q]`, or a row of its tables, `A session a-b`. In what a test expects, letters
// stand for numbers: bound where they first occur, the same from then on, and two letters for numbers of one kind never equal.

interface Field {
  /** Which part of the line it is: `tunnel`, `ns`, or the number of an AVP. */
  readonly label: string
  /** What the number counts: `A tunnel`, `R session`; `number` for a sequence number; `text` for what is compared as written. */
  readonly space: string
  readonly text: string
}

export interface Line {
  readonly head: string
  readonly fields: readonly Field[]
}

interface Meaning {
  readonly space: string
  readonly value: number
}

/** What the letters stand for. */
export type Bindings = ReadonlyMap<string, Meaning>

/** Takes a line apart; one that is none of the forms is compared as it is written. */
export function parseLine(text: string): Line {
  const form = [messageLine, resetLine, clearedLine, tunnelLine, sessionLine].find((parse) => parse(text) !== undefined)
  return form?.(text) ?? { head: text, fields: [] }
}

const field = (label: string, space: string, text: string | undefined): Field => ({ label, space, text: (text ?? '').trim() })

const numbers = (ns: string | undefined, nr: string | undefined): readonly Field[] => [
  field('ns', 'number', ns),
  field('nr', 'number', nr),
]

/** Dialogues have two parties: A, which fails, and R, or after a double failure P, which wins the tie, and L. */
const otherThan = (owner: string): string => ({ A: 'R', R: 'A', P: 'L', L: 'P' })[owner] ?? ''

const MESSAGE = /^(\w+)>(\w+) (\S+) \[(\S+)(?: (?:s=)?(\S+))? (\S+?)\/(\S+?)\](?: \{(.*?)\})?((?: ![a-z]+)*)$/

/** `A>R SCCRP [z 0/1] {9=w,78(p,q)} !again`: Tunnel ID and Session ID of the header are the receiver's. */
function messageLine(text: string): Line | undefined {
  const match = MESSAGE.exec(text)
  if (match === null) return undefined
  const [, sender = '', receiver = '', type = '', tunnel, session, ns, nr, avps = '', flags = ''] = match
  // Whoever injects a message speaks in the name of the other party.
  const speaker = sender === 'injected' ? otherThan(receiver) : sender
  const header = [field('tunnel', `${receiver} tunnel`, tunnel), ...numbers(ns, nr)]
  const withSession = session === undefined ? header : [...header, field('session', `${receiver} session`, session)]
  return { head: `${sender}>${receiver} ${type}${flags}`, fields: [...withSession, ...avpFields(avps, speaker, receiver)] }
}

/** The AVPs by attribute number: 77 and 79 name a tunnel or session of the sender, then of the receiver. */
function avpFields(avps: string, sender: string, receiver: string): readonly Field[] {
  return [...avps.matchAll(/(\d+)(?:\(([^)]*)\)|=([^,]*)|(\?)|)/g)].flatMap(([, attribute = '', inner, value, unreadable]) => {
    const [first, second] = (inner ?? '').split(',')
    switch (attribute) {
      case '9':
      case '61':
        return [field(attribute, `${sender} tunnel`, value)]
      case '14':
      case '63':
        return [field(attribute, `${sender} session`, value)]
      case '64':
        return [field('64', `${receiver} session`, value)]
      case '77':
        return [field('77', `${sender} tunnel`, first), field('77', `${receiver} tunnel`, second)]
      case '78':
        return [field('78', 'number', first), field('78', 'number', second)]
      case '79':
        return [field('79', `${sender} session`, first), field('79', `${receiver} session`, second)]
      default:
        return [field(attribute, 'text', inner ?? value ?? unreadable)]
    }
  })
}

/** `A reset [x p/q]`: the control channel of A's tunnel x starts anew. */
function resetLine(text: string): Line | undefined {
  const match = /^(\w+) reset \[(\S+) (\S+?)\/(\S+?)\]$/.exec(text)
  if (match === null) return undefined
  const [, owner = '', tunnel, ns, nr] = match
  return { head: `${owner} reset`, fields: [field('tunnel', `${owner} tunnel`, tunnel), ...numbers(ns, nr)] }
}

/** `A cleared session a (unknown-to-peer)`, `A cleared tunnel x (recovery-failed)`. */
function clearedLine(text: string): Line | undefined {
  const match = /^(\w+) cleared (session|tunnel) (\S+) (\(.*\))$/.exec(text)
  if (match === null) return undefined
  const [, owner = '', what = '', number, why = ''] = match
  return { head: `${owner} cleared ${what} ${why}`, fields: [field(what, `${owner} ${what}`, number)] }
}

/** A row of an endpoint's table: its own number and the peer's. */
const pair = (owner: string, what: string, own: string | undefined, peer: string | undefined): readonly Field[] => [
  field('own', `${owner} ${what}`, own),
  field('peer', `${otherThan(owner)} ${what}`, peer),
]

/** `A tunnel x-y p/q`, with what is sent and expected next, and the state when it is not established. */
function tunnelLine(text: string): Line | undefined {
  const match = /^(\w+) tunnel (\S+)-(\S+) (\S+?)\/(\S+?)((?: \S+)*)$/.exec(text)
  if (match === null) return undefined
  const [, owner = '', own, peer, ns, nr, state = ''] = match
  return { head: `${owner} tunnel${state}`, fields: [...pair(owner, 'tunnel', own, peer), ...numbers(ns, nr)] }
}

/** `A session a-b`, with the state when it is not established, or not synchronised. */
function sessionLine(text: string): Line | undefined {
  const match = /^(\w+) session (\S+)-(\S+)((?: \S+)*)$/.exec(text)
  if (match === null) return undefined
  const [, owner = '', own, peer, state = ''] = match
  return { head: `${owner} session${state}`, fields: pair(owner, 'session', own, peer) }
}

/** The bindings under which `said` is what `expected` says; undefined when there are none. */
export function unify(expected: Line, said: Line, bindings: Bindings): Bindings | undefined {
  if (expected.head !== said.head || expected.fields.length !== said.fields.length) return undefined
  let bound: Bindings | undefined = bindings
  for (const [i, wanted] of expected.fields.entries()) {
    const found = said.fields[i]
    if (found?.label !== wanted.label) return undefined
    bound = unifyField(wanted, found.text, bound)
    if (bound === undefined) return undefined
  }
  return bound
}

/** Sequence numbers of control messages have 16 bits. */
const MODULUS = 65_536

/** `p`, `p+1` or `7` for a number. */
function unifyField(wanted: Field, found: string, bindings: Bindings): Bindings | undefined {
  if (wanted.space === 'text') return wanted.text === found ? bindings : undefined
  const match = /^([a-zA-Z]\w*)?([+-]?\d+)?$/.exec(wanted.text)
  if (match === null || wanted.text === '') throw new SyntaxError(`neither number nor letter: '${wanted.text}'`)
  // What cannot be read, because it is hidden or malformed, is no number.
  if (!/^\d+$/.test(found)) return undefined
  const [, letter, offset = '0'] = match
  if (letter === undefined) return Number(found) === Number(offset) ? bindings : undefined
  const difference = Number(found) - Number(offset)
  const value = wanted.space === 'number' ? ((difference % MODULUS) + MODULUS) % MODULUS : difference
  return bind(letter, { space: wanted.space, value }, bindings)
}

function bind(letter: string, meant: Meaning, bindings: Bindings): Bindings | undefined {
  const { space, value } = meant
  const known = bindings.get(letter)
  if (known === undefined) {
    const taken = space !== 'number' && [...bindings.values()].some((other) => other.space === space && other.value === value)
    return taken ? undefined : new Map([...bindings, [letter, meant]])
  }
  if (known.space !== space) throw new SyntaxError(`${letter} stands for a ${known.space} and for a ${space}`)
  return known.value === value ? bindings : undefined
}
