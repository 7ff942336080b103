// Schema of the workload: tunnels, the calls placed in them, and the traffic of their sessions.

import * as z from 'zod'
import { MILLISECOND, NEVER } from '../base/time.ts'
import {
  OURS,
  durationOf,
  durationOr,
  field,
  group,
  nameOf,
  named,
  optional,
  packetRateOrNone,
  probabilityOf,
  required,
  sizeOf,
  whole,
  wholeOrAll,
} from './field.ts'

/** All of a call's data, none of it, or what is not IP. */
export const sequencedSchema = z.literal([true, false, 'non-ip'])

const traffic = z.strictObject({
  rate: field(packetRateOrNone(), 0, 'Data messages per second of each session in each direction; `none` for no traffic.', OURS),
  size: field(sizeOf({ min: 8, max: 65_000 }), 200, 'Payload of each data message (the PPP frame), in octets.', OURS),
  nonIp: field(
    probabilityOf(),
    1,
    'Share of the messages that carry something else than IP, spread evenly; the others carry an IPv4 datagram, and have 28 octets at ' +
      'least. It matters with `sequenced: non-ip`.',
    'RFC 3931 5.4.4; the value is ours',
  ),
  direction: field(z.enum(['both', 'up', 'down']), 'both', '`up` from LAC to LNS, `down` from LNS to LAC.', OURS),
  start: field(durationOf(), 0, 'First message so long after the session is established.', OURS),
  end: field(durationOr('never'), NEVER, 'No message later than so long after the session is established.', OURS),
})

const again = {
  after: required(durationOf({ min: MILLISECOND }), 'Wait before each new attempt.', OURS),
  limit: field(wholeOrAll(1), 10, 'New attempts at most; `all` for no limit.', OURS),
}

const sessionGroup = z.strictObject({
  count: field(whole(1, 65_535), 1, 'Calls placed.', OURS),
  call: field(
    z.enum(['incoming', 'outgoing']),
    'incoming',
    'Incoming calls are asked for by the LAC (ICRQ), outgoing ones by the LNS (OCRQ).',
    'RFC 2661 5.2',
  ),
  at: field(durationOf(), 0, 'First call, counted from when its tunnel is asked for; calls wait until the tunnel is up.', OURS),
  spacing: field(durationOf(), 0, 'Between one call and the next.', OURS),
  sequenced: field(
    sequencedSchema,
    false,
    'Data messages carry sequence numbers (Sequencing Required AVP; in L2TPv3 Data Sequencing, with the default sublayer). `non-ip`: in ' +
      'L2TPv3 only those that do not carry IP; in L2TPv2, which knows no difference, all.',
    'RFC 2661 4.4.4, RFC 3931 4.6, 5.4.4',
  ),
  tied: field(
    z.boolean(),
    false,
    'L2TPv3: the other end asks for each call too, for the same circuit, so that the two requests compete.',
    'RFC 3931 5.4.4',
  ),
  holdTime: field(durationOr('forever'), NEVER, 'How long a call lasts after it is established.', OURS),
  hangUpBy: field(z.enum(['LAC', 'LNS']), 'LAC', 'Who ends it then.', OURS),
  recall: field(z.union([z.literal('never'), z.strictObject(again)]), 'never', 'Place a call again when it is lost.', OURS),
  traffic: group(traffic, 'Data of each session.', OURS),
})

const common = {
  name: optional(nameOf(), 'Name, for `--set`.', OURS, 'none'),
  from: required(nameOf(), 'Endpoint that asks for the tunnel. A template stands for each of its instances.', 'RFC 2661 5.1'),
  to: required(nameOf(), 'Endpoint that is asked.', 'RFC 2661 5.1'),
  pairing: field(
    z.enum(['every', 'matched']),
    'every',
    'With templates: tunnels for every pair, or the first with the first, the second with the second and so on.',
    OURS,
  ),
  version: optional(
    z.literal([2, 3, 'detect']),
    'Protocol version in which it is asked for. `detect` asks in both at once: who speaks L2TPv3 answers in it, anyone else in L2TPv2.',
    'RFC 3931 4.7.2, 4.7.3',
    '3 if both ends speak it, else 2',
  ),
  transport: field(
    z.enum(['udp', 'ip']),
    'udp',
    'What carries it: UDP, or IP itself (protocol 115), over which there is L2TPv3 only.',
    'RFC 3931 4.1',
  ),
  peerRouterId: field(
    z.union([whole(1, 0xffff_ffff), z.enum(['unknown', 'known'])]),
    'unknown',
    'L2TPv3: the Router ID by which the end that asks recognises a request that crosses its own; `known` is the one that `to` has. ' +
      'While it is `unknown`, the address tells.',
    'RFC 3931 5.4.3',
  ),
  at: field(durationOf(), 0, 'Instant at which the first tunnel is asked for.', OURS),
  count: field(whole(1, 65_535), 1, 'Tunnels of each pair.', OURS),
  spacing: field(durationOf(), 0, 'Between one tunnel of this entry and the next, over all its pairs.', OURS),
  redial: field(
    z.union([z.literal('never'), z.strictObject(again)]),
    'never',
    'Ask for a tunnel again when it is lost, and place its calls again.',
    OURS,
  ),
}

const sessionGroupSchema = named('sessionGroup', sessionGroup)

const sessionsText = 'Calls placed in each tunnel: one group of like calls, or a list of groups.'

/** As written in a file: one group of sessions needs no list. */
export const tunnelFileSchema = z.strictObject({
  ...common,
  sessions: field(z.union([sessionGroupSchema, z.array(sessionGroupSchema)]), [], sessionsText, OURS),
})

export const tunnelSchema = z.strictObject({ ...common, sessions: field(z.array(sessionGroupSchema), [], sessionsText, OURS) })
