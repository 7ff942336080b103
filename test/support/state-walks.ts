// Ways to lead a protocol core, by the messages of a scripted peer, into every state of the five tables of RFC 2661 7 and RFC 3931 7,
// and to bring about every event that the tables of RFC 2661 have there. Those of RFC 3931 are in state-walks-v3.ts. The tests of the
// tables walk them all.

import { SECOND, type Nanos } from '../../sim/base/time.ts'
import type { LcceNotice } from '../../sim/l2tp/notices.ts'
import type { Version } from '../../sim/l2tp/wire/avps.ts'
import type { Message } from '../../sim/l2tp/wire/messages.ts'
import { avp, control, messageType } from './octets.ts'
import type { Settings } from './pair.ts'
import { PEER_SESSION, PEER_TUNNEL, proper, ScriptedPeer } from './scripted-peer.ts'

/** An event of a table, and how a test brings it about. */
export interface Stimulus {
  readonly on: string
  /** The event under which the table takes it, if it is another. */
  readonly takenAs?: string
  /** Of events that a guard divides. */
  readonly acceptable?: boolean
  /** What the core needs from the start, or the peer in its SCCRP. */
  readonly settings?: Settings
  readonly sccrp?: Partial<Message<'SCCRP', Version>>
  /** The core has another call already, for which the peer assigned OCCUPIED. */
  readonly occupied?: true
  /** The call is offered while its tunnel is still opening. */
  readonly early?: true
  readonly act: (walk: Walk) => void
}

/** A core that has been led into a state. */
export interface Walk {
  readonly peer: ScriptedPeer<Version>
  readonly state: string
  /** The core's tunnel and call that the machine is about; 0 for none. */
  readonly tunnel: number
  readonly session: number
  /** How much the core had said and told by then. */
  readonly heard: number
  readonly told: number
}

const OCCUPIED = 600
/** A tunnel and a session that the core does not have. */
const STRANGE = 4711

type Opening = (peer: ScriptedPeer<Version>, stimulus: Stimulus) => void

const dialled: Opening = (peer) => {
  peer.dialled()
}
const answered: Opening = (peer, { early, sccrp }) => {
  if (early === true) peer.dialled()
  else peer.answered(sccrp)
}

function placed(peer: ScriptedPeer<Version>, call: 'incoming' | 'outgoing'): void {
  const tunnel = [...peer.core.tunnels()].at(-1)?.localTunnelId ?? 0
  peer.command({ name: 'place-call', tunnel, call, sequenced: false })
}

/** A tunnel with a call on which the peer says so much. */
const withCall =
  (call: 'incoming' | 'outgoing', ...answers: readonly ('ICRP' | 'OCRP' | 'OCCN')[]): Opening =>
  (peer, stimulus) => {
    answered(peer, stimulus)
    placed(peer, call)
    for (const type of answers) peer.say(peer.proper[type])
  }
/** A tunnel with a call on which the peer asks for so much. */
const withRequest =
  (...requests: readonly ('ICRQ' | 'ICCN' | 'OCRQ')[]): Opening =>
  (peer, stimulus) => {
    answered(peer, stimulus)
    for (const type of requests) peer.say(peer.proper[type])
  }
const waiting =
  (call: 'incoming' | 'outgoing'): Opening =>
  (peer) => {
    peer.dialled()
    placed(peer, call)
  }

const openings: Readonly<Record<string, Readonly<Record<string, Opening>>>> = {
  'control-connection': {
    idle: () => undefined,
    'wait-ctl-reply': dialled,
    'wait-ctl-conn': (peer) => {
      peer.say(peer.proper.SCCRQ)
    },
    established: answered,
  },
  'incoming-call-lac': {
    idle: answered,
    'wait-tunnel': waiting('incoming'),
    'wait-reply': withCall('incoming'),
    established: withCall('incoming', 'ICRP'),
  },
  'incoming-call-lns': { idle: answered, 'wait-connect': withRequest('ICRQ'), established: withRequest('ICRQ', 'ICCN') },
  'outgoing-call-lac': {
    idle: answered,
    'wait-cs-answer': withRequest('OCRQ'),
    established: (peer, stimulus) => {
      withRequest('OCRQ')(peer, stimulus)
      peer.wait(SECOND)
    },
  },
  'outgoing-call-lns': {
    idle: answered,
    'wait-tunnel': waiting('outgoing'),
    'wait-reply': withCall('outgoing'),
    'wait-connect': withCall('outgoing', 'OCRP'),
    established: withCall('outgoing', 'OCRP', 'OCCN'),
  },
}

