// The dialogue, the transcript and the Mermaid diagram are three ways to write down one conversation; the octets are real.

import { describe, expect, test } from 'vitest'
import { fromHex } from '../../../sim/base/bytes.ts'
import { SECOND } from '../../../sim/base/time.ts'
import { dialogue as dialogueFold } from '../../../sim/run/dialogue.ts'
import { mermaid } from '../../../sim/run/mermaid.ts'
import { glimpse, headerText, hints } from '../../../sim/run/notation.ts'
import { transcript } from '../../../sim/run/transcript.ts'
import { dialogue, endpointOf, failoverTrace, HandMadeTrace, lac1, lns1 } from '../../support/trace-fixture.ts'

function lines(trace: HandMadeTrace, options: Partial<Parameters<typeof dialogueFold>[0]> = {}): readonly string[] {
  return trace.fold(dialogueFold({ endpointOf, ...options }))
}

function diagram(trace: HandMadeTrace, options: Partial<Parameters<typeof mermaid>[0]> = {}): string {
  return trace.fold(mermaid({ endpointOf, ...options }))
}

/** A message of `type` with these AVPs, as hexadecimal text. */
function message(type: number, avps: readonly string[], { hidden = false, tunnel = 1 } = {}): string {
  const flags = hidden ? 0xc000 : 0x8000
  const body = [`80080000000000${type.toString(16).padStart(2, '0')}`]
  for (const avp of avps) body.push(((avp.length / 2 + 4) | flags).toString(16) + '0000' + avp)
  const length = 12 + body.join('').length / 2
  return `c802${length.toString(16).padStart(4, '0')}${tunnel.toString(16).padStart(4, '0')}000000000000${body.join('')}`
}

describe('notation', () => {
  const written = (hex: string, sessions?: number): string => {
    const seen = glimpse(fromHex(hex) ?? new Uint8Array(0))
    return seen === undefined
      ? 'unreadable'
      : `${seen.type} ${headerText(seen)} {${hints(seen, sessions === undefined ? {} : { sessions })}}`
  }

  test.each([
    ['recovery SCCRQ', dialogue.recoverySCCRQ, 'SCCRQ [0 0/0] {5=1,9=51,77(17,34)}'],
    ['recovery SCCRP', dialogue.recoverySCCRP, 'SCCRP [51 0/1] {9=68,78(3,100)}'],
    ['StopCCN', dialogue.recoveryStopCCN, 'StopCCN [68 2/1] {9=51,1=1}'],
    ['ordinary SCCRQ', dialogue.ordinarySCCRQ, 'SCCRQ [0 0/0] {9=17,76(CD,30s)}'],
    ['ZLB', dialogue.recoveryZLB, 'ZLB [51 1/2] {}'],
    [
      'CDN with error and header session',
      'c8020026 0011 00a1 0065 0005 800800000000000e 800a0000000100020005 80080000000e00b2',
      'CDN [17 161 101/5] {14=178,1=2/5}',
    ],
    ['session states', message(21, ['004f00000000000100000002', '004f00000000000300000004']), 'FSQ [1 0/0] {79(1,2),79(3,4)}'],
    ['a hidden AVP', message(2, ['0009abcdef01'], { hidden: true }), 'SCCRP [1 0/0] {9(hidden)}'],
    ['a malformed AVP', message(2, ['000911']), 'SCCRP [1 0/0] {9?}'],
    ['an unknown type', message(99, []), '? [1 0/0] {}'],
    ['a data message', dialogue.data, 'unreadable'],
    ['noise', 'ffff', 'unreadable'],
  ])('%s', (_, hex, expected) => {
    expect(written(hex)).toBe(expected)
  })

  test('many session states are counted where asked for', () => {
    expect(written(message(21, Array<string>(90).fill('004f00000000000100000002')), 2)).toBe('FSQ [1 0/0] {79×90}')
  })

  test('an AVP that reaches beyond the message ends the reading, without harm', () => {
    expect(
      written(
        message(2, ['00090007'])
          .slice(0, -2)
          .replace(/^c802..../, 'c802001b'),
      ),
    ).toBe('SCCRP [1 0/0] {}')
  })
})

