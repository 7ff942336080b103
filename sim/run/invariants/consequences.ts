// What has to happen before time goes on: duties that a record imposes and others of the same instant fulfil. Whatever is left when time
// has gone on is reported. Knows of no protocol.

import type { Nanos } from '../../base/time.ts'
import type { Report } from './invariant.ts'

/** Something that must happen before time goes on. */
export interface Duty {
  readonly at: Nanos
  readonly seq: number
  readonly endpoint: string
  readonly tunnel: number
  /** 0: the tunnel itself. */
  readonly session: number
  /** What satisfies it: `tunnel closed`, `session established`, `sync stale`, `recovery failed` … */
  readonly wanted: readonly string[]
  /** The end of its tunnel or session, if that is not among what is wanted, does not satisfy it. */
  readonly firm?: boolean
  /** Put together only when it is reported. */
  readonly text: () => string
}

type Place = Pick<Duty, 'endpoint' | 'tunnel'>
type Matter = 'tunnel' | 'session' | 'sync' | 'recovery' | 'data'

export interface DutyBook {
  readonly add: (duty: Duty) => void
  /** `event`: what happened to a tunnel (session 0) or to a session. */
  readonly done: (place: Place, session: number, of: Matter, event: string) => void
  /** Whether it still owes this. */
  readonly owes: (place: Place, wanted: string) => boolean
  /** A control plane that is gone owes nothing. */
  readonly excuse: (endpoint: string) => void
  /** To be called when time may have gone on to `at`. */
  readonly settle: (at: Nanos) => void
}

/** Keeps duties, and reports those that were not done when time went on. */
export function dutyBook(report: Report): DutyBook {
  let open: Duty[] = []
  return {
    add: (duty) => {
      open.push(duty)
    },
    done: ({ endpoint, tunnel }, session, of, event) => {
      if (open.length === 0) return
      const seen = `${of} ${event}`
      open = open.filter((duty) => {
        if (duty.endpoint !== endpoint || duty.tunnel !== tunnel) return true
        // The end of a tunnel is the end of all its sessions.
        if (seen === 'tunnel closed' && duty.firm !== true) return false
        return duty.session !== session || !duty.wanted.includes(seen)
      })
    },
    owes: ({ endpoint, tunnel }, wanted) =>
      open.some((duty) => duty.endpoint === endpoint && duty.tunnel === tunnel && duty.wanted.includes(wanted)),
    excuse: (endpoint) => {
      open = open.filter((duty) => duty.endpoint !== endpoint)
    },
    settle: (at) => {
      if (open.length === 0 || open[0]!.at >= at) return
      for (const duty of open) if (duty.at < at) report(duty, duty.text())
      open = open.filter((duty) => duty.at >= at)
    },
  }
}
