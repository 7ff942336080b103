// What a user sees of mistakes in a scenario file: all of them, each with its place, what was expected and the nearest name.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exampleScenario } from '../../../sim/scenario/document.ts'
import { formatIssues, parseScenario, parseScenarioData } from '../../../sim/scenario/parse.ts'
import { issuesOf, pair } from './reading.ts'

/** The start of `pair`, so that lines count from 1. */
const ENDPOINTS = 'endpoints:\n  lac1: { role: LAC }\n  lns1: { role: LNS }\nlinks: [{ between: [lac1, lns1] }]\n'

describe('one mistake', () => {
  test.each([
    ['duratoin: 2min', '1:1 `duratoin` is not a field of a scenario -> duration'],
    ['duration: 2m', '1:11 `2m` has an unknown unit `m` -> 2min'],
    ['duration: 0', '1:11 `0` must be at least 1ns'],
    ['duration: [1s]', '1:11 a list is not a duration'],
    ['seed: 1.5', '1:7 `1.5` is not understood here'],
    ['maxEvents: lots', '1:12 `lots` is not a whole number'],
    ['maxEvents: "5"', '1:12 `5` is not a whole number -> 5'],
    ['name: 2661', '1:7 `2661` is not text -> "2661"'],
    ['rfc: RFC 4951', '1:6 `RFC 4951` is not a list'],
    ['allow: [shortRetransmitCap]', '1:9 `shortRetransmitCap` is not among the values here -> short-retransmit-cap'],
    [
      'defaults: { endpoint: { helloInterval: 5s } }',
      '1:25 `helloInterval` is not a field of `defaults.endpoint` -> l2tp.helloInterval',
    ],
    ['defaults: { endpoint: { role: LAC } }', '1:25 `role` is not a field of `defaults.endpoint` -> endpoints.*.role'],
    ['defaults: { link: { checksum: yes } }', '1:31 `yes` is not `true` or `false` -> true'],
    ['defaults: { link: { mtu: 20B } }', '1:26 `20B` must be at least 68B'],
    [
      'defaults: { link: { latency: { unifrom: [1ms, 2ms] } } }',
      '1:32 `unifrom` is not a field of `defaults.link.latency` -> uniform',
    ],
    ['defaults: { link: { latency: { normal: { mean: 1ms } } } }', '1:32 `deviation` is missing'],
    ['defaults: { link: { latency: { uniform: [1ms] } } }', '1:41 a list has too few elements'],
    ['defaults: { link: { loss: 1.5 } }', '1:27 `1.5` lies outside 0 to 1 (0% to 100%) -> 1.5%'],
    ['defaults: { link: { script: [{ dorp: {} }] } }', '1:32 `dorp` is not a field of `defaults.link.script[0]` -> drop'],
    ['defaults: { link: { script: [{ drop: { message: SCCN } }] } }', '1:49 `SCCN` is not among the values here -> SCCCN'],
    ['faults: [{ kind: crsh, endpoint: lns1, at: 1s }]', '1:18 `crsh` is not among the values here -> crash'],
    ['faults: [{ endpoint: lns1, at: 1s }]', '1:10 `kind` is missing'],
    ['faults: [{ kind: pause, endpoint: lns1, at: 1s }]', '1:10 `for` is missing'],
    ['faults: [{ kind: hang-up, endpoint: lac1, at: 1s, session: al }]', '1:60 `al` is not understood here -> all'],
    [
      'faults: [{ kind: inject, from: 10.0.0.1, to: lac1, hex: c80, at: 1s }]',
      '1:57 `c80` is not hexadecimal with two digits an octet',
    ],
  ])('%s', (line, issue) => {
    const issues = issuesOf(`${line}\n${ENDPOINTS}tunnels: [{ from: lac1, to: lns1, sessions: { count: 3 } }]\n`)
    expect(issues).toEqual([issue])
  })

  test('a field that belongs to the map around is looked for there', () => {
    expect(issuesOf('endpoints:\n  lns1: { role: LNS, l2tp: { quirks: [] } }\n')).toEqual([
      '2:30 `quirks` is not a field of `endpoints.lns1.l2tp` -> endpoints.lns1.quirks',
    ])
  })

  test('a required field that is missing points at the entry', () => {
    expect(issuesOf('endpoints:\n  lac1:\n    udpPort: 1\n')).toEqual(['2:3 `role` is missing'])
    expect(issuesOf('seed: 1\n')).toEqual(['1:1 `endpoints` is missing'])
  })

  test('a name that is none is reported, and a required field under a wrong name once', () => {
    expect(issuesOf('endpoints:\n  1lac: { role: LAC }\n')).toEqual(
      ['2:3 `1lac` is not a name: a letter, then letters, digits, `-` or `_`'],
    )
    expect(issuesOf('endpoints:\n  lac: { rolle: LAC }\n')).toEqual(['2:10 `rolle` is not a field of `endpoints.lac` -> role'])
  })

  test('what a merge key brings in is shown where it stands', () => {
    const text = 'endpoints:\n  a: &x { role: LAC, udpPort: 0 }\n  b: { <<: *x, address: 10.1.0.9 }\n'
    expect(issuesOf(text)).toEqual(['2:31 `0` is below 1'])
  })

  test('a mistake in defaults that every endpoint inherits is reported once', () => {
    const text = `defaults: { endpoint: { l2tp: { challenge: true } } }\n${ENDPOINTS}`
    expect(issuesOf(text)).toEqual(['1:33 `challenge` needs a `secret` (RFC 2661 5.1.1, 4.3)'])
  })
})

