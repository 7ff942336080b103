// From a point of a plan to the scenario that is run there. The scenario's file is read once for each strategy; a point is that
// content with some fields set.

import { overridden } from '../scenario/override.ts'
import { formatIssues, parseScenarioData } from '../scenario/parse.ts'
import { scenarioFileSchema, type Scenario } from '../scenario/schema.ts'
import { shapeOf } from '../scenario/shape.ts'
import { overridesOf, type Point } from './plan.ts'
import type { Study } from './study.ts'

export type Prepared =
  | { readonly ok: true; readonly scenario: Scenario }
  /** Its fields do not go together; a message for people. */
  | { readonly ok: false; readonly why: string }

/** The scenario of a point. */
export function prepare(study: Study, point: Point): Prepared {
  const { strategy } = point
  const set = overridden(strategy.data, overridesOf(study, point), shapeOf(scenarioFileSchema))
  const parsed = parseScenarioData(set.data, strategy.scenario.name)
  const issues = [...set.issues, ...(parsed.ok ? [] : parsed.issues)]
  return parsed.ok && issues.length === 0 ? { ok: true, scenario: parsed.scenario } : { ok: false, why: formatIssues(issues) }
}
