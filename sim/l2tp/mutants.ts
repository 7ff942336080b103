// Mechanical mutants: every change of one row, timer or number that can be made without understanding it. Each is data (mutant.ts); an LCCE
// that is given one works by machinery of its own (alteration.ts), beside peers that are correct. What hunting finds of them: docs/zoo.md.

import { NEVER } from '../base/time.ts'
import type { Alteration } from './alteration.ts'
import type { LcceConfig } from './config.ts'
import { machines } from './machines/index.ts'
import type { CounterMutant, Mutant, TimerMutant } from './mutant.ts'
import { mutated, tableMutants, tableMutantText } from './table-mutants.ts'
import { timerNames } from './tunnel.ts'
import type { AnyMessage } from './wire/messages.ts'

const timerMutants: readonly TimerMutant[] = timerNames.flatMap((timer) =>
  ([2, 0.5, 'never'] as const).map((factor) => ({ timer, factor })),
)

const retried = (config: LcceConfig, change: Partial<LcceConfig['failover']>): LcceConfig => ({
  ...config,
  failover: { ...config.failover, ...change },
})

/** What is counted, and how it is counted wrongly. */
const counters: Readonly<Record<string, (by: number) => Alteration>> = {
  'number after a number': (by) => ({ rules: ({ next }) => ({ next: (n) => (next(n) + by) & 0xffff }) }),
  'Nr sent': (by) => ({ rules: () => ({ nrFor: (expected) => (expected + by) & 0xffff }) }),
  'Nr heeded': (by) => ({ rules: ({ acknowledges }) => ({ acknowledges: (nr, ns) => acknowledges((nr + by) & 0xffff, ns) }) }),
  'Ns taken for a duplicate': (by) => ({
    rules: ({ isDuplicate }) => ({ isDuplicate: (expected, ns) => isDuplicate((expected + by) & 0xffff, ns) }),
  }),
  retransmissions: (by) => ({ rules: () => ({ retransmission: (set) => ({ ...set, count: Math.max(0, set.count + by) }) }) }),
  'send window': (by) => ({ rules: ({ window }) => ({ window: (own, peer) => Math.max(1, window(own, peer) + by) }) }),
  'peer’s window': (by) => ({ rules: ({ window }) => ({ window: (own, peer) => Math.max(1, window(own, peer + by)) }) }),
  'receive window': (by) => ({ rules: ({ mayHold }) => ({ mayHold: (ahead, own) => mayHold(ahead, own + by) }) }),
  'congestion window after a loss': (by) => ({ rules: () => ({ restart: () => 1 + by }) }),
  'data threshold': (by) => ({ rules: () => ({ dataThreshold: (set) => Math.max(1, set + by) }) }),
  'query tries': (by) => ({ config: (set) => retried(set, { queryTries: set.failover.queryTries + by }) }),
  'recovery retries': (by) => ({ config: (set) => retried(set, { retries: Math.max(0, set.failover.retries + by) }) }),
  'parallel recoveries': (by) => ({
    config: (set) => (set.failover.parallel === 0 ? set : retried(set, { parallel: Math.max(0, set.failover.parallel + by) })),
  }),
  'session states in a message': (by) => ({ config: (set) => retried(set, { mtu: set.failover.mtu + 16 * by }) }),
  'Assigned Tunnel ID said': (by) => saying('assignedTunnelId', (id) => (Number(id) + by) & 0xffff),
  'Assigned Session ID said': (by) => saying('assignedSessionId', (id) => (Number(id) + by) & 0xffff),
  'Recover Tunnel ID said': (by) => within('tunnelRecovery', 'recoverTunnelId', by),
  'Recover Remote Tunnel ID said': (by) => within('tunnelRecovery', 'recoverRemoteTunnelId', by),
  'Suggested Ns said': (by) => within('suggestedControlSequence', 'suggestedNs', by),
  'Suggested Nr said': (by) => within('suggestedControlSequence', 'suggestedNr', by),
  'Receive Window Size said': (by) => saying('receiveWindowSize', (size) => Math.max(1, Number(size) + by)),
  'session in an FSQ or FSR': (by) => saying('failoverSessionStates', (states) => shifted(states, 'sessionId', by)),
  'remote session in an FSQ or FSR': (by) => saying('failoverSessionStates', (states) => shifted(states, 'remoteSessionId', by)),
}

type Plain = Readonly<Record<string, unknown>>

/** One AVP says something else, wherever it stands. */
function saying(avp: string, change: (value: unknown) => unknown): Alteration {
  return {
    says: (message) => {
      const plain = message as unknown as Plain
      return plain[avp] === undefined ? message : ({ ...plain, [avp]: change(plain[avp]) } as unknown as AnyMessage)
    },
  }
}

const within = (avp: string, key: string, by: number): Alteration =>
  saying(avp, (value) => ({ ...(value as Plain), [key]: (Number((value as Plain)[key]) + by) & 0xffff }))

const shifted = (states: unknown, key: string, by: number): unknown =>
  (states as readonly Plain[]).map((state) => ({ ...state, [key]: (Number(state[key]) + by) & 0xffff }))

const counterMutants: readonly CounterMutant[] = Object.keys(counters).flatMap((counter) =>
  ([1, -1] as const).map((by) => ({ counter, by })),
)

/** Every mutant there is: of the tables first, then of timers and numbers. */
export const mutants: readonly Mutant[] = [...machines.flatMap(tableMutants), ...timerMutants, ...counterMutants]

function delayed(factor: TimerMutant['factor'], at: number, now: number): number {
  if (factor === 'never' || at === NEVER) return NEVER
  return Math.max(now, now + Math.round((at - now) * factor))
}

/** What a mutant replaces. */
export function alterationOf(mutant: Mutant): Alteration {
  if ('machine' in mutant) return { table: (table) => mutated(table, mutant) }
  if ('timer' in mutant) {
    const { timer: slow, factor } = mutant
    return { rules: () => ({ due: (timer, at, now) => (timer === slow ? delayed(factor, at, now) : at) }) }
  }
  const alter = counters[mutant.counter]
  if (alter === undefined) throw new Error(`no counter ${mutant.counter}`)
  return alter(mutant.by)
}

/** One line: what of which row is missing or other, which timer, which number. Unique. */
export function mutantText(mutant: Mutant): string {
  if ('timer' in mutant) return `timer ${mutant.timer}: ${{ 2: 'doubled', 0.5: 'halved', never: 'never fires' }[mutant.factor]}`
  if ('counter' in mutant) return `${mutant.counter}: one ${mutant.by > 0 ? 'more' : 'less'}`
  const table = machines.find(({ name }) => name === mutant.machine)
  return table === undefined ? `${mutant.machine}: no such machine` : tableMutantText(table, mutant)
}
