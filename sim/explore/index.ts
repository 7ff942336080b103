// What the rest of the program uses of the exhaustive search.

export { counterexample, withFewestFaults, type Counterexample } from './confirm.ts'
export { fatal, judge } from './judge.ts'
export { groundOf, type Ground, type Plan } from './plan.ts'
export { unfit } from './prepare.ts'
export {
  Explorer,
  properties,
  type Bounds,
  type Counts,
  type ExploreOptions,
  type Property,
  type Proposal,
  type SavedSearch,
  type Violation,
} from './search.ts'
export { pathLines } from './telling.ts'
