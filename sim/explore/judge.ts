// A plan carried out and judged: an ordinary run of its scenario with every invariant of runs watching. What it shows needs no further
// proof. Threads do this (sim/cli), each for a share of the plans.

import { hunt } from '../hunt/hunt.ts'
import { signed, type Finding } from '../hunt/outcome.ts'
import { judgedSetting, scenarioOfPlan, type Ground, type Plan } from './plan.ts'

/** What the run of a plan broke first; undefined for nothing. */
export function judge(ground: Ground, plan: Plan): Finding | undefined {
  const scenario = scenarioOfPlan(ground, plan, judgedSetting(ground, ''))
  return hunt(scenario, { calmFrom: plan.over }).findings[0]
}

/** The finding of a plan whose run never ended, or ended whoever ran it. */
export const fatal = (why: string): Finding => signed({ invariant: 'bug', ref: '', at: 0, record: 0, message: why })