describe('transcript', () => {
  test('has one line for each control message, with what became of it', () => {
    expect(transcript(failoverTrace().records)).toEqual([
      'lns1>lac1 SCCRQ [0 0/0] {9=17,76(CD,30s)}',
      'lac1>lns1 HELLO [17 40/2]',
      'lns1>lac1 SCCRQ [0 0/0] {5=1,9=51,77(17,34)} !lost',
      'lns1>lac1 SCCRQ [0 0/0] {5=1,9=51,77(17,34)} !again',
      'lac1>lns1 SCCRP [51 0/1] {9=68,78(3,100)}',
      'lns1>lac1 SCCCN [68 1/1]',
      'lac1>lns1 ZLB [51 1/2]',
      'lns1>lac1 StopCCN [68 2/1] {9=51,1=1}',
      'lac1>lns1 ZLB [51 1/3]',
      'lns1>lac1 FSQ [34 3/100] {79(161,178)} !dup',
      'lac1>lns1 FSR [17 100/4] {79(178,161)}',
    ])
  })

  test('with roles, tunnels, recovery tunnels and sessions have the letters of the notation', () => {
    const text = transcript(failoverTrace().records, { roles: { A: 'lns1', R: 'lac1' } })
    expect(text.slice(3)).toEqual([
      'A>R SCCRQ [0 0/0] {5=1,9=z,77(x,y)} !again',
      'R>A SCCRP [z 0/1] {9=w,78(3,100)}',
      'A>R SCCCN [w 1/1]',
      'R>A ZLB [z 1/2]',
      'A>R StopCCN [w 2/1] {9=z,1=1}',
      'R>A ZLB [z 1/3]',
      'A>R FSQ [y 3/100] {79(a,b)} !dup',
      'R>A FSR [x 100/4] {79(b,a)}',
    ])
  })

  test('several of a kind are numbered in order of appearance', () => {
    const trace = failoverTrace()
    trace.pass(lns1, lac1, dialogue.recoverySCCRQ.replace('0033 000e', '0066 000e'), { tunnel: 0x66 })
    const text = transcript(trace.records, { roles: { A: 'lns1', R: 'lac1' } })
    expect(text[2]).toBe('A>R SCCRQ [0 0/0] {5=1,9=z1,77(x,y)} !lost')
    expect(text.at(-1)).toBe('A>R SCCRQ [0 0/0] {5=1,9=z2,77(x,y)}')
  })

  test('a message still under way at the end is marked, data messages are left out', () => {
    const trace = new HandMadeTrace()
    trace.pass(lns1, lac1, dialogue.data, { plane: 'data', attempt: 0 })
    trace.pass(lac1, lns1, dialogue.recoveryZLB, { attempt: 0 })
    trace.send(lns1, lac1, dialogue.recoverySCCCN)
    expect(transcript(trace.records)).toEqual(['lac1>lns1 ZLB [51 1/2]', 'lns1>lac1 SCCCN [68 1/1] !unfinished'])
  })

  test('a forged datagram does not take the address of the one it pretends to come from', () => {
    const trace = new HandMadeTrace()
    trace.pass(lns1, lac1, dialogue.recoveryZLB)
    trace.pass({ endpoint: 'injected', address: lns1.address }, lac1, dialogue.recoverySCCRQ)
    trace.pass(lac1, lns1, dialogue.recoverySCCRP)
    expect(transcript(trace.records).map((line) => line.split(' ')[0])).toEqual(['lns1>lac1', 'injected>lac1', 'lac1>lns1'])
  })
})

