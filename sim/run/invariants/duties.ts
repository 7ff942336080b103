// Duties of the two sides of a control connection: what must end or be said before time goes on, kept until it is done or the instant is
// over. What they arise from: answers.ts.

import type { Nanos } from '../../base/time.ts'
import { nameOf, type Channel } from '../observe/books.ts'
import type { Owed } from '../observe/heard.ts'
import type { Report } from './invariant.ts'

/** An answer that must be given, or an order that must be carried out, before time goes on. */
export interface Duty {
  readonly at: Nanos
  readonly seq: number
  readonly channel: Channel
  readonly owed: Owed
  /** What was heard, or ordered. */
  readonly cause: string
  /** Something new is asked for: refused, it leaves nothing that could end. */
  readonly isRequest: boolean
  /** The message that grants a call; '' where nothing could. */
  readonly grant: string
  /** Nothing waits before it: what has to be said can be said now. */
  readonly free: boolean
}

interface OpenDuty extends Duty {
  /** The call that a request has begun; 0 before. */
  opened: number
  ended: boolean
  stands: boolean
  /** What was said since. */
  said: 'nothing' | 'something else' | 'as owed'
}

/** What is wrong with a duty whose time is over: it may stand or must have ended, and the peer must have been told. */
function failing({ owed: { refusal, mustEnd }, isRequest, free, ended, stands, said }: OpenDuty): string | undefined {
  const told = refusal === '' || said === 'as owed'
  if (stands) return mustEnd && !told ? 'and took it' : undefined
  if (!isRequest && mustEnd && !ended) return 'and went on'
  if (told || !free || said === 'something else') return undefined
  return isRequest || mustEnd || ended ? `and did not say ${refusal}` : undefined
}

const ofCall = ({ owed: { session } }: Duty): string => (session > 0 ? ` session ${String(session)}` : '')

export type Duties = ReturnType<typeof openDuties>

/** Keeps duties, and reports those that were not done. */
export function openDuties(report: Report) {
  let open: OpenDuty[] = []
  const settle = (at: Nanos): void => {
    if (open.length === 0 || open[0]!.at >= at) return
    for (const duty of open) {
      const wrong = duty.at < at ? failing(duty) : undefined
      if (wrong !== undefined) report(duty, `${nameOf(duty.channel)}${ofCall(duty)} ${duty.cause} ${wrong}`)
    }
    open = open.filter((duty) => duty.at >= at)
  }
  return {
    settle,
    add: ({ at, seq, channel, owed, cause, isRequest, grant, free }: Duty): void => {
      settle(at)
      open.push({ at, seq, channel, owed, cause, isRequest, grant, free, opened: 0, ended: false, stands: false, said: 'nothing' })
    },
    said: (channel: Channel, type: string, session: number): void => {
      for (const duty of open) {
        if (duty.channel !== channel || duty.said === 'as owed') continue
        const { refusal, session: of } = duty.owed
        if (type === refusal && (of <= 0 || session === of)) duty.said = 'as owed'
        else if (of < 0 && type === duty.grant && session === duty.opened) duty.stands = true
        else duty.said = 'something else'
      }
    },
    /** A call has been begun on request: by the latest one. */
    opened: (channel: Channel, session: number): void => {
      for (const duty of open) if (duty.channel === channel && duty.owed.session < 0 && duty.opened === 0) duty.opened = session
    },
    ended: (channel: Channel, session: number): void => {
      if (open.length === 0) return
      // The end of a tunnel is the end of all its calls, and nobody is told of them.
      if (session === 0) open = open.filter((duty) => duty.channel !== channel || duty.owed.session === 0)
      for (const duty of open) if (duty.channel === channel && duty.owed.session === session) duty.ended = true
    },
    stands: (channel: Channel, session: number): void => {
      for (const duty of open) if (duty.channel === channel && duty.owed.session === session) duty.stands = true
    },
    /** A control plane that is gone, or whose tables were touched, owes nothing. */
    excuse: (endpoint: string): void => {
      if (open.length > 0) open = open.filter(({ channel }) => channel.endpoint.name !== endpoint)
    },
  }
}
