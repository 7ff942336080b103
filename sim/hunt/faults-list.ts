// Lists of faults that stay whole when one is taken out or put in: `after` refers to a place in the list.

/** What decides it: the same in a scenario and in a file. */
export interface Waiting {
  readonly name?: string | undefined
  readonly when?: { readonly after?: string | number | undefined } | undefined
}

/** `faults` without those at `places`; who waited for one of them waits no longer for anything before its message. */
export function withoutFaults<F extends Waiting>(faults: readonly F[], places: ReadonlySet<number>): readonly F[] {
  const names = new Set(faults.flatMap(({ name }, i) => (places.has(i) && name !== undefined ? [name] : [])))
  const moved = faults.map((_, i) => i - [...places].filter((place) => place < i).length)
  return faults.filter((_, i) => !places.has(i)).map((fault) => {
    const after = fault.when?.after
    if (fault.when === undefined || after === undefined) return fault
    const gone = typeof after === 'number' ? places.has(after) : names.has(after)
    if (!gone && typeof after === 'string') return fault
    const { after: _, ...when } = fault.when
    return { ...fault, when: gone ? when : { ...when, after: moved[after as number]! } }
  })
}