describe('many mistakes', () => {
  const text = `name: broken
endpoints:
  lac1: { role: LAK, address: 10.0.0.1 }
  lns1: { role: LNS, address: 10.0.0.1, l2tp: { challenge: yes, receiveWindow: 0 } }
links:
  - between: [lac1, lns3]
    blackouts: [{ start: 10s, end: 5s }]
  - between: [lac1]
tunnels:
  - { from: lac1, to: lns1, sessions: { cal: incoming, traffic: { rate: 50 } } }
faults:
  - { kind: crsh, endpoint: lns9, at: 10 }
  - { kind: switchover, endpoint: lns1, at: 10s }
expect:
  - { metric: sessionLost, equals: 0 }
  - { metric: sessionsKept, between: [3] }
`
  const knownMetrics = ['sessionsLost', 'sessionsKept']

  test('are all found at once, in order, also those that others hide, and none that others cause', () => {
    expect(issuesOf(text, { knownMetrics })).toEqual([
      '3:17 `LAK` is not among the values here -> LAC',
      '4:31 `10.0.0.1` is an address of `lac1` too',
      '4:49 `challenge` needs a `secret` (RFC 2661 5.1.1, 4.3)',
      '4:60 `yes` is not `true` or `false` -> true',
      '4:80 `0` is below 1',
      '6:21 `lns3` is not an endpoint -> lns1',
      '7:36 a blackout must end after it starts',
      '8:14 a list has too few elements',
      '10:41 `cal` is not a field of `tunnels[0].sessions` -> call',
      '10:73 `50` needs a unit -> 50/s',
      '12:13 `crsh` is not among the values here -> crash',
      '12:29 `lns9` is not an endpoint -> lns1',
      '12:39 `10` needs a unit -> 10s',
      '13:35 `lns1` has no backup to switch over to',
      '15:15 `sessionLost` is not a metric -> sessionsLost',
      '16:38 a list has too few elements',
    ])
  })

  test('are shown with their lines', () => {
    const result = parseScenario(text, 'scenarios/x.yaml', [], { knownMetrics })
    const shown = result.ok ? '' : formatIssues(result.issues.slice(0, 2))
    expect(shown).toBe(`scenarios/x.yaml:3:17: endpoints.lac1.role: \`LAK\` is not among the values here
  2 | endpoints:
> 3 |   lac1: { role: LAK, address: 10.0.0.1 }
    |                 ^^^
  expected: \`LAC\`, \`LNS\`
  did you mean \`LAC\`?

scenarios/x.yaml:4:31: endpoints.lns1.address: \`10.0.0.1\` is an address of \`lac1\` too
  3 |   lac1: { role: LAK, address: 10.0.0.1 }
> 4 |   lns1: { role: LNS, address: 10.0.0.1, l2tp: { challenge: yes, receiveWindow: 0 } }
    |                               ^^^^^^^^`)
  })

  test('of plain data have paths instead of places', () => {
    const result = parseScenarioData({ endpoints: { lac1: { role: 'LAK' } } }, 'x')
    expect(result).toMatchObject({ ok: false, issues: [{ path: 'endpoints.lac1.role', line: 0, frame: '', suggestion: 'LAC' }] })
    expect(result.ok ? '' : formatIssues(result.issues)).toMatch(/^endpoints\.lac1\.role: `LAK`/)
  })
})

