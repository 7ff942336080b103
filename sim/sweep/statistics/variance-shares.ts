// Analysis of variance of the means of a complete grid: how much of what differs between its points each factor explains, each pair
// beyond its two factors, and what is left to interactions of three and more.

export interface VarianceShare {
  /** One factor, two of them, or none for what is left. */
  readonly factors: readonly string[]
  /** Of the sum of squares between points, 0 to 1. */
  readonly share: number
}

/** `coordinates` gives the value (0, 1, …) that each point takes of each factor; every combination is there once. */
export function sharesOfVariance(
  means: readonly number[],
  coordinates: readonly (readonly number[])[],
  names: readonly string[],
): readonly VarianceShare[] {
  const grand = means.reduce((sum, mean) => sum + mean, 0) / means.length
  const total = means.reduce((sum, mean) => sum + (mean - grand) * (mean - grand), 0)
  if (total === 0) return names.map((name) => ({ factors: [name], share: 0 }))
  const squares = (axes: readonly number[]): number =>
    sumOfSquares(
      means,
      coordinates.map((at) => axes.map((axis) => at[axis]).join()),
      grand,
    )
  const single = names.map((_, i) => squares([i]))
  const shares: VarianceShare[] = names.map((name, i) => ({ factors: [name], share: single[i]! / total }))
  for (let i = 0; i < names.length; i++) {
    for (let j = i + 1; j < names.length; j++) {
      const both = squares([i, j]) - single[i]! - single[j]!
      shares.push({ factors: [names[i]!, names[j]!], share: Math.max(0, both / total) })
    }
  }
  const rest = 1 - shares.reduce((sum, { share }) => sum + share, 0)
  return names.length > 2 ? [...shares, { factors: [], share: Math.max(0, rest) }] : shares
}

/** Between the groups that `keys` make. */
function sumOfSquares(means: readonly number[], keys: readonly string[], grand: number): number {
  const groups = new Map<string, { sum: number; count: number }>()
  for (const [i, key] of keys.entries()) {
    const group = groups.get(key) ?? { sum: 0, count: 0 }
    group.sum += means[i]!
    group.count++
    groups.set(key, group)
  }
  let squares = 0
  for (const { sum, count } of groups.values()) squares += count * (sum / count - grand) * (sum / count - grand)
  return squares
}
