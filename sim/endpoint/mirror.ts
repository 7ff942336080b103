// What an active endpoint's backup, or its own persistent storage, knows of its tunnels and sessions (RFC 4951 1.1, 2). Changes
// are logged with their instant and applied only when they are older than the mirror's lag, so that after a failure the backup
// can know too little (a session just established) or too much (one just ended).

import type { Nanos } from '../base/time.ts'
import type { MirroredSession, MirroredTunnel, MirrorState } from '../l2tp/mirror-state.ts'

export interface MirrorSpec {
  readonly lag: Nanos
  readonly carries: 'sessions' | 'tunnels' | 'nothing'
}

type Change = { readonly at: Nanos; readonly tunnel: number } & (
  | { readonly what: 'tunnel'; readonly mirrored: MirroredTunnel }
  | { readonly what: 'tunnel-closed' }
  | { readonly what: 'session'; readonly mirrored: MirroredSession }
  | { readonly what: 'session-closed'; readonly session: number }
)

interface Entry {
  tunnel: MirroredTunnel
  readonly sessions: Map<number, MirroredSession>
}

export class Mirror {
  private readonly spec: MirrorSpec
  private readonly entries = new Map<number, Entry>()
  private changes: Change[] = []
  private applied = 0

  constructor(spec: MirrorSpec) {
    this.spec = spec
  }

  noteTunnel(at: Nanos, mirrored: MirroredTunnel): void {
    this.log({ at, tunnel: mirrored.localTunnelId, what: 'tunnel', mirrored })
  }

  noteTunnelClosed(at: Nanos, tunnel: number): void {
    this.log({ at, tunnel, what: 'tunnel-closed' })
  }

  noteSession(at: Nanos, tunnel: number, mirrored: MirroredSession): void {
    this.log({ at, tunnel, what: 'session', mirrored })
  }

  noteSessionClosed(at: Nanos, tunnel: number, session: number): void {
    this.log({ at, tunnel, what: 'session-closed', session })
  }

  /** What a backup knows when the active endpoint fails at `at`. What was still on its way by then is lost. */
  failAt(at: Nanos): void {
    this.advance(at - this.spec.lag)
    this.changes = []
    this.applied = 0
  }

  /** Everything that happened so far has reached the backup: a planned switchover, or storage written at once. */
  catchUp(at: Nanos): void {
    this.advance(at)
  }

  /** What whoever begins to serve knows is known here too, and nothing else. */
  become({ tunnels }: MirrorState): void {
    this.entries.clear()
    for (const { tunnel, sessions } of this.spec.carries === 'nothing' ? [] : tunnels) {
      const kept = this.spec.carries === 'sessions' ? sessions : []
      this.entries.set(tunnel.localTunnelId, { tunnel, sessions: new Map(kept.map((session) => [session.localSessionId, session])) })
    }
  }

  /** The tables as the backup has them now, in order of Tunnel and Session ID. */
  state(): MirrorState {
    const tunnels = [...this.entries.values()].sort((a, b) => a.tunnel.localTunnelId - b.tunnel.localTunnelId)
    return {
      tunnels: tunnels.map(({ tunnel, sessions }) => ({
        tunnel,
        sessions: [...sessions.values()].sort((a, b) => a.localSessionId - b.localSessionId),
      })),
    }
  }

  private log(change: Change): void {
    if (this.spec.carries === 'nothing') return
    this.changes.push(change)
    this.advance(change.at - this.spec.lag)
  }

  private advance(until: Nanos): void {
    let change = this.changes[this.applied]
    while (change !== undefined && change.at <= until) {
      this.apply(change)
      this.applied += 1
      change = this.changes[this.applied]
    }
    if (this.applied < 64 || this.applied * 2 < this.changes.length) return
    this.changes = this.changes.slice(this.applied)
    this.applied = 0
  }

  private apply(change: Change): void {
    const entry = this.entries.get(change.tunnel)
    switch (change.what) {
      case 'tunnel':
        if (entry === undefined) this.entries.set(change.tunnel, { tunnel: change.mirrored, sessions: new Map() })
        else entry.tunnel = change.mirrored
        return
      case 'tunnel-closed':
        this.entries.delete(change.tunnel)
        return
      case 'session':
        if (this.spec.carries === 'sessions') entry?.sessions.set(change.mirrored.localSessionId, change.mirrored)
        return
      case 'session-closed':
        entry?.sessions.delete(change.session)
        return
    }
  }
}
