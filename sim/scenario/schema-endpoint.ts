// Schema of one endpoint of a scenario: its addresses, replicas, planes and processor. Its protocol settings: schema-l2tp.ts.

import * as z from 'zod'
import { MILLISECOND, SECOND } from '../base/time.ts'
import { quirks } from '../l2tp/quirks.ts'
import { OURS, durationOf, durationOr, field, group, ipv4, optional, required, text, whole } from './field.ts'
import { l2tpSchema } from './schema-l2tp.ts'

const mirror = z.strictObject({
  lag: field(
    durationOf(),
    0,
    'How far behind the backup’s knowledge runs: what changed later than this before the failure, the backup does not know.',
    'RFC 4951 1.1; the value is ours',
  ),
  carries: field(
    z.enum(['sessions', 'tunnels', 'nothing']),
    'sessions',
    'What the backup knows: tunnels with their sessions, tunnels only, or nothing.',
    'RFC 4951 1.1',
  ),
})

const backup = z.strictObject({
  mode: field(
    z.enum(['none', 'same-address', 'own-address']),
    'none',
    'No backup; one that takes over the address of the failed node; or one with an address of its own, which the peer must ' +
      'allow (`l2tp.failover.allowedRecoveryEndpoints`).',
    'RFC 4951 2, R4951-AMB-35',
  ),
  address: optional(
    ipv4(),
    'Address of the backup with `mode: own-address`; with a template, of its first instance.',
    OURS,
    'the next free one from 10.3.0.1',
  ),
  takeoverTime: field(
    durationOf(),
    300 * MILLISECOND,
    'From the decision to take over until the backup runs the protocol.',
    OURS,
  ),
  detectionDelay: field(
    durationOf(),
    200 * MILLISECOND,
    'From the failure until the backup notices it. A planned switchover has none.',
    'RFC 4951 2; the value is ours',
  ),
  mirror: group(mirror, 'What the backup has of the active node’s tables.', 'RFC 4951 1.1'),
})

const restart = z.strictObject({
  after: field(
    durationOr('never'),
    2 * SECOND,
    'A failed node comes back after this time: without a backup as the active node, else as the new backup.',
    OURS,
  ),
  persistent: field(
    z.boolean(),
    true,
    'Tunnels and sessions survive in persistent storage, so that a node that comes back can recover them.',
    'RFC 4951 2',
  ),
})

const successor = z.strictObject({
  secret: optional(text(), 'Another shared secret.', 'RFC 2661 5.1.1, RFC 3931 4.3', '`l2tp.secret`'),
  hostName: optional(text(), 'Another Host Name.', 'RFC 2661 4.4.3', '`l2tp.hostName`'),
  routerId: optional(whole(0, 0xffff_ffff), 'Another Router ID.', 'RFC 3931 5.4.3', '`l2tp.v3.routerId`'),
})

const processor = z.strictObject({
  serviceTime: field(durationOf(), 0, 'Time the control processor needs for each message; 0 for none.', OURS),
  queue: field(whole(1, 10_000_000), 1024, 'Control messages that may wait for the processor; more are dropped.', OURS),
})

const dataPlane = z.strictObject({
  survivesControlFailure: field(
    z.boolean(),
    true,
    'Data goes on while the control plane is down.',
    'RFC 4951 1.1 (control channel failure)',
  ),
  restartTime: field(
    durationOf(),
    0,
    'The data plane is back so long after the control plane (or, if it failed alone, after its failure).',
    OURS,
  ),
})

const role = required(
  z.enum(['LAC', 'LNS']),
  'Which end of L2TP this is: a LAC has the callers, an LNS terminates their PPP. Tunnels run between one of each.',
  'RFC 2661 1.2',
)
const count = field(
  whole(1, 100_000),
  1,
  'More than 1 makes a template: `count: 3` of an entry `lac` stands for lac1, lac2 and lac3, with addresses counting up.',
  OURS,
)
const address = ipv4()
const addressText = 'IPv4 address; of a template, that of its first instance.'

/** What `defaults.endpoint` may hold too. */
const sharedFields = {
  udpPort: field(whole(1, 65_535), 1701, 'UDP port on which tunnels are accepted.', 'RFC 2661 8.1'),
  sourcePort: field(
    z.union([whole(1, 65_535), z.literal('ephemeral')]),
    1701,
    'UDP port from which tunnels are opened; `ephemeral` takes a new one for each.',
    'RFC 2661 8.1; the choice is ours',
  ),
  l2tp: group(l2tpSchema, 'Protocol settings.', 'RFC 2661, RFC 4951'),
  processor: group(processor, 'The control processor.', OURS),
  backup: group(backup, 'The replica that takes over.', 'RFC 4951 1.1'),
  restart: group(restart, 'How a failed node comes back.', 'RFC 4951 2'),
  successor: group(successor, 'What is configured otherwise, by mistake, in whoever takes over or comes back.', 'RFC 4951 1; ours'),
  dataPlane: group(dataPlane, 'The data plane.', 'RFC 4951 1.1'),
  quirks: field(
    z.array(z.enum(quirks.map(({ name }) => name))),
    [],
    'Wrong or old behaviours of real stacks that this endpoint shows (quirks.md).',
    OURS,
  ),
}

export const endpointDefaultsSchema = z.strictObject(sharedFields)

/** As written in a file. */
export const endpointFileSchema = z.strictObject({
  role,
  address: optional(address, addressText, OURS, 'the next free one from 10.1.0.1 (LAC) or 10.2.0.1 (LNS)'),
  count,
  ...sharedFields,
})

/** With everything filled in. */
export const endpointSchema = z.strictObject({ role, address: required(address, addressText, OURS), count, ...sharedFields })
