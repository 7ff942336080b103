// What the rest of the program uses of the exhaustive search.

export { counterexample, withFewestFaults, type Counterexample } from './confirm.ts'
export { unfit } from './prepare.ts'
export { Explorer, properties, type Bounds, type Counts, type Property, type Violation } from './search.ts'
export { pathLines } from './telling.ts'