/** A fresh core, led into the state that the event is to meet. */
export function reach(machine: string, state: string, stimulus: Stimulus, version: Version = 2): Walk {
  const peer = new ScriptedPeer(stimulus.settings, version)
  openings[machine]?.[state]?.(peer, stimulus)
  const tunnel = [...peer.core.tunnels()].at(-1)
  const session = [...(tunnel?.sessions.keys() ?? [])].at(-1) ?? 0
  if (stimulus.occupied === true) {
    peer.say({ ...peer.proper.ICRQ, assignedSessionId: OCCUPIED, remoteEndId: Uint8Array.of(0) })
    peer.say({ ...peer.proper.ICCN, assignedSessionId: OCCUPIED })
  }
  return { peer, state, tunnel: tunnel?.localTunnelId ?? 0, session, heard: peer.heard.length, told: peer.told.length }
}

/** What the core told since. */
export const toldSince = ({ peer, told }: Walk): readonly LcceNotice[] => peer.told.slice(told)

/** Places a call on the walk's tunnel. */
export const placeCall = ({ peer }: Walk): void => {
  placed(peer, 'incoming')
}

type ControlType = 'SCCRQ' | 'SCCRP' | 'SCCCN' | 'StopCCN'

/** A message about the walk's tunnel. To an idle core it comes for a tunnel that it does not have, unless it asks for one. */
export function tunnelMessage(type: ControlType, overrides: object = {}, options: Partial<Stimulus> = {}): Stimulus {
  return {
    on: `rcv-${type}`,
    ...options,
    act: ({ peer, state, tunnel }) => {
      peer.say({ ...peer.proper[type], ...overrides }, { tunnelId: state === 'idle' ? (type === 'SCCRQ' ? 0 : STRANGE) : tunnel })
    },
  }
}

type CallType = 'ICRQ' | 'ICRP' | 'ICCN' | 'OCRQ' | 'OCRP' | 'OCCN' | 'CDN'

/** A message about the walk's call. In idle it comes for a call that the core does not have, unless it asks for one. */
export function callMessage(type: CallType, overrides: object = {}, options: Partial<Stimulus> = {}): Stimulus {
  return {
    on: `rcv-${type}`,
    ...options,
    act: ({ peer, state, session }) => {
      const strange = type === 'ICRQ' || type === 'OCRQ' ? 0 : STRANGE
      peer.say({ ...peer.proper[type], ...overrides }, { sessionId: state === 'idle' ? strange : session })
    },
  }
}

export const acceptable = { acceptable: true } as const
export const unacceptable = { acceptable: false } as const
const occupied = { ...unacceptable, occupied: true } as const
const version2 = { protocolVersion: { version: 2, revision: 0 } }

/** An SCCRQ with an AVP nobody knows, its M bit set. */
const faultySccrq = control(
  messageType(1),
  ...[avp(2, '0100'), avp(3, '00000003'), avp(7, '70656572'), avp(9, PEER_TUNNEL.toString(16).padStart(4, '0')), avp(99, '00')],
)
const sessionAvp = avp(14, PEER_SESSION.toString(16).padStart(4, '0'))
const faultyIcrq = control(messageType(10), sessionAvp, avp(15, '00000001'), avp(99, '00'))
const faultyOcrq = control(messageType(7), sessionAvp, avp(15, '00000001'), avp(99, '00'))
const faultyCdn = control(messageType(14), avp(1, '0003'), sessionAvp, avp(99, '00'))

/** Events of the control connection that are the same in both versions. */
export const everyControl: readonly Stimulus[] = [
  {
    on: 'local-open',
    act: (walk) => {
      if (walk.state === 'idle') walk.peer.dialled()
      else placeCall(walk)
    },
  },
  tunnelMessage('StopCCN'),
  {
    on: 'admin-close',
    act: ({ peer, tunnel }) => {
      peer.command({ name: 'close-tunnel', tunnel })
    },
  },
]

/** Nothing is acknowledged any more: ends what has something to deliver. */
export const peerFallsSilent = (silence: Nanos): Stimulus => ({
  on: 'timeout',
  settings: { helloInterval: 10 * SECOND },
  act: ({ peer }) => {
    peer.acknowledges = false
    peer.wait(silence)
  },
})

