// Why some of what `npm run removals` takes out is missed by no test: what makes it the same behaviour. By the text of the removal. What
// has a reason here and is noticed all the same is an error of this list.

const reasons = []

/** Why no test can notice that removal; undefined when no reason is known. */
export function reasonFor(name) {
  return reasons.find(([pattern]) => pattern.test(name))?.[1]
}
