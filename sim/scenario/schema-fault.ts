// Schema of faults and interventions: what happens to endpoints and links, at an instant or when something first happens.

import * as z from 'zod'
import { NEVER, SECOND } from '../base/time.ts'
import {
  OURS,
  durationOf,
  durationOr,
  field,
  hexadecimal,
  nameOf,
  named,
  optional,
  packetRateOrNone,
  required,
  text,
  whole,
  wholeOrAll,
} from './field.ts'
import { flaws, misspokenTypes } from '../l2tp/misspeech.ts'
import { packetKinds, tunnelKindField } from './schema-link.ts'
import { sequencedSchema } from './schema-tunnel.ts'

const packetKind = (about: string): z.ZodOptional<z.ZodEnum<{ [K in (typeof packetKinds)[number]]: K }>> =>
  optional(z.enum(packetKinds), about, 'RFC 2661 3.2', 'exactly one of `sends` and `receives`')

const when = z.strictObject({
  endpoint: required(nameOf(), 'One endpoint (an instance, not a template of several).', OURS),
  sends: packetKind('The fault follows when the endpoint sends such a message; retransmissions count.'),
  receives: packetKind('The fault follows when such a message reaches the endpoint.'),
  tunnel: tunnelKindField(),
  nth: field(whole(1, 1_000_000_000), 1, 'At which of them: 1 for the first.', OURS),
  after: optional(
    z.union([whole(0, 1_000_000), nameOf()]),
    'Count only from when this other fault has begun: its name, or its place in the list from 0.',
    OURS,
    'from the beginning',
  ),
})

const trigger = {
  name: optional(nameOf(), 'Name, for `after` and `--set`.', OURS, 'none'),
  at: optional(durationOf(), 'Instant.', OURS, 'exactly one of `at` and `when`'),
  when: optional(named('trigger', when), 'What it follows.', OURS, 'exactly one of `at` and `when`'),
  delay: field(durationOf(), 0, 'So long after that.', OURS),
}

const endpoint = required(nameOf(), 'Endpoint; a template stands for each of its instances.', OURS)
const tunnel = field(
  whole(1, 65_535),
  1,
  'Which tunnel of the endpoint: 1 for the first that the scenario opens there, in order of opening.',
  OURS,
)
const session = whole(1, 65_535)
const sessionText = 'Which session of the tunnel: 1 for the first call placed in it.'

/** A variant: `kind` with what every fault has. */
function variant<K extends string, F extends z.ZodRawShape>(
  kind: K,
  about: string,
  fields: F,
): z.ZodObject<F & Common<K>, z.core.$strict> {
  return z.strictObject({ kind: required(z.literal(kind), about, OURS), ...trigger, ...fields })
}
type Common<K extends string> = { kind: z.ZodLiteral<K> } & typeof trigger

