// Who serves when: the order of events from a failure to the replica that takes over or the node that comes back (RFC 4951 2).
// With a backup: failure, detection, takeover. Without one, or while it is not ready: failure, restart of the failed node. A node
// that comes back beside an active one stands by as its backup.

import type { Address } from '../base/datagram.ts'
import { formatDuration, NEVER, type Nanos } from '../base/time.ts'
import type { Kernel, Timer } from '../kernel/kernel.ts'
import { NO_CAUSE } from '../trace/record.ts'
import type { Recorder } from '../trace/recorder.ts'

export interface ReplicaSpec {
  readonly backup: {
    readonly mode: 'none' | 'same-address' | 'own-address'
    /** With `own-address`: where the backup serves. */
    readonly address: Address | undefined
    readonly detectionDelay: Nanos
    readonly takeoverTime: Nanos
    readonly mirror: { readonly lag: Nanos; readonly carries: 'sessions' | 'tunnels' | 'nothing' }
  }
  readonly restart: { readonly after: Nanos; readonly persistent: boolean }
}

/** Where a replica that begins to serve has its tunnels and sessions from: its own storage, the mirror of a backup. */
export type Memory = 'storage' | 'mirror' | 'nothing'

/** What replicas ask of their endpoint. */
interface Planes {
  readonly name: string
  readonly address: Address
  /** Undefined while the data plane is down. */
  readonly data: unknown
  readonly options: {
    readonly kernel: Kernel
    readonly recorder: Recorder
    readonly address: Address
    readonly dataPlane: { readonly survivesControlFailure: boolean; readonly restartTime: Nanos }
  }
  stop(planes: { control: boolean; data: boolean }, why: string, planned?: boolean): void
  startControl(why: string, address: Address, memory: Memory): void
  startData(why: string): void
}

type State = 'active' | 'standby' | 'failed' | 'detecting' | 'taking-over' | 'restarting'
const names = ['primary', 'backup'] as const

export class Replicas {
  private readonly planes: Planes
  private readonly spec: ReplicaSpec
  private readonly kernel: Kernel
  private readonly recorder: Recorder
  /** Index of the replica that serves, or served last. */
  private active = 0
  /** Whether the other one could take over. */
  private standbyReady: boolean
  /** What each replica was last noted to be. */
  private readonly states: [State, State] = ['standby', 'standby']
  private pending: Timer = 0
  private pendingData: Timer = 0
  private pendingStandby: Timer = 0

  constructor(planes: Planes, spec: ReplicaSpec) {
    this.planes = planes
    this.spec = spec
    this.kernel = planes.options.kernel
    this.recorder = planes.options.recorder
    this.standbyReady = spec.backup.mode !== 'none'
  }

  /** The replicas as they stand at the beginning. */
  announce(): void {
    this.note(0, 'active', 'start')
    if (this.standbyReady) this.note(1, 'standby', 'start')
  }

  crash(plane: 'control' | 'data' | 'both'): void {
    if (plane === 'data') {
      // One that is down already comes back when it would have.
      if (this.planes.data === undefined) return
      this.planes.stop({ control: false, data: true }, 'crash')
      this.scheduleData(this.recorder.cause)
      return
    }
    const inTransition = this.pending !== 0
    this.cancelPending()
    this.planes.stop({ control: true, data: plane === 'both' || !this.planes.options.dataPlane.survivesControlFailure }, 'crash')
    this.note(this.active, 'failed', 'crash')
    // A crash while the backup is on its way up takes the backup along.
    if (inTransition) this.standbyReady = false
    if (this.standbyReady) {
      const detecting = this.note(1 - this.active, 'detecting', `within ${formatDuration(this.spec.backup.detectionDelay)}`)
      this.after(this.spec.backup.detectionDelay, () => {
        this.takeOver(detecting)
      })
    } else this.comeBack(this.spec.restart.after)
  }

  switchover(): void {
    if (!this.standbyReady || this.pending !== 0) return
    this.planes.stop({ control: true, data: !this.planes.options.dataPlane.survivesControlFailure }, 'switchover', true)
    this.note(this.active, 'failed', 'switchover')
    this.takeOver(this.recorder.count - 1)
  }

  /** A node that has stopped comes back, a running one reboots; either takes its restart time. */
  restart(): void {
    this.cancelPending()
    this.planes.stop({ control: true, data: true }, 'restart')
    // A node that would never come back by itself is brought back at once.
    const { after } = this.spec.restart
    this.comeBack(after === NEVER ? 0 : after)
  }

  private takeOver(cause: number): void {
    this.recorder.cause = cause
    const taking = this.note(1 - this.active, 'taking-over', `within ${formatDuration(this.spec.backup.takeoverTime)}`)
    this.after(this.spec.backup.takeoverTime, () => {
      this.active = 1 - this.active
      this.standbyReady = false
      this.awaitStandby(taking)
      this.serve('takeover', taking, 'mirror')
    })
  }

  /** The failed node itself restarts (RFC 4951 2), if it ever does. */
  private comeBack(delay: Nanos): void {
    if (delay === NEVER) return
    const restarting = this.note(this.active, 'restarting', `within ${formatDuration(delay)}`)
    this.after(delay, () => {
      const { backup, restart } = this.spec
      // Without storage of its own it has what a backup that stands by still knows.
      const other = this.standbyReady ? 'mirror' : 'nothing'
      if (backup.mode !== 'none' && !this.standbyReady) this.awaitStandby(restarting)
      this.serve('restart', restarting, restart.persistent ? 'storage' : other)
    })
  }

  private serve(why: string, cause: number, memory: Memory): void {
    this.recorder.cause = cause
    const active = this.note(this.active, 'active', why)
    this.recorder.cause = active
    const { backup } = this.spec
    const own = backup.mode === 'own-address' && this.active === 1 && backup.address !== undefined
    this.planes.startControl(why, own ? backup.address : this.planes.options.address, memory)
    this.scheduleData(active)
  }

  /** The node that failed comes back beside the active one, as its backup. */
  private awaitStandby(cause: number): void {
    if (this.spec.restart.after === NEVER) return
    this.kernel.cancel(this.pendingStandby)
    this.pendingStandby = this.later(this.spec.restart.after, () => {
      this.standbyReady = true
      this.recorder.cause = cause
      this.note(1 - this.active, 'standby', 'restart')
    })
  }

  private scheduleData(cause: number): void {
    const { restartTime } = this.planes.options.dataPlane
    const start = (): void => {
      this.recorder.cause = cause
      this.planes.startData('restart')
    }
    this.kernel.cancel(this.pendingData)
    if (restartTime === 0) start()
    else this.pendingData = this.later(restartTime, start)
  }

  private after(delay: Nanos, action: () => void): void {
    this.pending = this.later(delay, () => {
      this.pending = 0
      action()
    })
  }

  private later(delay: Nanos, action: () => void): Timer {
    return this.kernel.schedule(this.kernel.now + delay, call, () => {
      action()
      this.recorder.cause = NO_CAUSE
    })
  }

  private cancelPending(): void {
    this.kernel.cancel(this.pending)
    this.kernel.cancel(this.pendingData)
    this.kernel.cancel(this.pendingStandby)
    this.pending = this.pendingData = this.pendingStandby = 0
  }

  private note(replica: number, state: State, why: string): number {
    this.states[replica] = state
    return this.recorder.emit({ kind: 'replica', endpoint: this.planes.name, replica: names[replica] ?? '', state, why })
  }
}

const call = (action: () => void): void => {
  action()
}
