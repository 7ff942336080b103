// Rank correlation (Spearman): how far one number rises with another, whatever the form of the curve.

/** Ranks from 1; equal values share the mean of theirs. */
function ranksOf(values: readonly number[]): readonly number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!)
  const ranks = new Array<number>(values.length).fill(0)
  for (let i = 0; i < order.length;) {
    let end = i + 1
    while (end < order.length && values[order[end]!] === values[order[i]!]) end++
    for (let k = i; k < end; k++) ranks[order[k]!] = (i + end + 1) / 2
    i = end
  }
  return ranks
}

/** From -1 to 1; 0 when one of the two does not vary. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranksOf(a), ranksOf(b)]
  const middle = (a.length + 1) / 2
  let [both, left, right] = [0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i]! - middle, y[i]! - middle]
    both += dx * dy
    left += dx * dx
    right += dy * dy
  }
  return left === 0 || right === 0 ? 0 : both / Math.sqrt(left * right)
}
