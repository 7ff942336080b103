// Every state machine of L2TPv2, L2TPv3 and RFC 4951, for whoever draws, checks or counts them.

import type { AnyMachine } from '../fsm.ts'
import { controlConnection } from './control-connection.ts'
import { incomingCallLac } from './incoming-call-lac.ts'
import { incomingCallLns } from './incoming-call-lns.ts'
import { outgoingCallLac } from './outgoing-call-lac.ts'
import { outgoingCallLns } from './outgoing-call-lns.ts'
import { recoveryEndpoint } from './recovery-endpoint.ts'
import { remoteEndpoint } from './remote-endpoint.ts'
import { sessionSync } from './session-sync.ts'

export const machines: readonly AnyMachine[] = [
  controlConnection,
  incomingCallLac,
  incomingCallLns,
  outgoingCallLac,
  outgoingCallLns,
  recoveryEndpoint,
  remoteEndpoint,
  sessionSync,
]
