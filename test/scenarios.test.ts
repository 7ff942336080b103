// Every scenario that ships: it says what it shows, runs to its end, holds its expectations and every invariant, and what it puts
// on the wire is read by tshark as we meant it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { run } from '../sim/run/run.ts'
import { pcapngWriter } from '../sim/trace/pcapng.ts'
import type { Fold, TraceRecord } from '../sim/trace/record.ts'
import { dissect } from './support/pdml.ts'
import { shipped } from './support/shipped.ts'
import { differences } from './support/tshark-l2tp.ts'
import { tshark } from './support/tshark.ts'

const folder = mkdtempSync(join(tmpdir(), 'l2tpsim-scenarios-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Control messages compared with tshark in one scenario; the rest is checked for malformations only. */
const COMPARED = 400

/** What tshark may remark: it names AVPs 76 to 79 but has no fields for their values, and it lists our own packet comments. */
const UNDERSTOOD = ['Vendor-Specific AVP data', 'Comment              Frame']

/** What must not occur at all. */
const ODD = '_ws.malformed || l2tp.avp_length.bad || l2tp.incorrect_digest || (udp.port == 1701 && !l2tp)'

test('at least twelve ship, from "nothing fails" to "both ends crash under 10 % loss"', () => {
  expect(shipped.length).toBeGreaterThanOrEqual(12)
  expect(shipped.map(({ name }) => name)).toEqual(expect.arrayContaining(['basic/one-tunnel', 'stress/both-ends-crash-under-loss']))
})

describe.each(shipped)('$name', ({ name, scenario, text }) => {
  test('says what it shows, which section it is about, and what it expects', () => {
    expect(scenario.name).not.toBe('')
    expect(scenario.shows.length).toBeGreaterThan(40)
    expect(scenario.rfc.join(' ')).toMatch(/RFC (2661|4951) /)
    expect(scenario.expect).not.toEqual([])
    expect(text).toMatch(/^#/)
  })

  test('holds its expectations and every invariant; tshark reads its packets as we do', { timeout: 120_000 }, () => {
    const all = capture(join(folder, `${name.replace('/', '-')}.pcapng`), () => true)
    let compared = 0
    const some = capture(join(folder, `${name.replace('/', '-')}-control.pcapng`), (record) => record.plane === 'control' && compared++ < COMPARED)
    const result = run(scenario, { folds: [all.fold, some.fold] })
    expect(result.violations).toEqual([])
    expect(result.expectations.filter(({ held }) => !held)).toEqual([])
    expect(result.verdict).toBe('pass')

    all.close(result.simulatedNs)
    some.close(result.simulatedNs)
    expect(tshark('-r', all.path, '-Y', ODD)).toBe('')
    expect(remarks(all.path)).toEqual([])
    const dissected = dissect(some.path, 'l2tp')
    expect(dissected.length).toBe(some.packets.length)
    expect(some.packets.flatMap((bytes, i) => differences(bytes, dissected[i]!))).toEqual([])
  })
})

interface Capture {
  readonly path: string
  readonly fold: Fold<undefined>
  /** What has been captured. */
  readonly packets: readonly Uint8Array[]
  close(at: number): void
}

/** A capture of the transmissions that `wanted` picks. */
function capture(path: string, wanted: (sent: TraceRecord<'sent'>) => boolean): Capture {
  const chunks: Uint8Array[] = []
  const packets: Uint8Array[] = []
  const known = new Set<number>()
  const writer = pcapngWriter({ view: 'sender', application: 'test', comment: path, sink: (chunk) => chunks.push(chunk) })
  const see = (record: TraceRecord): void => {
    if (record.kind === 'sent') {
      if (!wanted(record)) return
      packets.push(record.bytes)
      known.add(record.packet)
    }
    if ('packet' in record && known.has(record.packet)) writer.see(record)
  }
  const close = (at: number): void => {
    writer.end(at)
    writeFileSync(path, Buffer.concat(chunks))
  }
  return { path, packets, fold: { kinds: ['sent', 'dropped', 'delivered'], see, end: () => undefined }, close }
}

/** The summaries of tshark's expert remarks that nobody has looked into. */
function remarks(path: string): string[] {
  const lines = tshark('-r', path, '-q', '-z', 'expert').split('\n')
  return lines.filter((line) => /^\s+\d+\s/.test(line) && !UNDERSTOOD.some((understood) => line.includes(understood)))
}
