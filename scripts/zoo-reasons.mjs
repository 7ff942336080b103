// Why some of the zoo is not caught: no behaviour differs, or what a scenario would have to have. By what the names have in common.

const FORGOTTEN = 'Equivalent: what is cleaned up is forgotten in the same call, and nobody sees the state that it was left in.'
const CLOSING =
  'Equivalent: what is closing is given no event and takes part in no tie any more; nobody asks for the state that it was left in.'
const NOTHING_THERE = 'Equivalent: the message is about a call that is in no table, and cleaning up finds nothing.'
const IDLE_ROW = 'Equivalent: the row does nothing and stays where it is.'
const CAPPED = 'Equivalent: the congestion window, which bounds it too, never grows beyond the window of the peer.'
const BEYOND = 'Equivalent: a message one beyond the window is never sent by a peer that keeps it.'
const LOOKS_BACK =
  'Equivalent on the wire: the timer looks back when it fires, and says nothing until the silence is long enough; only more timers fire.'

const OVER = 'Equivalent: the old tunnel is gone when the actions of the row are done, and nobody asks for its recovery any more.'
const SAME = 'Equivalent: `recovered` and `failed` ignore everything alike, and no other code tells them apart.'
const LOOKED = 'Equivalent: each session has its own due time; looking earlier finds nothing due, and looks again.'

/** The first that fits counts. */
const reasons = [
  [/^recovery-endpoint (1|6|7|9|11|12): .*leads to waiting|^recovery-endpoint 20: .*leads to waiting|^remote-endpoint 5: .*leads to/, OVER],
  [/^recovery-endpoint 19:/, 'Equivalent: a tunnel that is closed is passed over when a turn is free, whatever its recovery was.'],
  [/^recovery-endpoint (10|14|17|22): .*leads to failed/, SAME],
  [/^remote-endpoint 2: .*stop-recovery-timer is missing/, 'Equivalent: the reset flushes the message of the timer, which stops it.'],
  [/^session-sync (3|11): .*leads to/, 'Equivalent: the session is cleared and forgotten in the same call.'],
  [/^timer (response|stale|answer): halved/, LOOKED],
  [/^timer retry: halved/, 'Equivalent to an observer: the wait is random, and half of it is one that might have been drawn.'],
  [/^control-connection (4|7|18|19):.* → idle \([^)]*\): leads to /, FORGOTTEN],
  [/^control-connection \d+:.* → idle \([^)]*\): leads to wait-ctl-reply/, CLOSING],
  [/-call-.* → idle \([^)]*\): leads to /, FORGOTTEN],
  [/-call-\w+ \d+: idle × rcv-(ICCN|ICRP|OCCN|OCRP).*clean-up is missing/, NOTHING_THERE],
  [/^(incoming-call-lac 1|incoming-call-lns 3|outgoing-call-lac 3|outgoing-call-lns 1):.*the row is missing/, NOTHING_THERE],
  [/× win-tie → .*the row is missing/, IDLE_ROW],
  [/-call-.*× tie-equal →/, 'Needs two equal tie breakers of 64 random bits.'],
  [/^Ns taken for a duplicate: one more/, 'Equivalent: the number that differs is the expected one, which is accepted before.'],
  [/^receive window: one more/, BEYOND],
  [/^peer’s window: one more/, CAPPED],
  [/^timer hello: halved/, LOOKS_BACK],
]

/** Why nothing caught the specimen of that name; undefined when no reason is known. */
export function reasonFor(name) {
  return reasons.find(([pattern]) => pattern.test(name))?.[1]
}
