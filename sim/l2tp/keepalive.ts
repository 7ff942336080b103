// When the next HELLO of a tunnel is due (RFC 2661 5.5, RFC 3931 4.4). What is done then is in timers.ts.

import { integerBetween } from '../base/random.ts'
import { MILLISECOND, NEVER, type Nanos } from '../base/time.ts'
import type { Tunnel } from './tunnel.ts'

/** By how much of its interval a HELLO may come early: one part in so many. Ours. */
const JITTER_PART = 8

/** Whether another control connection to the same LCCE says HELLO too. */
function hasSibling(tunnel: Tunnel): boolean {
  for (const other of tunnel.lcce.tunnels()) {
    const established = other !== tunnel && other.purpose === 'ordinary' && other.state === 'established' && !other.closing
    if (established && other.version === tunnel.version && other.peer.ip === tunnel.peer.ip) return true
  }
  return false
}

/**
 * The silence after which the next HELLO is said: the interval configured. RFC 3931 4.4: where several control connections of L2TPv3
 * lead to one LCCE, each draws anew how much earlier, so that their HELLOs do not come in groups.
 */
function silenceBefore(tunnel: Tunnel): Nanos {
  const { config, rng } = tunnel.lcce
  const { helloInterval } = config
  if (!tunnel.protocol.jittersHello || !hasSibling(tunnel)) return helloInterval
  return helloInterval - integerBetween(rng, 0, Math.floor(helloInterval / JITTER_PART / MILLISECOND)) * MILLISECOND
}

/** Sets the timer of an established tunnel to the instant when the silence that began at `since` is long enough. */
export function awaitHello(tunnel: Tunnel, since: Nanos): void {
  const { lcce } = tunnel
  if (lcce.config.helloInterval <= 0) {
    lcce.setTimer(tunnel, 'hello', NEVER)
    return
  }
  tunnel.helloAfter = silenceBefore(tunnel)
  lcce.setTimer(tunnel, 'hello', since + tunnel.helloAfter)
}
