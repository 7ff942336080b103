// How long a scenario may take to converge once everything is healed: the sum of all that its endpoints may still wait for. Generous, for
// a bound that is too narrow finds nothing but itself.

import { SECOND, type Nanos } from '../base/time.ts'
import { retransmissionCycle } from '../l2tp/channel.ts'
import { defaultLcce, type RetransmitConfig } from '../l2tp/config.ts'
import { protocols } from '../l2tp/protocols.ts'
import type { EndpointSpec, Scenario } from '../scenario/schema.ts'

/** The longest of all endpoints, in what they wait for together. */
export function convergenceBoundOf(endpoints: Scenario['endpoints']): Nanos {
  const specs = Object.values(endpoints)
  const most = (of: (spec: EndpointSpec) => Nanos): Nanos => specs.reduce((longest, spec) => Math.max(longest, of(spec)), 0)
  const cycle = most((spec) => retransmissionCycle(retransmitOf(spec)))
  const recovery = most(({ l2tp }) => l2tp.failover.recoveryTime)
  const queries = most(({ l2tp: { failover } }) => failover.responseTimeout * failover.queryTries + failover.staleDelay)
  const waits = most(({ l2tp }) => l2tp.answerTimeout + l2tp.failover.guardTime)
  const back = most(({ restart, backup }) => Math.max(finite(restart.after), backup.detectionDelay + backup.takeoverTime))
  // A silent peer is found out by a HELLO, and so is one that comes back after that.
  return most(({ l2tp }) => l2tp.helloInterval) + 3 * cycle + 2 * recovery + queries + waits + back + 10 * SECOND
}

/** Of L2TPv3, which goes on for longer, where both are spoken. */
function retransmitOf({ l2tp: { version, retransmit } }: EndpointSpec): RetransmitConfig {
  const { initial, cap, count } = retransmit
  return protocols[version === 2 ? 2 : 3].retransmitOf({ ...defaultLcce, retransmit: { initial, cap, count } })
}

const finite = (time: Nanos): Nanos => (time === Infinity ? 0 : time)
