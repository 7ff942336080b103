// What a study would do: its points, and, from trying a few of them, about how long it would take.

import { wrapped } from '../run/text-lines.ts'
import { Performer } from '../sweep/batch.ts'
import type { Plan, Point } from '../sweep/plan.ts'
import { firstTargets } from '../sweep/precision.ts'
import type { Shell } from './shell.ts'
import { clockTime } from './sweep-progress.ts'

/** Points printed at most, and clock time spent on trying. */
const SHOWN = 40
const TRIAL_MS = 3_000

/** The text of `--dry-run`. */
export function dryRun(plan: Plan, jobs: number, shell: Shell): string {
  const { study, points } = plan
  const { bold, dim } = shell.stdout.colours
  const { targets } = firstTargets(plan)
  const runs = targets.reduce((sum, count) => sum + count, 0)
  const shown = points.slice(0, SHOWN).map((point) => `  ${dim(String(point.index + 1).padStart(5))}  ${pointText(plan, point)}`)
  const more = points.length > SHOWN ? [`  ${dim(`      … and ${String(points.length - SHOWN)} more`)}`] : []
  const adaptive =
    study.precision === undefined
      ? ''
      : ` to begin with, then more until the main response is known to ${String(study.precision * 100)} %`
  const { first, count } = study.seeds
  return [
    bold(study.name),
    ...wrapped(study.asks, 100).map((line) => `  ${line}`),
    '',
    `${String(points.length)} points × seeds ${String(first)} to ${String(first + count - 1)}: ${String(runs)} runs${adaptive}`,
    ...shown,
    ...more,
    '',
    `responses: ${study.responses.map(({ name }) => name).join(', ')}`,
    estimate(plan, { runs, jobs, shell }),
    '',
  ].join('\n')
}

/** Strategy and factors of a point in words. */
function pointText({ study }: Plan, { strategy, levels }: Point): string {
  const parts = study.factors.map(({ name }, i) => `${name} ${levels[i]?.text ?? ''}`)
  const all = strategy.name === '' ? parts : [strategy.name, ...parts]
  return all.length === 0 ? 'the scenario as it is' : all.join(', ')
}

/** Runs some points, spread over the plan, once or more, until the time for it is over. */
function estimate(
  plan: Plan,
  { runs, jobs, shell }: { readonly runs: number; readonly jobs: number; readonly shell: Shell },
): string {
  const performer = new Performer(plan)
  const started = shell.now()
  const deadline = started + TRIAL_MS
  // A step that shares no divisor with the number of points reaches them all.
  const step = stepThrough(plan.points.length)
  const costs: number[] = []
  for (let i = 0; i < plan.points.length * 3 && (i < 2 || shell.now() < deadline); i++) {
    const before = shell.now()
    performer.perform([{ point: (i * step) % plan.points.length, first: 0, count: 1 }])
    costs.push(shell.now() - before)
    if (shell.now() === started && i >= 8) break
  }
  // The first run pays for compiling the simulator.
  const steady = costs.length > 2 ? costs.slice(1) : costs
  const each = steady.reduce((sum, cost) => sum + cost, 0) / steady.length
  const total = (each * runs) / jobs
  const tried = `${String(costs.length)} runs tried: ${each.toFixed(each < 10 ? 1 : 0)} ms each`
  return `${tried}; about ${total < 1000 ? 'a second' : clockTime(total)} with ${String(jobs)} ${jobs === 1 ? 'worker' : 'workers'}`
}

function stepThrough(count: number): number {
  const divides = (a: number, b: number): number => (b === 0 ? a : divides(b, a % b))
  let step = Math.max(1, Math.floor(count * 0.618))
  while (divides(step, count) !== 1) step++
  return step
}
