// Why some of the zoo is not caught: no behaviour differs, or what a scenario would have to have. By what the names have in common.

const UNHEARD =
  'Needs a peer that sends the message out of turn: no correct one does, and a tunnel in which an attacker has spoken is not judged.'
const FORGOTTEN = 'Equivalent: what is cleaned up is forgotten in the same call, and nobody sees the state that it was left in.'
const NO_IDLE = 'Equivalent: a call in `idle` is made by the event that takes it out of there; for other events there is none.'
const UNACCEPTABLE =
  'Needs a peer whose message is refused: in drawn scenarios all have the same secret, the same version and common framing and bearers.'
const MALFORMED = 'Needs a message that is malformed, and still passes the checksum of its datagram.'
const HOLDS = 'Equivalent: a receiver may hold more, or drop what it could hold; the sender then retransmits.'

/** The first that fits counts. */
const reasons = [
  [/ → idle \([^)]*\): leads to /, FORGOTTEN],
  [/-call-\w+ \d+: idle × rcv-(ICCN|ICRP|OCCN|OCRP)/, NO_IDLE],
  [/× invalid-message →/, MALFORMED],
  [/^control-connection (3|4|8|11|14):/, UNHEARD],
  [/^incoming-call-lac (7|11):|^incoming-call-lns (2|6|9):|^outgoing-call-lac (6|7):|^outgoing-call-lns (6|8|10):/, UNHEARD],
  [/^control-connection (6|10):|^incoming-call-lac 6:|^incoming-call-lns 5:|^outgoing-call-lns 5:/, UNACCEPTABLE],
  [/^control-connection (5|9):.*acceptable is always true|-call-\w+ \d+:.*acceptable is always true/, UNACCEPTABLE],
  [/requestable is always true|^incoming-call-lac 4:|^outgoing-call-lns 3:/, UNACCEPTABLE],
  [/× bearer-failure →/, 'Needs an outgoing call that nobody answers: in drawn scenarios every bearer answers in time.'],
  [/× tunnel-closed →/, 'Equivalent on the wire: the sessions are forgotten with their tunnel; only the record of their end is missing.'],
  [/× tie-equal →/, 'Needs two equal tie breakers of 64 random bits.'],
  [/^unsent-acknowledged$/, 'Needs a peer that acknowledges what was never sent (R2661-AMB-09: allowed either way).'],
  [/^vendor-ids-ignored$/, 'Needs a peer that sends AVPs of a vendor.'],
  [/^wrong-response-accepted$/, UNACCEPTABLE],
  [/^Ns taken for a duplicate: one more/, 'Equivalent: the number that differs is the expected one, which is accepted before.'],
  [/^receive window: one (more|less)|^Receive Window Size said: one less/, HOLDS],
]

/** Why nothing caught the specimen of that name; undefined when no reason is known. */
export function reasonFor(name) {
  return reasons.find(([pattern]) => pattern.test(name))?.[1]
}