export const faultSchema = z.discriminatedUnion('kind', [
  variant('crash', 'A plane of an endpoint fails, unplanned. What comes back, and when, its `backup` and `restart` say.', {
    endpoint,
    plane: field(z.enum(['control', 'data', 'both']), 'control', 'Which plane fails.', 'RFC 4951 1.1'),
  }),
  variant('switchover', 'A planned switchover to the backup.', { endpoint }),
  variant('restart', 'The node starts anew: one that has stopped comes back, a running one reboots.', { endpoint }),
  variant('cut', 'A link carries nothing.', {
    link: required(
      z.union([nameOf(), z.tuple([nameOf(), nameOf()])]),
      'The link, by its name or its two ends; forward is from the first named to the second.',
      OURS,
    ),
    direction: field(z.enum(['both', 'forward', 'backward']), 'both', 'One direction only makes a one-way partition.', OURS),
    for: field(durationOr('forever'), NEVER, 'How long.', OURS),
  }),
  variant('pause', 'The control processor serves nothing; its input waits.', {
    endpoint,
    for: required(durationOr('forever'), 'How long.', OURS),
  }),
  variant('call', 'A new call is placed by the endpoint.', {
    endpoint,
    tunnel,
    call: field(z.enum(['incoming', 'outgoing']), 'incoming', 'Incoming at a LAC, outgoing at an LNS.', 'RFC 2661 5.2'),
    sequenced: field(sequencedSchema, false, 'Data messages carry sequence numbers, as in `tunnels[].sessions`.', 'RFC 2661 4.4.4'),
  }),
  variant(
    'hang-up',
    'The endpoint ends sessions with a CDN.',
    { endpoint, tunnel, session: field(wholeOrAll(1), 1, `${sessionText} Or \`all\`.`, OURS) },
  ),
  variant('close-tunnel', 'The endpoint ends a tunnel with a StopCCN.', { endpoint, tunnel }),
  variant('forget-sessions', 'The endpoint loses sessions from its table without a message.', {
    endpoint,
    tunnel,
    sessions: field(
      z.union([z.array(session).min(1), z.literal('all')]),
      'all',
      `Which: a list of numbers, or \`all\`. ${sessionText}`,
      'RFC 4951 3.3',
    ),
  }),
  variant('mispair-session', 'A session in the endpoint’s table gets another peer’s Session ID, as in RFC 4951 appendix C.', {
    endpoint,
    tunnel,
    session: field(session, 1, sessionText, OURS),
    peerOf: optional(
      session,
      'Takes the peer’s Session ID of this session.',
      'RFC 4951 C',
      'exactly one of `peerOf` and `peerSessionId`',
    ),
    peerSessionId: optional(
      whole(0, 0xffff_ffff),
      'Takes this Session ID; at most 65535 in L2TPv2.',
      'RFC 4951 C',
      'exactly one of `peerOf` and `peerSessionId`',
    ),
  }),
  variant('query-sessions', 'The endpoint sends an FSQ for all its established sessions.', { endpoint, tunnel }),
  variant('misspeak', 'The endpoint says what it should not, through its control channel like any other message.', {
    endpoint,
    tunnel,
    session: field(session, 1, `${sessionText} Messages about calls are about this one, if the tunnel has it.`, OURS),
    says: required(z.enum(misspokenTypes), 'Which message.', 'RFC 2661 3.2'),
    flaw: field(
      z.enum(flaws),
      'none',
      'What is wrong with it beside that nobody expects it: it is about a session that the peer has not (`strange`), asks for what the ' +
        'peer has not (`unacceptable`), has an AVP that is unknown, of a vendor, of a vendor without M bit, missing or too short, or a ' +
        'Message Type that is unknown.',
      'RFC 2661 4.1, 7.1',
    ),
    insteadOf: optional(
      z.enum(misspokenTypes),
      'In place of the next message of this type, on whatever tunnel and about whatever call it is.',
      OURS,
      'at once',
    ),
  }),
  variant('attack', 'Hostile datagrams reach an endpoint, each drawn at random from a stream of its own.', {
    endpoint,
    as: required(nameOf(), 'The endpoint whose address they carry: a peer to which the one attacked has a link.', OURS),
    by: field(
      z.enum(['off-path', 'on-path', 'peer']),
      'off-path',
      '`off-path` knows addresses and guesses the rest; `on-path` also sees what the two say, alters it and says it again; `peer` is the ' +
        'other end itself, with the right numbers and digests, and says what it should not.',
      'RFC 2661 9, RFC 3931 8, RFC 4951 8',
    ),
    rate: field(packetRateOrNone(), 20, 'Datagrams per second.', OURS),
    for: field(durationOf({ min: 1 }), 10 * SECOND, 'How long.', OURS),
  }),
  variant('inject', 'A raw datagram appears in the network.', {
    from: required(text(), 'Source: an IPv4 address, or an endpoint whose address is forged.', 'RFC 4951 8'),
    to: required(text(), 'Destination: an endpoint or an IPv4 address.', 'RFC 4951 8'),
    fromPort: field(whole(1, 65_535), 1701, 'UDP source port.', 'RFC 2661 8.1'),
    toPort: field(whole(1, 65_535), 1701, 'UDP destination port.', 'RFC 2661 8.1'),
    transport: field(z.enum(['udp', 'ip']), 'udp', '`ip` for a datagram directly over IP (protocol 115), without ports.', 'RFC 3931 4.1'),
    hex: required(hexadecimal(), 'Payload of UDP, or of IP, in hexadecimal.', OURS),
  }),
])
