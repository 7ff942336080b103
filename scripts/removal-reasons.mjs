// Why some of what `npm run removals` takes out is missed by no test: what makes it the same behaviour. By the text of the removal. What
// has a reason here and is noticed all the same is an error of this list.

const NO_CALL =
  'A message for a call that does not exist is put to a machine in `idle` that stands in no table and is forgotten in the same instant: ' +
  'there is nothing to clean up, though the tables of RFC 2661 7.4 and 7.5 name the step.'

const NO_MESSAGE =
  'The control channel reset in the same row takes away the message that the recovery timer belongs to, and the timer of a message that ' +
  'is gone is stopped in the same instant; RFC 4951 5.1 names the SCCCN all the same.'

const WINDOW_CAPPED =
  'The congestion window itself never grows beyond the window of the peer, and is cut to it when the peer announces less: the rule says ' +
  'once more what holds already (RFC 2661 5.8 and appendix A).'

/** The first that fits counts. */
const reasons = [
  [/^(in|out)(com|go)ing-call-\w+ \d+: idle × rcv-(ICCN|ICRP|OCCN|OCRP).*: action clean-up is missing$/, NO_CALL],
  [/^remote-endpoint \d+: offered × rcv-SCCCN .*: action stop-recovery-timer is missing$/, NO_MESSAGE],
  [/the peer’s window is not exceeded/, WINDOW_CAPPED],
]

/** Why no test can notice that removal; undefined when no reason is known. */
export function reasonFor(name) {
  return reasons.find(([pattern]) => pattern.test(name))?.[1]
}