describe('dialogue', () => {
  test('tells the recovery from before the fault until it is synchronised', () => {
    const text = lines(failoverTrace())
    expect(text.slice(0, -2).map((line) => line.slice(2, 12).trim())).toEqual(
      [
        'time',
        '0.040000s',
        '9.900000s',
        '10.000000s',
        '12.000000s',
        '12.000000s',
        '13.000000s',
        '13.020000s',
        '13.040000s',
        '13.040000s',
      ].concat([
        '13.060000s',
        '13.060000s',
        '13.080000s',
        '13.100000s',
        '13.120000s',
        '13.140000s',
        '13.160000s',
        '13.160000s',
      ]),
    )
  })

  test('draws a message from its sender to its receiver, with tunnel, Ns/Nr and AVPs', () => {
    const text = lines(failoverTrace())
    expect(text.find((line) => line.includes('SCCRP'))).toMatch(
      /13\.020000s {2}│◀─+ SCCRP ─+│ {2}recovery +0\/1 {2}9=68,78\(3,100\)$/,
    )
    expect(text.find((line) => line.includes('FSQ'))).toMatch(
      /│─+ FSQ ─+▶│ {2}recovered +3\/100 {2}duplicated {2}79\(161,178\)$/,
    )
    expect(text.find((line) => line.includes('HELLO'))).toMatch(/│◀─+ HELLO ─+│ {2}old +40\/2$/)
  })

  test('a lost message does not arrive, a retransmission says so', () => {
    const text = lines(failoverTrace())
    expect(text.find((line) => line.includes('lost'))).toMatch(
      /│─+ SCCRQ ─+✗ +│ {2}recovery +0\/0 {2}lost: burst-loss .*77\(17,34\)$/,
    )
    expect(text.find((line) => line.includes('again'))).toMatch(/│─+ SCCRQ again ─+▶│/)
  })

  test('faults, replicas, resets and the end stand between the messages at their endpoint', () => {
    const text = lines(failoverTrace()).join('\n')
    expect(text).toMatch(/10\.000000s {2}● +│ {2}fault: crash lns1 \(control\)/)
    expect(text).toMatch(/12\.000000s {2}● +│ {2}lns1 is served by its backup replica/)
    expect(text).toMatch(/13\.060000s {2}│ +● {2}lac1 resets its control channel: Ns 100, Nr 3/)
    expect(text).toMatch(/● +│ {2}lns1 has every session confirmed or cleared/)
    expect(lines(failoverTrace('given-up')).join('\n')).toContain('lns1 gives the tunnel up: no answer')
  })

  test('is limited in lines, and says how many are left out', () => {
    const text = lines(failoverTrace(), { limit: 6 })
    expect(text[7]).toBe('… and 11 more lines')
  })

  test('leaves out the keepalives of a tunnel that works again', () => {
    const trace = failoverTrace()
    for (let i = 0; i < 50; i++) trace.pass(lac1, lns1, dialogue.helloOldTunnel, { tunnel: 0x22 })
    trace.lose(trace.send(lns1, lac1, dialogue.recoveryZLB, { tunnel: 0x33 }))
    expect(lines(trace)).toEqual(lines(failoverTrace()))
  })

  test('keeps HELLOs that nobody answers', () => {
    const trace = failoverTrace('given-up')
    for (let i = 0; i < 3; i++)
      trace.lose(trace.send(lac1, lns1, dialogue.helloOldTunnel, { tunnel: 0x22, attempt: i + 1 }), 'no-host')
    expect(lines(trace).filter((line) => line.includes('lost: no-host'))).toHaveLength(3)
  })

  test('explains the numbers of the AVPs that occur', () => {
    const legend = 'AVPs: 5 Tie Breaker, 9 Assigned Tunnel ID, 76 Failover Capability, 77 Tunnel Recovery'
    expect(lines(failoverTrace('given-up')).at(-1)).toBe(legend)
  })

  test('stays within its width', () => {
    expect(Math.max(...lines(failoverTrace(), { width: 70 }).map((line) => line.length))).toBe(70)
  })

  test('of a run without a fault begins with the run', () => {
    const trace = new HandMadeTrace()
    trace.pass(lns1, lac1, dialogue.ordinarySCCRQ, { tunnel: 17 })
    trace.at = 30 * SECOND
    for (let i = 0; i < 100; i++) trace.pass(lac1, lns1, dialogue.helloOldTunnel)
    const text = lines(trace, { limit: 10 })
    expect(text[1]).toContain('SCCRQ')
    expect(text).toContain('… and 93 more lines')
  })

  test('has a column for each of four endpoints, and names beyond', () => {
    const parties = Array.from({ length: 6 }, (_, i) => ({
      endpoint: `lac${String(i + 1)}`,
      address: `10.0.0.${String(i + 1)}:1701`,
    }))
    const withParties = (count: number): HandMadeTrace => {
      const trace = new HandMadeTrace()
      for (const party of parties.slice(0, count)) trace.pass(lns1, party, dialogue.helloOldTunnel)
      return trace
    }
    const owner = (address: string): string => parties.find((party) => party.address === address)?.endpoint ?? 'lns1'
    expect(lines(withParties(3), { endpointOf: owner }).at(-1)).toMatch(/│─+ HELLO ─+▶│ +40\/2$/)
    expect(lines(withParties(3), { endpointOf: owner })[0]).toMatch(/lns1 +lac1 +lac2 +lac3/)
    expect(lines(withParties(6), { endpointOf: owner }).at(-1)).toMatch(/lns1 → lac6 {2}HELLO +40\/2$/)
  })

  test('of many tunnels is narrowed to the first that is recovered', () => {
    const trace = failoverTrace()
    const other = dialogue.helloOldTunnel.replace('c80200140011', 'c80200140099')
    const crowded = new HandMadeTrace()
    for (const record of trace.records) {
      crowded.at = record.at
      crowded.add(record.kind, record)
      if (record.at >= 10 * SECOND && record.kind === 'sent')
        for (let i = 0; i < 10; i++) crowded.pass(lac1, lns1, other, { tunnel: 0x99, delay: 0 })
    }
    const text = lines(crowded, { limit: 30 })
    expect(text.at(-3)).toMatch(/^shown: tunnel 17 of lns1; \d+ lines about other tunnels left out$/)
    expect(text.filter((line) => line.includes('HELLO'))).toHaveLength(1)
    expect(text.join('\n')).toContain('lns1 has every session confirmed or cleared')
  })

  test('sessions that end together are told together', () => {
    const trace = failoverTrace()
    trace.at = 70 * SECOND
    for (let session = 1; session <= 40; session++) {
      trace.add('session', { endpoint: 'lac1', tunnel: 0x22, session, event: 'closed', why: 'unknown-to-peer' })
    }
    const text = lines(trace)
    expect(text.at(-3)).toMatch(/70\.000000s .* lac1 40 sessions cleared: unknown-to-peer$/)
  })
})

