// The capture is what tshark says it is: every claim here is read back with the real tshark.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { pcapngWriter, type PcapngSummary } from '../../../sim/trace/pcapng.ts'
import { dialogue, failoverTrace, HandMadeTrace, lac1, lns1 } from '../../support/trace-fixture.ts'
import { tshark, tsharkFields } from '../../support/tshark.ts'

const folder = mkdtempSync(join(tmpdir(), 'l2tpsim-pcapng-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

let captures = 0

function capture(trace: HandMadeTrace, view: 'sender' | 'receiver'): { file: string; summary: PcapngSummary } {
  const chunks: Uint8Array[] = []
  const summary = trace.fold(
    pcapngWriter({ view, application: 'l2tpsim 1.2.3', comment: 'two peers, seed 7', sink: (chunk) => chunks.push(chunk) }),
  )
  const file = join(folder, `${String(++captures)}.pcapng`)
  writeFileSync(file, Buffer.concat(chunks))
  return { file, summary }
}

describe('capture of a failover', () => {
  test('has one packet for each transmission, with its instant, interface and addresses', () => {
    const trace = failoverTrace()
    const sent = trace.records.filter((record) => record.kind === 'sent')
    const { file, summary } = capture(trace, 'sender')
    expect(summary).toEqual({ packets: sent.length, forgotten: 0 })
    const fields = tsharkFields(
      file,
      'frame.time_epoch',
      'frame.interface_name',
      'ip.src',
      'udp.srcport',
      'ip.dst',
      'udp.payload',
      'frame.packet_id',
    )
    expect(fields).toEqual(
      sent.map((record) => [
        `${String(Math.floor(record.at / 1e9))}.${String(record.at % 1e9).padStart(9, '0')}`,
        record.endpoint,
        record.from.split(':')[0],
        '1701',
        record.to.split(':')[0],
        Buffer.from(record.bytes).toString('hex'),
        String(record.packet),
      ]),
    )
  })

  test('has no malformed packet, and IPv4 and UDP checksums that tshark verifies', () => {
    const { file } = capture(failoverTrace(), 'sender')
    expect(tshark('-r', file, '-Y', '_ws.malformed')).toBe('')
    const fields = tsharkFields(file, 'ip.checksum.status', 'udp.checksum.status', '_ws.col.Protocol')
    expect(new Set(fields.map((row) => row.join(' ')))).toEqual(new Set(['1 1 L2TP']))
  })

  test('tells in comments what was lost and why, retransmitted and duplicated', () => {
    const { file } = capture(failoverTrace(), 'sender')
    const comments = tsharkFields(file, 'l2tp.avp.message_type', 'frame.comment').filter((row) => row[1] !== '')
    expect(comments).toEqual([
      ['1', 'lost: burst-loss at lns1>lac1'],
      ['1', 'retransmission 1'],
      ['21', 'duplicate 1'],
    ])
  })

  test('seen by the receivers has what arrived, when and where it did', () => {
    const trace = failoverTrace()
    const { file, summary } = capture(trace, 'receiver')
    const arrivals = trace.records.filter((record) => record.kind === 'delivered')
    expect(summary.packets).toBe(arrivals.length)
    expect(tsharkFields(file, 'frame.time_epoch', 'frame.interface_name', 'frame.packet_id')).toEqual(
      arrivals.map((record) => [
        `${String(Math.floor(record.at / 1e9))}.${String(record.at % 1e9).padStart(9, '0')}`,
        record.endpoint,
        String(record.packet),
      ]),
    )
  })

  test('carries the comment of the run, which tshark keeps when it rewrites the file', () => {
    const { file } = capture(failoverTrace(), 'sender')
    const copy = join(folder, 'rewritten.pcapng')
    tshark('-r', file, '-w', copy)
    const rewritten = readFileSync(copy).toString('latin1')
    expect(rewritten).toContain('two peers, seed 7')
  })
})

test('padding that is not stored counts in the lengths, and the packet is cut, not malformed', () => {
  const trace = new HandMadeTrace()
  trace.pass(lns1, lac1, `${dialogue.data}ff030021`, { plane: 'data', attempt: 0, padding: 1400 })
  const { file } = capture(trace, 'sender')
  expect(
    tsharkFields(file, 'frame.len', 'frame.cap_len', 'ip.len', 'udp.length', '_ws.malformed', 'ip.checksum.status'),
  ).toEqual([['1438', '38', '1438', '1418', '', '1']])
})

test('R3931-4.1.1-01: between addresses without ports there is IP protocol 115, which tshark reads as L2TPv3', () => {
  const trace = new HandMadeTrace()
  const [from, to] = [lns1, lac1].map((end) => ({ ...end, address: end.address.replace(/:.*/, '') }))
  if (from === undefined || to === undefined) throw new Error('no ends')
  trace.pass(from, to, '00000000 c8030014 33333333 0001 0002 8008 0000 0000 0006'.replaceAll(' ', ''))
  trace.pass(to, from, 'b0000002ff03', { plane: 'data', attempt: 0, padding: 1400 })
  const { file } = capture(trace, 'sender')
  const fields = ['frame.len', 'frame.cap_len', 'ip.len', 'ip.proto', 'ip.checksum.status', 'l2tp.sid', 'l2tp.ccid', 'udp.length']
  expect(tsharkFields(file, ...fields)).toEqual([
    ['44', '44', '44', '115', '1', '0x00000000', '0x33333333', ''],
    ['1426', '26', '1426', '115', '1', '0xb0000002', '', ''],
  ])
})

test('a bit flipped on the way is flipped for the receiver, who was given no UDP checksum', () => {
  const trace = new HandMadeTrace()
  const packet = trace.send(lac1, lns1, dialogue.recoveryZLB)
  trace.arrive(packet, lns1, { flippedBit: 17 })
  const { file } = capture(trace, 'receiver')
  expect(tsharkFields(file, 'udp.payload', 'udp.checksum', 'frame.comment')).toEqual([
    ['c802400c0033000000010002', '0x0000', 'bit 17 of the UDP payload flipped on the way'],
  ])
})

test('a packet still under way at the end says so', () => {
  const trace = new HandMadeTrace()
  trace.send(lac1, lns1, dialogue.recoveryZLB)
  trace.at = 1_000_000_000
  const { file } = capture(trace, 'sender')
  expect(tsharkFields(file, 'frame.comment')).toEqual([['still under way when the trace ends at 1s']])
})

test('holds a bounded number of packets and keeps the order of sending', () => {
  const trace = new HandMadeTrace()
  const first = trace.send(lac1, lns1, dialogue.recoveryZLB)
  for (let i = 0; i < 10_000; i++) trace.pass(lns1, lac1, dialogue.recoveryZLB, { attempt: 0, delay: 1000 })
  trace.lose(first, 'blackout')
  const { file, summary } = capture(trace, 'sender')
  expect(summary.packets).toBe(10_001)
  const rows = tsharkFields(file, 'frame.packet_id', 'frame.comment')
  expect(rows.map((row) => Number(row[0]))).toEqual(Array.from({ length: 10_001 }, (_, i) => i + 1))
  expect(rows[0]).toEqual(['1', 'lost: blackout at lac1>lns1'])
})

test('names outside ASCII reach Wireshark as they are', () => {
  const trace = new HandMadeTrace()
  trace.pass({ endpoint: 'Zürich-λ-🛰', address: '10.9.0.1:1701' }, lns1, dialogue.recoveryZLB)
  expect(tsharkFields(capture(trace, 'sender').file, 'frame.interface_name')).toEqual([['Zürich-λ-🛰']])
})
