// What a point is called in a report.

import type { Plan } from '../plan.ts'

/** Strategy and the values of what varies; never empty. */
export function pointName({ study, points }: Plan, index: number): string {
  const point = points[index]!
  const varies = study.factors.map(({ levels, range }) => range !== undefined || (levels?.length ?? 0) > 1)
  const parts = study.factors.flatMap(({ label }, i) => (varies[i] === true ? [`${label} ${point.levels[i]?.text ?? ''}`] : []))
  const strategy = study.strategies.length > 1 ? [point.strategy.label] : []
  return strategy.length + parts.length === 0 ? 'all runs' : [...strategy, ...parts].join(', ')
}
