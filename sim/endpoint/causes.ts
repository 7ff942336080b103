// Which record led to a timer's firing, so that "why" can be followed backwards: a retransmission comes of the transmission that
// was not answered, a HELLO of the last sign of life, any other timer of the record that set it.

import type { LcceNotice, TimerNotice } from '../l2tp/notices.ts'
import { NO_CAUSE } from '../trace/record.ts'

interface TunnelCauses {
  /** Latest transmission of a message that awaits an acknowledgement. */
  sent: number
  /** Latest message handled. */
  heard: number
  /** Latest record about the tunnel otherwise: what set its other timers. */
  latest: number
  /** Start of the recovery timer. */
  recoveryTimer: number
}

export class Causes {
  private readonly tunnels = new Map<number, TunnelCauses>()

  private of(tunnel: number): TunnelCauses {
    let found = this.tunnels.get(tunnel)
    if (found === undefined) {
      found = { sent: NO_CAUSE, heard: NO_CAUSE, latest: NO_CAUSE, recoveryTimer: NO_CAUSE }
      this.tunnels.set(tunnel, found)
    }
    return found
  }

  sent(tunnel: number, seq: number): void {
    this.of(tunnel).sent = seq
  }

  heard(tunnel: number, seq: number): void {
    this.of(tunnel).heard = seq
  }

  note(notice: LcceNotice, seq: number): void {
    if (notice.kind === 'timer' && notice.name === 'recovery-time') this.of(notice.tunnel).recoveryTimer = seq
    else if (notice.kind !== 'log') this.of(notice.tunnel).latest = seq
  }

  /** The cause of a timer record; `ambient` when it is not a firing. */
  ofTimer(notice: TimerNotice, ambient: number): number {
    if (notice.action !== 'fire') return ambient
    const causes = this.of(notice.tunnel)
    if (notice.name === 'retransmit') return causes.sent
    if (notice.name === 'hello') return Math.max(causes.heard, causes.latest)
    return notice.name === 'recovery-time' ? causes.recoveryTimer : causes.latest
  }

  clear(): void {
    this.tunnels.clear()
  }
}
