// Schema of a link between two endpoints: what each direction does to datagrams, and scripted interventions on single packets.

import * as z from 'zod'
import { NEVER } from '../base/time.ts'
import { type MessageType, messageRows } from '../l2tp/wire/messages.ts'
import {
  OURS,
  bandwidthOr,
  durationOf,
  durationOr,
  field,
  nameOf,
  named,
  optional,
  probabilityOf,
  required,
  sizeOf,
  sizeOr,
  whole,
  wholeOrAll,
} from './field.ts'

/** Message types by the RFCs' names. */
const messageTypes: readonly MessageType[] = [...new Set(messageRows.map((row) => row.type))]

/** What a packet can be picked by: a message type, a bare acknowledgement, any control message, any data message, any of all. */
export const packetKinds = [...messageTypes, 'ZLB', 'control', 'data', 'any'] as const

/** `ordinary` tunnels carry sessions (the old and the recovered tunnel are one of these); a recovery tunnel only recovers one. */
const tunnelKinds = ['ordinary', 'recovery', 'any'] as const

const messageField = (): z.ZodDefault<z.ZodEnum<{ [K in (typeof packetKinds)[number]]: K }>> =>
  field(
    z.enum(packetKinds),
    'any',
    'Message type, or `ZLB` (L2TPv3 has `ACK`), `control` (any control message), `data` or `any`.',
    'RFC 2661 3.2',
  )
export const tunnelKindField = (): z.ZodDefault<z.ZodEnum<{ [K in (typeof tunnelKinds)[number]]: K }>> =>
  field(z.enum(tunnelKinds), 'any', 'Only packets of ordinary or of recovery tunnels.', 'RFC 4951 1.1')

const latencyForms = z.union([
  durationOf(),
  z.strictObject({ uniform: required(z.tuple([durationOf(), durationOf()]), 'Evenly between two durations.', OURS) }),
  z.strictObject({
    normal: required(
      z.strictObject({
        mean: required(durationOf(), 'Mean.', OURS),
        deviation: required(durationOf(), 'Standard deviation.', OURS),
      }),
      'Normal distribution, never below 0.',
      OURS,
    ),
  }),
  z.strictObject({
    exponential: required(
      z.strictObject({
        mean: required(durationOf(), 'Mean of what is added to `minimum`.', OURS),
        minimum: field(durationOf(), 0, 'Least latency.', OURS),
      }),
      'A least latency and an exponentially distributed addition.',
      OURS,
    ),
  }),
  z.strictObject({
    pareto: required(
      z.strictObject({
        minimum: required(durationOf({ min: 1 }), 'Least latency (the scale of the distribution).', OURS),
        shape: required(z.number().min(0.1).max(100), 'Tail index: the smaller, the heavier the tail.', OURS),
      }),
      'Pareto distribution: rarely, very long.',
      OURS,
    ),
  }),
  z.strictObject({
    quantiles: required(
      z.array(durationOf()).min(2).max(10_000),
      'Measured quantiles, equally spaced in probability, ascending; between them linear.',
      OURS,
    ),
  }),
])

const gilbertElliott = z.strictObject({
  toBad: required(probabilityOf(), 'Chance per datagram to go from the good to the bad state.', OURS),
  toGood: required(probabilityOf(), 'Chance per datagram to go from the bad to the good state.', OURS),
  lossGood: field(probabilityOf(), 0, 'Loss in the good state.', OURS),
  lossBad: field(probabilityOf(), 1, 'Loss in the bad state.', OURS),
})

const lossForms = z.union([
  probabilityOf(),
  z.strictObject(
    { gilbertElliott: required(gilbertElliott, 'Losses in bursts: a good and a bad state, decided datagram by datagram.', OURS) },
  ),
])

const blackout = z.strictObject({
  start: required(durationOf(), 'Instant from which nothing passes.', OURS),
  end: field(durationOr('never'), NEVER, 'Instant at which the link is back.', OURS),
})

/** What picks the packets of one intervention. */
const pick = {
  message: messageField(),
  tunnel: tunnelKindField(),
  from: optional(nameOf(), 'Only packets from this end of the link.', OURS, 'either end, each counted for itself'),
  nth: field(
    whole(1, 1_000_000_000),
    1,
    'Which of them, retransmissions included: 1 for the first on this link in this direction.',
    OURS,
  ),
  count: field(wholeOrAll(1), 1, 'How many, from that one on; `all` for all that follow.', OURS),
}

