// Takes one behaviour out of the protocol: a row of a state machine, one action of a row, a guard's say, a rule of the reliable channel,
// or a timer. For scripts/removals.mjs, which asks whether the tests notice.

import { NEVER } from '../../sim/base/time.ts'
import type { AnyMachine } from '../../sim/l2tp/fsm.ts'
import type { TableMutant } from '../../sim/l2tp/mutant.ts'
import type { Rules } from '../../sim/l2tp/rules.ts'
import { mutated, tableMutants } from '../../sim/l2tp/table-mutants.ts'

/** A rule or a timer that is missing, by its name. */
export type Removal = TableMutant | { readonly rule: string } | { readonly timer: string }

/** Everything that can be taken out of a table, each alone. A guard that is always false is its row missing. */
export const removalsOf = (table: AnyMachine): readonly TableMutant[] =>
  tableMutants(table).filter(({ what }) => what !== 'redirected' && what !== 'guard false')

/** The rules beside the tables (sim/l2tp/rules.ts), and what is left of each when it does not hold. */
const withoutRule: Readonly<Record<string, Partial<Rules>>> = {
  'messages are numbered one after the other (RFC 2661 5.8)': { next: (n) => n },
  'a message is acknowledged by an Nr beyond its Ns (RFC 2661 5.8)': { acknowledges: () => false },
  'an Nr not beyond its Ns does not acknowledge a message (RFC 2661 5.8)': { acknowledges: () => true },
  'an Nr beyond what was sent is not heeded (R2661-AMB-09)': { isPlausible: () => true },
  'a message received before is not processed again (RFC 2661 5.8)': { isDuplicate: () => false },
  'a message received before is acknowledged again (RFC 2661 5.8)': { answersDuplicates: false },
  'a message ahead of its turn is held (RFC 2661 5.8)': { mayHold: () => false },
  'no message beyond the window announced is held (RFC 2661 5.8)': { mayHold: () => true },
  'the peer’s window is not exceeded (RFC 2661 5.8)': { window: (own) => own },
  'the congestion window is not exceeded (RFC 2661 appendix A)': { window: (_, peer) => peer },
  'a retransmission halves the threshold (RFC 2661 appendix A)': { threshold: (window) => window },
  'a retransmission closes the congestion window (RFC 2661 appendix A)': { restart: (window) => window },
  'Nr says what is expected (RFC 2661 5.8)': { nrFor: () => 0 },
  'a reset forgets what was sent (RFC 4951 3.2.2)': { resetForgetsSent: false },
  'a reset forgets what is held (RFC 4951 3.2.2)': { resetForgetsHeld: false },
  'the lower tie breaker wins (RFC 2661 4.4.3)': { compareTies: () => 0 },
  'old data in sequence resets the number expected (RFC 4951 3.2.3)': { dataThreshold: () => Number.MAX_SAFE_INTEGER },
}

export const ruleNames: readonly string[] = Object.keys(withoutRule)

/** What the environment says is missing. */
function missing(): Removal | undefined {
  const { REMOVAL } = process.env
  return REMOVAL === undefined ? undefined : (JSON.parse(REMOVAL) as Removal)
}

/** The table as the tests are to see it. */
export function asTested<T extends AnyMachine>(table: T): T {
  const removal = missing()
  return removal !== undefined && 'machine' in removal ? mutated(table, removal) : table
}

/** The rules as the tests are to see them. */
export function asRuled(rules: Rules, removal = missing()): Rules {
  if (removal === undefined || 'machine' in removal) return rules
  if ('timer' in removal) return { ...rules, due: (timer, at) => (timer === removal.timer ? NEVER : at) }
  const left = withoutRule[removal.rule]
  if (left === undefined) throw new Error(`no rule is called ${removal.rule}`)
  return { ...rules, ...left }
}
