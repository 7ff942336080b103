// Every scenario that ships: it says what it shows, runs to its end, holds its expectations and every invariant, and what it puts
// on the wire is read by tshark as we meant it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readAsVersion3 } from '../sim/l2tp/wire/either.ts'
import { run } from '../sim/run/run.ts'
import type { Scenario } from '../sim/scenario/schema.ts'
import { pcapngWriter } from '../sim/trace/pcapng.ts'
import type { Fold, TraceRecord } from '../sim/trace/record.ts'
import { dissect, type PdmlProtocol } from './support/pdml.ts'
import { l2tpsim } from './support/shell.ts'
import { shipped } from './support/shipped.ts'
import { isVersion3, nonceGroups, transportOf } from './support/tshark-digests.ts'
import { differences } from './support/tshark-l2tp.ts'
import { differencesV3 } from './support/tshark-l2tpv3.ts'
import { tshark } from './support/tshark.ts'

const folder = mkdtempSync(join(tmpdir(), 'l2tpsim-scenarios-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Control messages compared with tshark in one scenario; the rest is checked for malformations only. */
const COMPARED = 400

/** What tshark may remark: it names AVPs 76 to 79 but has no fields for their values, and it lists our own packet comments. */
const UNDERSTOOD = ['Vendor-Specific AVP data', 'Comment              Frame']

/** Digests are made with a secret, which tshark is told in a test of its own. */
const UNCHECKED = 'Incorrect Digest'

/** What must not occur at all. */
const ODD = '_ws.malformed || l2tp.avp_length.bad || ((udp.port == 1701 || ip.proto == 115) && !l2tp)'

/** In L2TPv3 with a digest that needs a secret. */
const authenticated = shipped.filter(({ scenario: { endpoints } }) =>
  Object.values(endpoints).some(({ l2tp: { version, secret, v3 } }) => version !== 2 && secret !== undefined && v3.digest !== 'none'),
)

/** Scenarios that show a defect, and the invariants that tell. */
const meantToViolate: Readonly<Record<string, readonly string[]>> = {
  'failover/avps-out-of-place': ['failover-avps-in-their-place', 'failover-avps-in-their-place'],
  'quirks/wrong-secret-let-in': ['nothing-changes-without-the-secret'],
  'refusals/neither-bit-set': ['failover-avps-well-formed'],
}

/** Sent by an endpoint, as it should be. What attackers send is meant to be malformed. */
const isOurs = ({ endpoint }: TraceRecord<'sent'>): boolean => endpoint !== 'attacker'

test('at least twelve ship, from "nothing fails" to "both ends crash under 10 % loss"', () => {
  expect(shipped.length).toBeGreaterThanOrEqual(12)
  expect(shipped.map(({ name }) => name)).toEqual(expect.arrayContaining(['basic/one-tunnel', 'stress/both-ends-crash-under-loss']))
})

test('`l2tpsim scenarios` lists them all', async () => {
  const { stdout } = await l2tpsim(['scenarios'])
  const listed = stdout.split('\n').map((line) => line.split(' ')[0])
  expect(shipped.map(({ name }) => name).filter((name) => !listed.includes(name))).toEqual([])
})

describe.each(shipped)('$name', ({ name, scenario, text }) => {
  test('says what it shows, which section it is about, and what it expects', () => {
    expect(scenario.name).not.toBe('')
    expect(scenario.shows.length).toBeGreaterThan(40)
    expect(scenario.rfc.join(' ')).toMatch(/RFC (2661|3931|4951) /)
    expect(scenario.expect).not.toEqual([])
    expect(text).toMatch(/^#/)
  })

  test('holds its expectations and every invariant, but those it is there to violate; tshark reads its packets as we do', { timeout: 120_000 }, () => {
    const all = capture(join(folder, `${name.replace('/', '-')}.pcapng`), isOurs)
    let compared = 0
    const some = capture(join(folder, `${name.replace('/', '-')}-control.pcapng`), (record) => isOurs(record) && record.plane === 'control' && compared++ < COMPARED)
    const result = run(scenario, { folds: [all.fold, some.fold] })
    const meant = meantToViolate[name] ?? []
    expect(result.violations.map(({ invariant }) => invariant)).toEqual(meant)
    expect(result.expectations.filter(({ held }) => !held)).toEqual([])
    expect(result.verdict).toBe(meant.length === 0 ? 'pass' : 'fail')

    all.close(result.simulatedNs)
    some.close(result.simulatedNs)
    const keyed = authenticated.some((each) => each.name === name)
    expect(tshark('-r', all.path, '-Y', keyed ? ODD : `${ODD} || l2tp.incorrect_digest`)).toBe('')
    expect(remarks(all.path, keyed ? [...UNDERSTOOD, UNCHECKED] : UNDERSTOOD)).toEqual([])
    const dissected = dissect(some.path, 'l2tp')
    expect(dissected.length).toBe(some.packets.length)
    const differing = some.packets.flatMap((sent, i) =>
      isVersion3(sent) ? differencesV3(sent.bytes, transportOf(sent), dissected[i]!) : olderDifferences(sent.bytes, dissected[i]!),
    )
    expect(differing).toEqual([])
  })
})

describe.each(authenticated)('$name', ({ name, scenario }) => {
  test(
    'R3931-5.4.1-12, R3931-5.4.1-15, R4951-3.2.1-26, R4951-3.2.1-27, R4951-AMB-52: tshark, given the secret, finds every digest right, ' +
      'those of a recovered tunnel with the nonces of its recovery',
    { timeout: 120_000 },
    () => {
      const records: TraceRecord[] = []
      run(scenario, { folds: [{ see: (record) => void records.push(record), end: () => undefined }] })
      const secrets = secretsOf(scenario)
      const groups = nonceGroups(records)
      expect(groups).not.toEqual([])
      for (const [i, group] of groups.entries()) {
        const file = capture(join(folder, `${name.replace('/', '-')}-digests-${String(i)}.pcapng`), () => true)
        for (const sent of group) file.fold.see(sent)
        file.close(group.at(-1)?.at ?? 0)
        const [strange = [], ...judged] = ['a secret that nobody has', ...secrets].map((secret) => areWrong(file.path, secret))
        expect(strange).toEqual(strange.map(() => true))
        if (secrets.length === 1) expect(strange).toHaveLength(group.length)
        const right = strange.map((_, k) => judged.filter((wrong) => wrong[k] === false).length)
        expect([i, right]).toEqual([i, strange.map(() => 1)])
      }
    },
  )
})

/** Of an SCCRQ that is right in both versions only what L2TPv2 sees of it is compared; the rest is compared octet for octet elsewhere. */
function olderDifferences(bytes: Uint8Array, tshark: PdmlProtocol): readonly string[] {
  const both = readAsVersion3(bytes) !== undefined
  return differences(bytes, tshark).filter((line) => !both || !/^tshark has something we do not compare: .* of AVP (59|60|61|62|73)$/.test(line))
}

/** Every secret that an endpoint has, now or next. */
function secretsOf({ endpoints }: Scenario): readonly string[] {
  const all = Object.values(endpoints).flatMap(({ l2tp: { secret, v3 } }) => [secret, v3.nextSecret])
  return [...new Set(all.filter((secret) => secret !== undefined))]
}

/**
 * Of each message of a capture, whether tshark, given a secret, finds its digest wrong. Messages with two digests are left out: tshark
 * counts the other one as it is and not as zeros.
 */
function areWrong(path: string, secret: string): readonly boolean[] {
  return dissect(path, 'l2tp', '-o', `l2tp.shared_secret:${secret}`).flatMap(({ fields }) => {
    const found = fields.flatMap((avp) => avp.fields).filter(({ name }) => name === 'l2tp.avp.message_digest')
    return found.length === 2 ? [] : found.some((digest) => digest.fields.some(({ name }) => name === '_ws.expert'))
  })
}

interface Capture {
  readonly path: string
  readonly fold: Fold<undefined>
  /** What has been captured. */
  readonly packets: readonly TraceRecord<'sent'>[]
  close(at: number): void
}

/** A capture of the transmissions that `wanted` picks. */
function capture(path: string, wanted: (sent: TraceRecord<'sent'>) => boolean): Capture {
  const chunks: Uint8Array[] = []
  const packets: TraceRecord<'sent'>[] = []
  const known = new Set<number>()
  const writer = pcapngWriter({ view: 'sender', application: 'test', comment: path, sink: (chunk) => chunks.push(chunk) })
  const see = (record: TraceRecord): void => {
    if (record.kind === 'sent') {
      if (!wanted(record)) return
      packets.push(record)
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
function remarks(path: string, understood: readonly string[]): string[] {
  const lines = tshark('-r', path, '-q', '-z', 'expert').split('\n')
  return lines.filter((line) => /^\s+\d+\s/.test(line) && !understood.some((remark) => line.includes(remark)))
}