describe('what is no scenario', () => {
  test.each([
    ['', '1:1 there is nothing here'],
    ['# nothing\n', '1:1 there is nothing here'],
    ['- a\n', '1:1 a scenario is a map of fields'],
    ['text', '1:1 a scenario is a map of fields'],
  ])('%j', (text, issue) => {
    expect(issuesOf(text)).toEqual([issue])
  })

  test('errors of syntax and keys given twice are placed', () => {
    expect(issuesOf('a: [1, 2\nb: 3\n')[0]).toMatch(/^2:1 /)
    expect(issuesOf('seed: 1\nseed: 2\nendpoints: { a: { role: LAC } }\n')).toEqual(['2:1 `seed` is given twice'])
    expect(issuesOf('seed: 1\n---\nseed: 2\n')[0]).toMatch(/^2:1 /)
  })

  test('aliases in masses are refused', () => {
    const levels = Array.from({ length: 12 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`)
    expect(issuesOf(`l0: &l0 x\n${levels.join('\n')}\n`)).toHaveLength(1)
  })

  test('no text makes the reader throw', () => {
    const lines = `${pair}${exampleScenario}`.split('\n')
    const line = fc.oneof(fc.constantFrom(...lines, '  - {', '? [', '<<: *x', '- !!set'), fc.string({ maxLength: 30 }))
    const broken = fc
      .array(line, { maxLength: 25 })
      .map((parts) => parts.join('\n'))
    const edited = fc.tuple(fc.nat(exampleScenario.length), fc.nat(12), fc.string({ maxLength: 6 })).map(([at, cut, put]) => {
      return exampleScenario.slice(0, at) + put + exampleScenario.slice(at + cut)
    })
    fc.assert(
      fc.property(fc.oneof(broken, edited), (text) => {
        const result = parseScenario(text, 'x')
        if (!result.ok) {
          expect(result.issues.length).toBeGreaterThan(0)
          expect(result.issues.every(({ line, column, message }) => line > 0 && column > 0 && message !== '')).toBe(true)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('no data makes the reader throw', () => {
    const key = fc.constantFrom(
      'endpoints',
      'links',
      'tunnels',
      'faults',
      'expect',
      'defaults',
      'role',
      'between',
      'kind',
      'l2tp',
      'latency',
    )
    const { tree } = fc.letrec((tie) => ({
      leaf: fc.oneof(fc.constantFrom('LAC', '5s', 'lac1', 'crash', null, 'all'), fc.integer(), fc.string({ maxLength: 4 })),
      tree: fc.oneof(
        { maxDepth: 5 },
        tie('leaf'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 5 }),
      ),
    }))
    fc.assert(
      fc.property(tree, (data) => {
        const result = parseScenarioData(data, 'x')
        if (!result.ok) expect(result.issues.length).toBeGreaterThan(0)
      }),
      { numRuns: 800 },
    )
  })
})
