// tools/wireshark/l2tp-failover.lua in tshark: the contents of AVPs 76 to 79 in what a shipped scenario writes (L2TPv2) and in
// L2TPv3 messages over UDP and IP, against what was sent.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { encodeMessage } from '../../sim/l2tp/wire/codec.ts'
import { carried, type Transport } from '../../sim/l2tp/wire/demultiplex.ts'
import type { MessageIn } from '../../sim/l2tp/wire/messages.ts'
import { avp, control, control3, messageType } from '../support/octets.ts'
import { writeCapture, writeIpCapture } from '../support/pcap.ts'
import { l2tpsim } from '../support/shell.ts'
import { tshark } from '../support/tshark.ts'

const script = fileURLToPath(new URL('../../tools/wireshark/l2tp-failover.lua', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'l2tp-dissector-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** The named fields of every packet as the dissector gives them; several values of one are separated by a comma. */
function fieldsOf(capture: Uint8Array, ...names: readonly string[]): readonly string[] {
  const path = join(folder, 'capture.pcap')
  writeFileSync(path, capture)
  return fieldsIn(path, ...names)
}

function fieldsIn(path: string, ...names: readonly string[]): readonly string[] {
  const options = ['-X', `lua_script:${script}`, '-T', 'fields', '-E', 'separator=;']
  const text = tshark('-r', path, ...options, ...names.flatMap((name) => ['-e', name]))
  return text.split('\n').slice(0, -1)
}

const p = 'l2tpfailover.'
const capability = [`${p}capability.data`, `${p}capability.control`, `${p}capability.recovery_time`]
const recovery = [`${p}recovery.tunnel`, `${p}recovery.remote_tunnel`]
const suggested = [`${p}suggested.ns`, `${p}suggested.nr`]
const states = [`${p}state.session`, `${p}state.remote_session`]
const everything = [...capability, ...recovery, ...suggested, ...states]

const v2 = { protocolVersion: { version: 1, revision: 0 }, framingCapabilities: 3, hostName: 'a', assignedTunnelId: 1 }
const v3 = { hostName: 'a', routerId: 1, assignedTunnelId: 1, pseudowireCapabilities: [5] }
const withCapability = { failoverCapability: { control: false, data: true, recoveryTimeMs: 30_000 } }
const withSuggestion = { suggestedControlSequence: { suggestedNs: 3, suggestedNr: 65_535 } }

test('R4951-5.1-01, R4951-5.2-01, R4951-5.3-01, R4951-5.4-01: the AVPs of L2TPv2, ids of 16 bits', () => {
  const sent = [
    encodeMessage({ type: 'SCCRQ', ...v2, ...withCapability }),
    encodeMessage({ type: 'SCCRQ', ...v2, tunnelRecovery: { recoverTunnelId: 17, recoverRemoteTunnelId: 65_535 } }),
    encodeMessage({ type: 'SCCRP', ...v2, ...withSuggestion }),
    encodeMessage({
      type: 'FSQ',
      failoverSessionStates: [
        { sessionId: 161, remoteSessionId: 178 },
        { sessionId: 162, remoteSessionId: 179 },
      ],
    }),
    encodeMessage({ type: 'HELLO' }),
  ]
  expect(fieldsOf(writeCapture(1701, sent), ...everything)).toEqual([
    '1;0;30000;;;;;;',
    ';;;17;65535;;;;',
    ';;;;;3;65535;;',
    ';;;;;;;161,162;178,179',
    ';;;;;;;;',
  ])
})

test.each(['udp', 'ip'] as const)('R4951-5.2-02, R4951-5.4-02: the AVPs of L2TPv3 over %s, ids of 32 bits', (transport: Transport) => {
  const messages: readonly MessageIn<3>[] = [
    { type: 'SCCRQ', ...v3, ...withCapability },
    { type: 'SCCRQ', ...v3, tunnelRecovery: { recoverTunnelId: 0x11111111, recoverRemoteTunnelId: 0xffffffff } },
    { type: 'SCCRP', ...v3, ...withSuggestion },
    { type: 'FSR', failoverSessionStates: [{ sessionId: 0, remoteSessionId: 0xa0000001 }] },
  ]
  const sent = messages.map((message) => carried(encodeMessage(message, undefined, { version: 3, digests: [] }), transport))
  const capture = transport === 'ip' ? writeIpCapture(sent) : writeCapture(1701, sent)
  expect(fieldsOf(capture, ...everything)).toEqual([
    '1;0;30000;;;;;;',
    ';;;286331153;4294967295;;;;',
    ';;;;;3;65535;;',
    ';;;;;;;0;2684354561',
  ])
})

test('the capture of a shipped scenario: what its dialogue says of AVPs 76 to 79 is in the fields, and nothing is malformed', async () => {
  const path = join(folder, 'scenario.pcapng')
  const outcome = await l2tpsim(['run', 'failover/lns-control-failure', '--pcap', path, '--quiet'])
  expect(outcome.status).toBe(0)
  const rows = fieldsIn(path, 'l2tp.avp.message_type', ...everything, `${p}malformed`).map((row) => row.split(';'))
  const having = (column: number) => rows.filter((row) => row[column] !== '').map((row) => row[0])
  const ofCapability = new Set(having(1))
  expect(ofCapability).toEqual(new Set(['1', '2']))
  expect(new Set(having(4))).toEqual(new Set(['1']))
  expect(new Set(having(6))).toEqual(new Set(['2']))
  expect(new Set(having(8))).toEqual(new Set(['21', '22']))
  expect(having(10)).toEqual([])
  const queried = rows.flatMap((row) => (row[0] === '21' ? (row[8] ?? '').split(',') : []))
  const answered = rows.flatMap((row) => (row[0] === '22' ? (row[9] ?? '').split(',') : []))
  expect(new Set(answered)).toEqual(new Set(queried))
}, 60_000)

test('a wrong length is marked, a hidden value left alone, and the rest of the message still read', () => {
  const good = '00000000 00a1 0000 00b2'
  const fsq = [messageType(21, { mandatory: false }), avp(79, '0000'), avp(79, good, { hidden: true }), avp(79, good)]
  const rows = fieldsOf(writeCapture(1701, [control(...fsq), control3(...fsq)]), ...states, `${p}malformed`)
  expect(rows.map((row) => row.replace(/[^;]+$/, 'marked'))).toEqual(['161;178;marked', '161;178;marked'])
})
