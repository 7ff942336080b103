// The timeline tells a reader when each side was established, failed, recovering, reset and synchronised.

import { describe, expect, test } from 'vitest'
import { SECOND } from '../../../sim/base/time.ts'
import { timeline } from '../../../sim/run/timeline.ts'
import { tunnelPhases } from '../../../sim/run/tunnel-phases.ts'
import { endpointOf, failoverTrace, HandMadeTrace, lac1, lns1 } from '../../support/trace-fixture.ts'

function lines(trace: HandMadeTrace, options: Partial<Parameters<typeof timeline>[0]> = {}): readonly string[] {
  return trace.fold(timeline({ endpointOf, width: 80, ...options }))
}

/** The instants in the row with this label. */
function row(text: readonly string[], label: string): string[] {
  const line = text.find((candidate) => candidate.startsWith(`${label} `))
  return (
    line
      ?.slice(label.length)
      .trim()
      .split(/\s{2,}/) ?? []
  )
}

describe('one tunnel', () => {
  test('each step has its instant on either side and its distance from the failure', () => {
    const text = lines(failoverTrace())
    expect(row(text, 'established')).toEqual(['0.080000s', '0.100000s'])
    expect(row(text, 'failed')).toEqual(['10.000000s', '·', 'crash'])
    expect(row(text, 'taking over')).toEqual(['11.000000s', '·', '+1s'])
    expect(row(text, 'recovering')).toEqual(['12.000000s', '13.020000s', '+3.02s'])
    expect(row(text, 'reset')).toEqual(['13.040000s', '13.060000s', '+3.06s'])
    expect(row(text, 'synchronised')).toEqual(['13.160000s', '13.160000s', '+3.16s'])
  })

  test('both bars share one scale and no phase is too short to be seen', () => {
    const [lns = '', lac = ''] = lines(failoverTrace())
    expect(lns).toMatch(/^lns1 17 {2}━+×+░+▒+▓+═+$/)
    expect(lac).toMatch(/^lac1 34 {2}━+┄+▒+▓+═+$/)
    expect([lns.length, lac.length]).toEqual([80, 80])
    expect(lns.indexOf('×')).toBe(lac.indexOf('┄'))
  })

  test('the axis names the instants under the columns where they begin', () => {
    const [lns = '', , axis = ''] = lines(failoverTrace())
    expect(axis.indexOf('└10s')).toBe(lns.indexOf('×'))
    expect(axis.indexOf('└13.16s')).toBe(lns.indexOf('═'))
  })

  test('the legend explains the marks used, and only those', () => {
    const text = lines(failoverTrace()).join('\n')
    for (const part of ['× failed', '┄ peer failed, unnoticed', '░ taking over', '▒ recovering', '═ synchronised'])
      expect(text).toContain(part)
    expect(text).not.toContain('waiting for recovery')
  })

  test('a tunnel that is given up says why', () => {
    expect(row(lines(failoverTrace('given-up')), 'given up')).toEqual(['43.000000s', '·', '+33s', 'no answer'])
  })

  test('colours are asked for once for each stretch', () => {
    const painted = lines(failoverTrace(), { paint: (text, phase) => `<${phase}:${String(text.length)}>` })
    expect(painted[0]).toMatch(/^lns1 17 {2}(<[a-z-]+:\d+>)+$/)
    expect(painted[0]?.match(/<failed:/g)).toHaveLength(1)
  })

  test('silence that the Recovery Time timer notices is waiting, an answer ends it (RFC 4951 5.1)', () => {
    const trace = new HandMadeTrace()
    const side = { endpoint: 'lac1', tunnel: 5 }
    trace.add('tunnel', { ...side, peerTunnel: 6, peer: lns1.address, purpose: 'ordinary', event: 'established' })
    trace.at = 2 * SECOND
    trace.add('timer', { ...side, name: 'recovery-time', action: 'start', due: 62 * SECOND })
    trace.at = 5 * SECOND
    trace.add('timer', { ...side, name: 'recovery-time', action: 'stop' })
    const [pair] = trace.fold(tunnelPhases(endpointOf))
    expect(pair?.[0].milestones.map(({ label }) => label)).toEqual(['established', '', ''])
    expect(pair?.[0].milestones.map(({ at, phase }) => [at / SECOND, phase])).toEqual([
      [0, 'established'],
      [2, 'waiting'],
      [5, 'established'],
    ])
  })

  test('without any failure the whole run is drawn', () => {
    const trace = new HandMadeTrace()
    trace.add('tunnel', { endpoint: 'lac1', tunnel: 5, peer: lns1.address, purpose: 'ordinary', event: 'opening' })
    trace.at = SECOND
    trace.add('tunnel', { endpoint: 'lac1', tunnel: 5, peer: lns1.address, purpose: 'ordinary', event: 'established' })
    trace.at = 2 * SECOND
    expect(lines(trace)[0]).toMatch(/^lac1 5 {2}·{36}━{36}/)
    expect(lines(trace).join('\n')).not.toContain('since failure')
  })

  test('a run without a tunnel says so', () => {
    expect(lines(new HandMadeTrace())).toEqual(['no tunnel was opened'])
  })
})

