// Why some of the zoo is not caught: no behaviour differs, or what a scenario would have to have. By what the names have in common.

const FORGOTTEN = 'Equivalent: what is cleaned up is forgotten in the same call, and nobody sees the state that it was left in.'
const NOTHING_THERE = 'Equivalent: the message is about a call that is in no table, and cleaning up finds nothing.'
const IDLE_ROW = 'Equivalent: the row does nothing and stays where it is.'
const LESS = 'Equivalent: a sender may leave a part of the window unused (R2661-5.8-16 bounds it from above only).'
const CAPPED = 'Equivalent: the congestion window, which bounds it too, never grows beyond the window of the peer.'
const BEYOND = 'Equivalent: a message one beyond the window is never sent by a peer that keeps it.'
const LOOKS_BACK =
  'Equivalent on the wire: the timer looks back when it fires, and says nothing until the silence is long enough; only more timers fire.'

/** The first that fits counts. */
const reasons = [
  [/^control-connection (4|7|18|19):.* → idle \([^)]*\): leads to /, FORGOTTEN],
  [/-call-.* → idle \([^)]*\): leads to /, FORGOTTEN],
  [/-call-\w+ \d+: idle × rcv-(ICCN|ICRP|OCCN|OCRP).*clean-up is missing/, NOTHING_THERE],
  [/^(incoming-call-lac 1|incoming-call-lns 3|outgoing-call-lac 3|outgoing-call-lns 1):.*the row is missing/, NOTHING_THERE],
  [/× win-tie → .*the row is missing/, IDLE_ROW],
  [/× tie-equal →/, 'Needs two equal tie breakers of 64 random bits.'],
  [/^Ns taken for a duplicate: one more/, 'Equivalent: the number that differs is the expected one, which is accepted before.'],
  [/^receive window: one more/, BEYOND],
  [/^peer’s window: one more/, CAPPED],
  [/^peer’s window: one less/, LESS],
  [/^timer hello: halved/, LOOKS_BACK],
]

/** Why nothing caught the specimen of that name; undefined when no reason is known. */
export function reasonFor(name) {
  return reasons.find(([pattern]) => pattern.test(name))?.[1]
}