describe('Mermaid', () => {
  /** The statements of sequence diagrams used here, as the Mermaid documentation gives them. */
  const statement = /^(sequenceDiagram|title .+|participant \w+ as .+|\w+--?(>>|x)\w+: .+|Note over \w+(,\w+)?: .+)$/

  test('every line is a statement, and every participant is declared', () => {
    const text = diagram(failoverTrace(), { title: 'a; b #1' })
      .trimEnd()
      .split('\n')
      .map((line) => line.trim())
    for (const line of text) expect(line).toMatch(statement)
    const declared = text.flatMap((line) => /^participant (\w+)/.exec(line)?.[1] ?? [])
    const used = text.flatMap((line) => /^(\w+)--?(?:>>|x)(\w+):/.exec(line)?.slice(1) ?? [])
    expect(new Set(used)).toEqual(new Set(declared))
  })

  test('shows type, tunnel, Ns, Nr and AVPs; lost ones crossed, retransmissions and duplicates marked', () => {
    const text = diagram(failoverTrace())
    expect(text).toContain('p0--xp1: 12.000000s SCCRQ (recovery) Ns 0 Nr 0 5=1,9=51,77(17,34) lost: burst-loss')
    expect(text).toContain('p0-->>p1: 13.000000s SCCRQ (recovery) Ns 0 Nr 0 5=1,9=51,77(17,34) retransmission 1')
    expect(text).toContain('p0->>p1: 13.120000s FSQ (recovered) Ns 3 Nr 100 79(161,178) duplicated')
  })

  test('faults and resets are notes', () => {
    const text = diagram(failoverTrace())
    expect(text).toContain('Note over p0: 10.000000s fault: crash lns1 (control)')
    expect(text).toContain('Note over p1: 13.060000s lac1 resets its control channel: Ns 100, Nr 3')
  })

  test('is cut at its limit and says so', () => {
    const text = diagram(failoverTrace(), { limit: 5 }).trimEnd().split('\n')
    expect(text.at(-1)).toBe('  Note over p0,p1: … 12 more messages and notes are left out')
  })

  test('names cannot break the syntax', () => {
    const trace = new HandMadeTrace()
    trace.pass({ endpoint: 'a;b #1', address: lns1.address }, lac1, dialogue.recoveryZLB)
    expect(diagram(trace)).toContain('participant p0 as a#59;b #35;1\n')
  })

  test('of a run without a message is still a diagram', () => {
    for (const line of diagram(new HandMadeTrace()).trimEnd().split('\n')) expect(line.trim()).toMatch(statement)
  })
})