describe('several tunnels', () => {
  /** `count` tunnels between lac1 and lns1; lns1 fails at 10 s, tunnel n is synchronised n seconds later, the first never. */
  function manyTunnels(count: number): HandMadeTrace {
    const trace = new HandMadeTrace()
    for (let tunnel = 1; tunnel <= count; tunnel++) {
      const common = { tunnel, peerTunnel: tunnel, purpose: 'ordinary', event: 'established' } as const
      trace.add('tunnel', { endpoint: 'lac1', peer: lns1.address, ...common })
      trace.add('tunnel', { endpoint: 'lns1', peer: lac1.address, ...common })
    }
    trace.at = 10 * SECOND
    trace.add('plane', { endpoint: 'lns1', plane: 'control', up: false, why: 'crash' })
    for (let tunnel = 2; tunnel <= count; tunnel++) {
      trace.at += SECOND
      for (const endpoint of ['lns1', 'lac1']) trace.add('recovery', { endpoint, tunnel, step: 'synchronised' })
    }
    trace.at += SECOND
    trace.add('recovery', { endpoint: 'lns1', tunnel: 1, step: 'failed' })
    return trace
  }

  test('have one line each with how they ended, on one scale', () => {
    const text = lines(manyTunnels(3))
    expect(text[0]).toMatch(/^lac1 1 ⇄ lns1 1 {2}━+×+ {2,}given up \+3s$/)
    expect(text[1]).toMatch(/^lac1 2 ⇄ lns1 2 {2}━+×+═+ {2}synchronised \+1s$/)
    expect(text[2]).toMatch(/^lac1 3 ⇄ lns1 3 {2}━+×+═+ {2}synchronised \+2s$/)
  })

  test('beyond the limit are counted by how they ended', () => {
    expect(lines(manyTunnels(30), { limit: 4 }).at(-1)).toBe('and 26 more: 26 synchronised (+4s to +29s)')
  })

  test('that reuse a number after a crash are told apart', () => {
    const trace = new HandMadeTrace()
    const side = { endpoint: 'lac1', tunnel: 5, peer: lns1.address, purpose: 'ordinary' } as const
    trace.add('tunnel', { ...side, event: 'established' })
    trace.at = SECOND
    trace.add('tunnel', { ...side, event: 'closed', why: 'stopccn-received' })
    trace.at = 2 * SECOND
    trace.add('tunnel', { ...side, event: 'opening' })
    expect(trace.fold(tunnelPhases(endpointOf)).map(([one]) => one.milestones.at(-1)?.phase)).toEqual([
      'closed',
      'establishing',
    ])
  })
})
