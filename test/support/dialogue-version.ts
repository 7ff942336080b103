// The same dialogue in either protocol version: what is written for L2TPv2, played in L2TPv3. There messages are acknowledged by ACK
// (RFC 3931 6.15), identifiers stand in AVPs 61, 63 and 64, and the header has no Session ID (3.2.1).

import { expectDialogue, type Expected } from './dialogue-expect.ts'
import type { Bindings } from './dialogue-line.ts'
import { play, type Played, type PlayOptions } from './dialogue-run.ts'
import type { Dialogue } from './dialogue.ts'

/** For `describe.each`. */
export const versions = [
  ['L2TPv2', 2],
  ['L2TPv3', 3],
] as const

/** Which session at the other end a letter belongs to, where it is not the one of the same number: `{ b2: 'a' }`. */
type Halves = Readonly<Record<string, string>>

export interface Speaking {
  readonly play: (name: string, options?: PlayOptions) => Played
  readonly expectDialogue: (played: Played, expected: Expected & { readonly halves?: Halves }) => Bindings
}

/** As many retransmissions as in L2TPv2, for dialogues that go on to the last. */
const SETTINGS = { 'defaults.endpoint.l2tp.version': '3', 'defaults.endpoint.l2tp.retransmit.count': '5' }

/** Plays shipped scenarios in a version, and compares them with dialogues written for L2TPv2. */
export function speaking(version: 2 | 3): Speaking {
  if (version === 2) return { play, expectDialogue }
  return {
    play: (name, options = {}) => play(name, { ...options, set: { ...SETTINGS, ...options.set } }),
    expectDialogue: (played, { dialogue, halves, ...rest }) => {
      return expectDialogue(played, { ...rest, dialogue: inVersion3(dialogue, { halves }) })
    },
  }
}

interface Translation {
  /** With digests, and nonces where they are exchanged. */
  readonly authenticated?: boolean
  readonly halves?: Halves | undefined
}

/** A dialogue of L2TPv2 as L2TPv3 has it. */
export function inVersion3(dialogue: Dialogue, how: Translation = {}): Dialogue {
  if (typeof dialogue === 'string') return dialogue.replace(MESSAGE, (...parts: string[]) => translated(parts, how))
  if ('together' in dialogue) return { together: dialogue.together.map((each) => inVersion3(each, how)) }
  return dialogue.map((each) => inVersion3(each, how))
}

const MESSAGE = /(\w+>\w+) (\w+) \[(\S+)(?: (?:s=)?([^\s/]+))? ([^\s/]+\/[^\s\]]+)\](?: \{(.*?)\})?/g

/** Session IDs of both ends stand in these. */
const CALL_MESSAGES = /^([IO]C(RQ|RP|CN)|CDN)$/

function translated([, parties = '', type = '', tunnel = '', session, numbers = '', avps = '']: string[], how: Translation): string {
  const own = avps.split(/,(?![^(]*\))/).filter((avp) => avp !== '' && !/^(39|11|13)\b/.test(avp))
  const rest = own.filter((avp) => !avp.startsWith('14=')).map((avp) => avp.replace(/^9=/, '61='))
  const ids = CALL_MESSAGES.test(type) ? identifiersOf(own, session, how) : []
  const digest = how.authenticated === true ? (/^SCCR[QP]$/.test(type) ? ['59', '73'] : ['59']) : []
  const isFirst = (avp: string): boolean => avp.startsWith('5')
  const all = [...digest, ...rest.filter(isFirst), ...ids, ...rest.filter((avp) => !isFirst(avp))]
  const text = all.length === 0 ? '' : ` {${all.join(',')}}`
  return `${parties} ${type === 'ZLB' ? 'ACK' : type} [${tunnel} ${numbers}]${text}`
}

/** AVPs 63 and 64 of a call message: the sender's session, and the receiver's, which stands in an L2TPv2 header. */
function identifiersOf(avps: readonly string[], session: string | undefined, { halves }: Translation): readonly string[] {
  const assigned = avps.find((avp) => avp.startsWith('14='))?.slice(3)
  const implied = session === undefined ? '0' : (halves?.[session] ?? otherHalf(session))
  return [`63=${assigned ?? implied}`, `64=${session ?? '0'}`]
}

/** The letter of the session at the other end: `b2` of `a2`. */
const otherHalf = (letter: string): string => letter.replace(/^[ab]/, (half) => (half === 'a' ? 'b' : 'a'))
