// A path of the search as a scenario that anyone can run: the same endpoints and tunnels, links with a constant latency, and the
// faults of the path on exactly the packets and at exactly the moments it had them.

import { MICROSECOND, SECOND, type Nanos } from '../base/time.ts'
import type { Scenario } from '../scenario/schema.ts'
import { chartsOf, Course, EVEN, type Pace } from './course.ts'
import type { Message } from './locals.ts'
import type { Move } from './moves.ts'
import { judgedSetting, LATENCY, scenarioOfPlan, type Setting } from './plan.ts'
import type { Preparation } from './prepare.ts'
import type { Property } from './search.ts'

export interface Path {
  readonly property: Property
  readonly message: string
  readonly moves: readonly Move[]
  readonly undisturbed: number
}

const DRIFT = 20 * MICROSECOND

/** What a path is tried with, until one shows what it should; `messages` is how many it sends. */
export const paces: readonly ((messages: number) => Pace)[] = [
  () => EVEN,
  (messages) => ({ drift: -DRIFT, extra: DRIFT * messages }),
  () => ({ drift: DRIFT, extra: 0 }),
]

/** The scenario of a path, its messages at this pace. */
export function concreteScenario(
  preparation: Preparation,
  path: Path,
  { messageOf, paceOf }: { readonly messageOf: (number: number) => Message; readonly paceOf: (messages: number) => Pace },
): Scenario {
  const followed = path.moves.slice(0, path.moves.length - path.undisturbed)
  const messages = followed.reduce((sum, { sent }) => sum + sent.length, 0)
  const course = new Course(chartsOf(preparation.names, messageOf), paceOf(messages))
  for (const move of followed) course.follow(move)
  return scenarioOfPlan(preparation, course.plan(), settingOf(preparation, path))
}

function settingOf(preparation: Preparation, { property, message, moves, undisturbed }: Path): Setting {
  const { scenario, convergenceBound } = preparation
  const shows = `Found by exploring every interleaving: ${message}.`
  if (property === 'invariants') return judgedSetting(preparation, shows)
  const waits: Nanos = moves.slice(moves.length - undisturbed).reduce((sum, { waited }) => sum + waited, 0)
  return {
    latency: LATENCY,
    name: `${scenario.name}: ${property}`,
    shows,
    rest: property === 'converges' ? 2 * convergenceBound : waits + 10 * SECOND,
    expect: property === 'sessions-kept' ? [{ metric: 'sessionsLost', equals: 0 }] : [],
  }
}
