// Lists of faults that stay whole when one is taken out or put in: `after` refers to a place in the list.

import type { FaultSpec } from '../scenario/schema.ts'

/** `faults` without those at `places`; who waited for one of them waits no longer for anything before its message. */
export function withoutFaults(faults: readonly FaultSpec[], places: ReadonlySet<number>): readonly FaultSpec[] {
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