const controlStimuli: readonly Stimulus[] = [
  ...everyControl,
  tunnelMessage('SCCRQ', {}, acceptable),
  tunnelMessage('SCCRQ', version2, unacceptable),
  tunnelMessage('SCCRP', {}, acceptable),
  tunnelMessage('SCCRP', version2, unacceptable),
  tunnelMessage('SCCCN', {}, acceptable),
  // A Challenge has been sent, and the response is missing.
  tunnelMessage('SCCCN', {}, { ...unacceptable, settings: { secret: 'between friends', challenge: true } }),
  {
    on: 'lose-tie',
    settings: { tieBreaker: true },
    act: ({ peer }) => {
      peer.anew()
      peer.say({ ...proper.SCCRQ, tieBreaker: new Uint8Array(8) })
    },
  },
  {
    on: 'invalid-message',
    act: ({ peer, state, tunnel }) => {
      if (state === 'idle') peer.say(faultySccrq, { tunnelId: 0 })
      else peer.say(control(messageType(99)), { tunnelId: tunnel })
    },
  },
  peerFallsSilent(100 * SECOND),
]

/** A request with an AVP nobody knows, or in a call a CDN with one. */
export const faulty = (request: Uint8Array, cdn: (session: number) => Uint8Array): Stimulus => ({
  on: 'invalid-message',
  act: ({ peer, state, session }) => {
    if (state === 'idle') peer.say(request)
    else peer.say(cdn(session), { sessionId: session })
  },
})

/** Events of calls that are the same in both versions. */
export const everyCall: readonly Stimulus[] = [
  {
    on: 'local-close',
    act: ({ peer, tunnel, session }) => {
      peer.command({ name: 'hang-up', tunnel, session })
    },
  },
  {
    on: 'silent-clear',
    act: ({ peer, tunnel, session }) => {
      peer.command({ name: 'forget-session', tunnel, session })
    },
  },
  {
    on: 'tunnel-closed',
    act: ({ peer, tunnel }) => {
      peer.say(peer.proper.StopCCN, { tunnelId: tunnel })
    },
  },
]

/** The SCCRP, with which the call can be requested or, as it says what `unusable` does, not. */
export const tunnelOpens = (unusable: object): readonly Stimulus[] => [
  {
    on: 'tunnel-open',
    ...acceptable,
    act: ({ peer }) => {
      peer.say(peer.proper.SCCRP)
    },
  },
  {
    on: 'tunnel-open',
    ...unacceptable,
    act: ({ peer }) => {
      peer.say({ ...peer.proper.SCCRP, ...unusable })
    },
  },
]
const noFraming = { framingCapabilities: 0, bearerCapabilities: 0 }

export const placing = (on: string, call: 'incoming' | 'outgoing'): Stimulus => ({
  on,
  early: true,
  act: ({ peer }) => {
    placed(peer, call)
  },
})

/** Every event of each table that a real peer or operator can bring about. */
export const stimuli: Readonly<Record<string, readonly Stimulus[]>> = {
  'control-connection': controlStimuli,
  'incoming-call-lac': [
    placing('bearer-ring', 'incoming'),
    ...tunnelOpens(noFraming),
    callMessage('ICRQ'),
    callMessage('ICRP', {}, acceptable),
    callMessage('ICRP', { assignedSessionId: OCCUPIED }, occupied),
    callMessage('ICCN'),
    callMessage('CDN'),
    ...everyCall,
    faulty(faultyIcrq, () => faultyCdn),
  ],
  'incoming-call-lns': [
    callMessage('ICRQ', {}, acceptable),
    callMessage('ICRQ', { assignedSessionId: OCCUPIED }, occupied),
    // Whoever advertises no bearer is the LNS of every call.
    callMessage('ICRP', {}, { settings: { bearerCapabilities: 0 } }),
    callMessage('ICCN', {}, acceptable),
    callMessage('ICCN', {}, { ...unacceptable, settings: { framingCapabilities: 2 } }),
    callMessage('CDN'),
    ...everyCall,
    faulty(faultyIcrq, () => faultyCdn),
  ],
  'outgoing-call-lac': [
    callMessage('OCRQ', {}, acceptable),
    callMessage('OCRQ', {}, { ...unacceptable, settings: { bearerCapabilities: 2 } }),
    // Whose peer advertises no bearer is the LAC of every call.
    callMessage('OCRP', {}, { sccrp: { bearerCapabilities: 0 } }),
    callMessage('OCCN', {}, { sccrp: { bearerCapabilities: 0 } }),
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
    faulty(faultyOcrq, () => faultyCdn),
  ],
  'outgoing-call-lns': [
    placing('local-open', 'outgoing'),
    ...tunnelOpens(noFraming),
    callMessage('OCRQ'),
    callMessage('OCRP', {}, acceptable),
    callMessage('OCRP', { assignedSessionId: OCCUPIED }, occupied),
    callMessage('OCCN'),
    callMessage('CDN'),
    ...everyCall,
    faulty(faultyOcrq, () => faultyCdn),
  ],
}
