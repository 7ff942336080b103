// Ways to bring about every event that the tables of RFC 3931 7 have, in every state into which state-walks.ts leads a core.

import { MINUTE, SECOND } from '../../sim/base/time.ts'
import type { AnyMessage } from '../../sim/l2tp/wire/messages.ts'
import { avp, control3, messageType } from './octets.ts'
import { configOf, type Settings } from './pair.ts'
import { PEER_SESSION_3, PEER_TUNNEL_3, proper3 } from './scripted-peer.ts'
import {
  acceptable,
  callMessage,
  everyCall,
  everyControl,
  faulty,
  peerFallsSilent,
  placing,
  tunnelMessage,
  tunnelOpens,
  unacceptable,
  type Stimulus,
} from './state-walks.ts'

const uint32 = (value: number): string => value.toString(16).padStart(8, '0')
const unknownAvp = avp(99, '00')

const idAvps = [avp(63, uint32(PEER_SESSION_3)), avp(64, '00000000')] as const
const endId = avp(66, '6331')
/** Every required AVP of a request, and one that nobody knows. */
const faultyRequest = (type: number): Uint8Array =>
  control3(messageType(type), ...idAvps, avp(15, '00000001'), avp(68, '0007'), endId, avp(71, '0003'), unknownAvp)
const faultyCdn = (session: number): Uint8Array =>
  control3(messageType(14), avp(1, '0003'), avp(63, uint32(PEER_SESSION_3)), avp(64, uint32(session)), unknownAvp)
const faultySccrq = control3(
  messageType(1),
  ...[avp(7, '70656572'), avp(60, '00000001'), avp(61, uint32(PEER_TUNNEL_3)), avp(62, '0007'), unknownAvp],
)

/** The core authenticates: what shows no sign of it is refused (R3931-AMB-07). */
const secured: Settings = { secret: 'between friends' }
/** The core's own tie breakers are random, and so between these with all the certainty a test needs. */
const LOWEST = new Uint8Array(8)
const HIGHEST = new Uint8Array(8).fill(0xff)

/** An SCCRQ that crosses that of the core. */
function crossing(on: 'lose-tie' | 'win-tie', tieBreaker: Uint8Array, options: Partial<Stimulus> = {}): Stimulus {
  return {
    on,
    ...options,
    settings: { tieBreaker: true, ...options.settings },
    act: ({ peer }) => {
      peer.anew()
      peer.say({ ...proper3.SCCRQ, tieBreaker })
    },
  }
}

const controlStimuli: readonly Stimulus[] = [
  ...everyControl,
  tunnelMessage('SCCRQ', {}, acceptable),
  tunnelMessage('SCCRQ', {}, { ...unacceptable, settings: secured }),
  tunnelMessage('SCCRP', {}, acceptable),
  tunnelMessage('SCCRP', {}, { ...unacceptable, settings: secured }),
  tunnelMessage('SCCCN', {}, acceptable),
  {
    on: 'rcv-SCCCN',
    ...unacceptable,
    // An SCCCN says nothing but who sent it, and one that is not authentic is dropped (RFC 3931 4.3): only its AVPs can be at fault.
    takenAs: 'invalid-message',
    act: ({ peer, tunnel }) => {
      peer.say(control3(messageType(3), unknownAvp), { tunnelId: tunnel })
    },
  },
  crossing('lose-tie', LOWEST, acceptable),
  crossing('lose-tie', LOWEST, { ...unacceptable, settings: secured }),
  crossing('win-tie', HIGHEST),
  {
    on: 'invalid-message',
    act: ({ peer, state, tunnel }) => {
      if (state === 'idle') peer.say(faultySccrq, { tunnelId: 0 })
      else peer.say(control3(messageType(99)), { tunnelId: tunnel })
    },
  },
  peerFallsSilent(3 * MINUTE),
]

const { v3 } = configOf('', {})
const tieBreaking: Settings = { v3: { ...v3, sessionTieBreaker: true } }

/** A request for the circuit for which the core has asked. */
function crossingCall(on: 'lose-tie' | 'win-tie' | 'equal-tie', type: 'ICRQ' | 'OCRQ', tieBreaker: Uint8Array): Stimulus {
  return {
    on,
    settings: tieBreaking,
    act: (walk) => {
      const own = walk.peer.core.tunnel(walk.tunnel)?.sessions.get(walk.session)
      const tie = on === 'equal-tie' ? own?.tieBreaker : tieBreaker
      walk.peer.say({ ...proper3[type], remoteEndId: own?.remoteEndId, tieBreaker: tie } as AnyMessage)
    },
  }
}

const callTies = (type: 'ICRQ' | 'OCRQ'): readonly Stimulus[] => [
  crossingCall('lose-tie', type, LOWEST),
  crossingCall('win-tie', type, HIGHEST),
  crossingCall('equal-tie', type, LOWEST),
]

/** Sequencing without a sublayer to carry it (RFC 3931 5.4.4). */
const noSublayer = { dataSequencing: 2 }
const noPseudowire = { pseudowireType: 5 }
const noCommonPseudowire = { pseudowireCapabilities: [5] }
/** Whoever has no bearer is the LNS of every call. */
const lns = { settings: { bearerCapabilities: 0 } } as const

/** Every event of each table that a real peer or operator can bring about. */
export const stimuli3: Readonly<Record<string, readonly Stimulus[]>> = {
  'control-connection': controlStimuli,
  'incoming-call-lac': [
    placing('bearer-ring', 'incoming'),
    ...tunnelOpens(noCommonPseudowire),
    callMessage('ICRQ'),
    callMessage('ICRP', {}, acceptable),
    callMessage('ICRP', noSublayer, unacceptable),
    callMessage('ICCN'),
    callMessage('CDN'),
    ...callTies('ICRQ'),
    ...everyCall,
    faulty(faultyRequest(10), faultyCdn),
  ],
  'incoming-call-lns': [
    callMessage('ICRQ', {}, acceptable),
    callMessage('ICRQ', noPseudowire, unacceptable),
    callMessage('ICRP', {}, lns),
    callMessage('ICCN', {}, acceptable),
    callMessage('ICCN', noSublayer, unacceptable),
    callMessage('CDN'),
    ...everyCall,
    faulty(faultyRequest(10), faultyCdn),
  ],
  'outgoing-call-lac': [
    callMessage('OCRQ', {}, acceptable),
    callMessage('OCRQ', noPseudowire, unacceptable),
    callMessage('OCRP'),
    callMessage('OCCN'),
    callMessage('CDN'),
    {
      on: 'bearer-answer',
      act: ({ peer }) => {
        peer.wait(SECOND)
      },
    },
    {
      on: 'bearer-failure',
      settings: { answerDelay: 90 * SECOND, answerTimeout: SECOND },
      act: ({ peer }) => {
        peer.wait(2 * SECOND)
      },
    },
    ...everyCall,
    faulty(faultyRequest(7), faultyCdn),
  ],
  'outgoing-call-lns': [
    placing('local-open', 'outgoing'),
    ...tunnelOpens(noCommonPseudowire),
    callMessage('OCRQ'),
    callMessage('OCRP', {}, { ...acceptable, ...lns }),
    callMessage('OCRP', noSublayer, unacceptable),
    callMessage('OCCN', {}, { ...acceptable, ...lns }),
    callMessage('OCCN', noSublayer, { ...unacceptable, ...lns }),
    callMessage('CDN'),
    ...callTies('OCRQ'),
    ...everyCall,
    faulty(faultyRequest(7), faultyCdn),
  ],
}