const interventionForms = z.union([
  z.strictObject({ drop: required(z.strictObject(pick), 'Lose the packet.', OURS) }),
  z.strictObject({
    delay: required(
      z.strictObject({ ...pick, by: required(durationOf(), 'Added to its latency; it may be overtaken.', OURS) }),
      'Hold the packet back.',
      OURS,
    ),
  }),
  z.strictObject({
    duplicate: required(
      z.strictObject({ ...pick, by: field(durationOf(), 0, 'The copy arrives so much after the original.', OURS) }),
      'Deliver the packet twice.',
      OURS,
    ),
  }),
  z.strictObject({
    corrupt: required(
      z.strictObject(
        {
          ...pick,
          bit: optional(whole(0, 524_279), 'Bit of the UDP payload, 0 the first on the wire.', OURS, 'drawn at random'),
        },
      ),
      'Flip one bit of the packet.',
      OURS,
    ),
  }),
])

const latency = named('latency', latencyForms)
const loss = named('loss', lossForms)
const intervention = named('intervention', interventionForms)

/** What one direction of a link does. */
const directionFields = {
  latency: field(
    latency,
    0,
    'Time from sender to receiver, beside queueing and transmission: constant or drawn from a distribution.',
    OURS,
  ),
  reordering: field(
    z.boolean(),
    false,
    'Datagrams may overtake each other when the latency varies; otherwise they keep their order.',
    OURS,
  ),
  bandwidth: field(bandwidthOr('unlimited', { min: 1, max: 1e15 }), NEVER, 'Transmission rate of IP packets.', OURS),
  queue: field(
    sizeOr('unlimited', { min: 0, max: 1e12 }),
    64_000,
    'Octets that may wait for transmission; datagrams that do not fit are lost.',
    OURS,
  ),
  mtu: field(
    sizeOf({ min: 68, max: 65_535 }),
    1500,
    'IP packets above it are fragmented; a datagram is lost if any fragment is.',
    'RFC 791 3.2 (least value)',
  ),
  loss: field(loss, 0, 'Chance that an IP packet is lost.', OURS),
  duplication: field(probabilityOf(), 0, 'Chance that a datagram arrives twice.', OURS),
  corruption: field(probabilityOf(), 0, 'Chance that one bit of the UDP payload is flipped.', OURS),
  impairedUntil: field(
    durationOr('never'),
    NEVER,
    'Instant at which `loss`, `duplication`, `corruption` and `reordering` end: from then on the link carries everything in order.',
    OURS,
  ),
  checksum: field(
    z.boolean(),
    true,
    'UDP checksum in use: corrupted datagrams are dropped before they reach the decoder.',
    'RFC 2661 8.1',
  ),
  blackouts: field(z.array(blackout), [], 'Windows in which nothing passes.', OURS),
  script: field(
    z.array(intervention),
    [],
    'Interventions on single packets: a list of `drop`, `delay`, `duplicate` and `corrupt`.',
    OURS,
  ),
}

const linkFields = {
  name: optional(nameOf(), 'Name, for faults and `--set`.', OURS, 'none; `links[lac1-lns1]` finds it by its ends'),
  between: required(
    z.tuple([nameOf(), nameOf()]),
    'The two endpoints. A template stands for each of its instances. Forward is from the first to the second.',
    OURS,
  ),
  pairing: field(
    z.enum(['every', 'matched']),
    'every',
    'With templates: a link for every pair, or the first with the first, the second with the second and so on (the shorter ' +
      'side begins anew).',
    OURS,
  ),
}

/** One direction as a map of its own, in `forward` and `backward`. */
export const directionSchema = named('direction', z.strictObject(directionFields))

/** What `defaults.link` may hold. */
export const linkDefaultsSchema = z.strictObject({
  ...directionFields,
  forward: optional(directionSchema, 'What differs from the first endpoint to the second.', OURS, 'as the link'),
  backward: optional(directionSchema, 'What differs from the second endpoint to the first.', OURS, 'as the link'),
})

/** As written in a file: what holds for both directions stands in the link itself. */
export const linkFileSchema = z.strictObject({ ...linkFields, ...linkDefaultsSchema.shape })

/** With both directions filled in. */
export const linkSchema = z.strictObject({ ...linkFields, forward: directionSchema, backward: directionSchema })
