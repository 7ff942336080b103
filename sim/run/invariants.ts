// The registry of invariants and goals, in the order in which they are listed and reported.

import { answerInvariants } from './invariants/answers.ts'
import { authenticationInvariants } from './invariants/authentication.ts'
import { configuredInvariants } from './invariants/configured.ts'
import { convergenceInvariants } from './invariants/convergence.ts'
import { deliveryInvariants } from './invariants/delivery.ts'
import { failoverAvpInvariants } from './invariants/failover-avps.ts'
import { goals } from './invariants/goals.ts'
import type { Invariant } from './invariants/invariant.ts'
import { reactionInvariants } from './invariants/reactions.ts'
import { recoveryCourseInvariants } from './invariants/recovery-course.ts'
import { recoveryInvariants } from './invariants/recovery.ts'
import { refusalInvariants } from './invariants/refusals.ts'
import { retransmissionInvariants } from './invariants/retransmission.ts'
import { sessionInvariants } from './invariants/sessions.ts'
import { tieInvariants } from './invariants/ties.ts'
import { waitInvariants } from './invariants/waits.ts'

export type { Invariant, InvariantKind, Violation } from './invariants/invariant.ts'

/** Checked in every run; names are unique and stay. */
export const invariants: readonly Invariant[] = [
  ...deliveryInvariants,
  ...retransmissionInvariants,
  ...recoveryInvariants,
  ...recoveryCourseInvariants,
  ...failoverAvpInvariants,
  ...sessionInvariants,
  ...reactionInvariants,
  ...tieInvariants,
  ...waitInvariants,
  ...refusalInvariants,
  ...answerInvariants,
  ...configuredInvariants,
  ...authenticationInvariants,
  ...convergenceInvariants,
  ...goals,
]
