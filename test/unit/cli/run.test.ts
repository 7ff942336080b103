// `l2tpsim run` from its words to its output and exit status, in this process, on scenarios that ship.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { SimulatorBug } from '../../../sim/base/assert.ts'
import { metrics } from '../../../sim/run/metrics.ts'
import { Run } from '../../../sim/run/run.ts'
import { digestOf } from '../../../sim/trace/digest.ts'
import { readTrace, type TraceReading } from '../../../sim/trace/jsonl-reader.ts'
import { l2tpsim } from '../../support/shell.ts'
import { tshark } from '../../support/tshark.ts'

const SCENARIO = 'failover/lns-control-failure'
const folder = mkdtempSync(join(tmpdir(), 'l2tpsim-run-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})
afterEach(() => {
  vi.restoreAllMocks()
})

interface Json {
  readonly [key: string]: unknown
  readonly digest: string
  readonly ended: string
  readonly again: string
}

async function json(...words: readonly string[]): Promise<Json> {
  const { stdout } = await l2tpsim(['run', SCENARIO, '--json', ...words])
  return JSON.parse(stdout) as Json
}

function readFile(path: string): TraceReading {
  return readTrace(readFileSync(path, 'utf8').split('\n'))
}

describe('the story', () => {
  test('tells configuration, timeline, dialogue, metrics, findings, digest and how to repeat it, in this order', async () => {
    const { status, stdout, stderr } = await l2tpsim(['run', SCENARIO])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const order = [
      'LNS control failure',
      'lac1',
      'fault at 5s',
      'seed',
      'Timeline',
      'Dialogue',
      'SCCRQ',
      'Metrics',
      'Expectations and invariants',
      'PASS',
      '\n  digest ',
      '\n  again ',
    ]
    const places = order.map((text) => stdout.indexOf(text))
    expect(places).not.toContain(-1)
    expect(places).toEqual([...places].sort((a, b) => a - b))
  })

  test('shows the recovery message by message', async () => {
    const { stdout } = await l2tpsim(['run', SCENARIO])
    const types = stdout
      .slice(stdout.indexOf('fault: crash'))
      .split('\n')
      .flatMap((line) => /[│─◀✗] ?(SCC\w+|StopCCN|FSQ|FSR) /.exec(line)?.[1] ?? [])
    expect(types.slice(0, 4)).toEqual(['SCCRQ', 'SCCRP', 'SCCCN', 'StopCCN'])
    expect(new Set(types.slice(4))).toEqual(new Set(['FSQ', 'FSR']))
  })

  test('fits 80 columns with its configuration, timeline and metrics, and 120 with all of it', async () => {
    const { stdout } = await l2tpsim(['run', SCENARIO], { columns: 80 })
    const lines = stdout.split('\n').filter((line) => !/digest|again/.test(line))
    expect(lines.filter((line) => line.length > 80)).toEqual([])
  })

  test('is one line and the digest with --quiet', async () => {
    const { status, stdout } = await l2tpsim(['run', SCENARIO, '--quiet'])
    expect(status).toBe(0)
    expect(stdout).toMatch(/^PASS LNS control failure, seed 1: .+\ndigest [0-9a-f]+\n$/)
  })
})

describe('--json', () => {
  test('is one document with everything scripts need', async () => {
    const result = await json()
    expect(result).toMatchObject({ scenario: 'LNS control failure', seed: '1', verdict: 'pass', violations: [] })
    expect(Object.keys(result['metrics'] as object).sort()).toEqual(metrics.map(({ name }) => name).sort())
    for (const key of ['version', 'simulatedNs', 'events', 'wallMs', 'expectations']) expect(result).toHaveProperty(key)
  })

  test('has the tunnels and sessions of both sides at the end', async () => {
    const result = await json()
    const tunnels = result['tunnels'] as readonly {
      endpoint: string
      tunnel: number
      peerTunnel: number
      state: string
      sessions: number
    }[]
    expect(tunnels.map(({ endpoint, state, sessions }) => ({ endpoint, state, sessions }))).toEqual([
      { endpoint: 'lac1', state: 'established', sessions: 10 },
      { endpoint: 'lns1', state: 'established', sessions: 10 },
    ])
    expect(tunnels[0]?.peerTunnel).toBe(tunnels[1]?.tunnel)
    expect(result['sessions']).toHaveLength(20)
  })

  test('gives the same but for the wall clock every time, and another digest with another seed', async () => {
    const lossy = ['--set', 'links[0].loss=5%']
    expect(await json(...lossy)).toEqual(await json(...lossy))
    expect((await json(...lossy, '--seed', '2')).digest).not.toBe((await json(...lossy)).digest)
  })
})

describe('changes', () => {
  test('--set changes a field, and its trace knows', async () => {
    const trace = join(folder, 'set.jsonl')
    await json('--set', 'endpoints.lns1.backup.detectionDelay=3s', '--trace', trace)
    const reading = readFile(trace)
    expect(reading.ok && reading.header.scenarioText).toMatch(/detectionDelay: 3s/)
  })

  test('--until stops earlier, and says so when the scenario stops before it', async () => {
    expect((await json('--until', '3s'))['simulatedNs']).toBe(3_000_000_000)
    const { stderr } = await l2tpsim(['run', SCENARIO, '--quiet', '--until', '1h'])
    expect(stderr).toContain('the scenario ends at 20s')
  })

  test('a seed is text: 007 is not 7', async () => {
    expect((await json('--seed', '007'))['seed']).toBe('007')
  })

  test('the command given repeats exactly this run', async () => {
    const first = await json('--seed', '42', '--set', 'links[0].loss=10%', '--set', "name=it's new", '--until', '15s')
    const words = first.again.replace('npx l2tpsim run ', '')
    expect(words).toBe(`${SCENARIO} --seed 42 --set 'links[0].loss=10%' --set 'name=it'\\''s new' --until 15s`)
  })

  test('a scenario comes from standard input as well', async () => {
    const stdin = readFileSync(join(import.meta.dirname, `../../../scenarios/${SCENARIO}.yaml`), 'utf8')
    const piped = await l2tpsim(['run', '-', '--json'], { stdin })
    expect((JSON.parse(piped.stdout) as Json).digest).toBe((await json()).digest)
  })
})

describe('files', () => {
  test('--trace writes records whose digest is that of the run', async () => {
    const path = join(folder, 'run.jsonl')
    const { digest } = await json('--trace', path)
    const reading = readFile(path)
    expect(reading).toMatchObject({ ok: true, torn: false, trailer: { digest, ended: 'until' } })
    expect(reading.ok && digestOf(reading.records)).toBe(digest)
  })

  test('the scenario in a trace repeats the run', async () => {
    const path = join(folder, 'again.jsonl')
    const { digest } = await json('--trace', path, '--seed', '5', '--set', 'links[0].loss=5%')
    const reading = readFile(path)
    const stdin = reading.ok ? reading.header.scenarioText : ''
    const again = await l2tpsim(['run', '-', '--seed', '5', '--json'], { stdin })
    expect((JSON.parse(again.stdout) as Json).digest).toBe(digest)
  })

  test.each(['sender', 'receiver'])(
    '--pcap with the view of the %s has no packet that tshark finds malformed',
    async (view) => {
      const path = join(folder, `${view}.pcapng`)
      await json('--pcap', path, '--pcap-view', view, '--set', 'links[0].loss=5%', '--set', 'links[0].duplication=5%')
      expect(
        tshark(
          '-r',
          path,
          '-Y',
          '_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0',
          '-o',
          'udp.check_checksum:TRUE',
          '-o',
          'ip.check_checksum:TRUE',
        ),
      ).toBe('')
      expect(tshark('-r', path, '-Y', 'l2tp.avp.message_type == 21').split('\n').length).toBeGreaterThan(1)
    },
  )

  test('--mermaid writes a diagram', async () => {
    const path = join(folder, 'run.mmd')
    await json('--mermaid', path)
    expect(readFileSync(path, 'utf8')).toMatch(/^sequenceDiagram\n {2}title LNS control failure, seed 1\n/)
  })

  test('none of them changes the run', async () => {
    const paths = ['--trace', join(folder, 'a'), '--pcap', join(folder, 'b'), '--mermaid', join(folder, 'c')]
    expect((await json(...paths)).digest).toBe((await json()).digest)
  })
})

describe('exit status 1', () => {
  test('when an expectation is not met', async () => {
    const { status, stdout } = await l2tpsim(['run', SCENARIO, '--set', 'expect=[{ metric: sessionsLost, equals: 3 }]'])
    expect(status).toBe(1)
    expect(stdout).toContain('✗ sessionsLost equals 3: it is 0')
    expect(stdout).toContain('FAIL LNS control failure, seed 1: 1 expectation not met')
  })

  test('when the run is stopped by its cap on events, since nothing is shown then', async () => {
    const { status, stdout } = await l2tpsim(['run', SCENARIO, '--set', 'maxEvents=100', '--set', 'expect=[]', '--json'])
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ ended: 'event-cap', verdict: 'fail' })
  })
})

describe('exit status 2: the input is wrong', () => {
  const wrong = (...words: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }> => l2tpsim(words)

  test.each<readonly [string, readonly string[], RegExp]>([
    ['an option nobody knows', ['run', SCENARIO, '--sede', '1'], /unknown option '--sede'[^]*Did you mean --seed/],
    ['a command nobody knows', ['rnu', SCENARIO], /unknown command 'rnu'[^]*Did you mean run/],
    ['no scenario', ['run'], /missing required argument 'scenario'/],
    ['two scenarios', ['run', SCENARIO, SCENARIO], /too many arguments/],
    ['a name that nearly ships', ['run', 'failover/lns-controll-failure'], /did you mean `failover\/lns-control-failure`/],
    ['the last part of one', ['run', 'lns-control-failur'], /did you mean `failover\/lns-control-failure`/],
    [
      'a file that does not exist',
      ['run', 'scenarios/failover/lns-control-failures.yaml'],
      /did you mean `scenarios\/failover\/lns-control-failure.yaml`/,
    ],
    ['a folder', ['run', 'scenarios'], /scenarios is a folder/],
    ['a change without value', ['run', SCENARIO, '--set', 'seed'], /--set seed: expected path=value/],
    ['a change of nothing', ['run', SCENARIO, '--set', 'links[0].lost=1%'], /lost[^]*did you mean `(links\[0\]\.)?loss`/],
    ['a value out of place', ['run', SCENARIO, '--set', 'links[0].loss=120%'], /links\[0\].loss/],
    [
      'a metric nobody knows',
      ['run', SCENARIO, '--set', 'expect=[{ metric: sessionLost, equals: 0 }]'],
      /did you mean `sessionsLost`/,
    ],
    ['a time without unit', ['run', SCENARIO, '--until', '20'], /--until 20: [^]*did you mean `20s`/],
    ['a time that is none', ['run', SCENARIO, '--until', '0s'], /--until 0s: is not after the start/],
    ['an empty seed', ['run', SCENARIO, '--seed', ''], /--seed: expected/],
    [
      'a folder that does not exist',
      ['run', SCENARIO, '--trace', '/nowhere/x.jsonl'],
      /cannot write \/nowhere\/x.jsonl: its folder does not exist/,
    ],
    ['a view nobody has', ['run', SCENARIO, '--pcap-view', 'both'], /--pcap-view both: expected sender or receiver/],
    ['two documents on one stream', ['run', SCENARIO, '--json', '--trace', '-'], /both write to standard output/],
  ])('%s', async (_, words, message) => {
    const { status, stdout, stderr } = await wrong(...words)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(message)
  })

  test('an output that is a folder, is named twice, or is the scenario itself', async () => {
    const sub = join(folder, 'sub')
    mkdirSync(sub)
    const own = join(folder, 'own.yaml')
    const text = readFileSync(join(import.meta.dirname, `../../../scenarios/${SCENARIO}.yaml`), 'utf8')
    writeFileSync(own, text)
    expect((await wrong('run', SCENARIO, '--pcap', sub)).stderr).toContain(`cannot write ${sub}: it is a folder`)
    expect((await wrong('run', SCENARIO, '--pcap', 'x', '--trace', 'x')).stderr).toContain('x is named for two outputs')
    expect((await wrong('run', own, '--trace', own)).stderr).toContain('is the scenario itself')
    expect(readFileSync(own, 'utf8')).toBe(text)
  })

  test('mistakes in a scenario come all at once, with line and column', async () => {
    const stdin = 'endpoints:\n  lac1: { role: LAK }\nlinks: []\ntunels: []\n'
    const { status, stderr } = await l2tpsim(['run', '-'], { stdin })
    expect(status).toBe(2)
    expect(stderr).toMatch(/2:\d+/)
    expect(stderr).toMatch(/4:\d+/)
    expect(stderr).toMatch(/\d mistakes/)
  })
})

describe('exit status 3: our own bug', () => {
  test('tells seed, record and how to repeat it, and leaves what was written readable', async () => {
    vi.spyOn(Run.prototype, 'result').mockImplementation(() => {
      throw new SimulatorBug('two and two made five')
    })
    const trace = join(folder, 'bug.jsonl')
    const { status, stdout, stderr } = await l2tpsim(['run', SCENARIO, '--json', '--seed', '9', '--trace', trace])
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' })
    expect(stderr).toMatch(
      /bug of the simulator[^]*two and two made five[^]*seed 9, record \d+[^]*again: npx l2tpsim run \S+ --seed 9\n/,
    )
    const reading = readFile(trace)
    expect(reading).toMatchObject({ ok: true, trailer: undefined, torn: false })
    expect(reading.ok && reading.records.length).toBeGreaterThan(100)
  })

  test('anything thrown that is no answer to the user is one', async () => {
    vi.spyOn(Run.prototype, 'result').mockImplementation(() => {
      throw new RangeError('stack')
    })
    expect((await l2tpsim(['run', SCENARIO, '--quiet'])).status).toBe(3)
  })
})

describe('exit status 130: interrupted', () => {
  test('everything written so far is readable, and the result says so', async () => {
    const paths = { trace: join(folder, 'cut.jsonl'), pcap: join(folder, 'cut.pcapng'), mermaid: join(folder, 'cut.mmd') }
    const files = Object.entries(paths).flatMap(([option, path]) => [`--${option}`, path])
    const long = ['--set', 'tunnels[0].sessions.traffic.rate=1000/s']
    const { status, stdout } = await l2tpsim(['run', SCENARIO, '--json', ...long, ...files], { interrupt: 130 })
    expect(status).toBe(130)
    const result = JSON.parse(stdout) as Json
    expect(result.ended).toBe('interrupted')
    expect(readFile(paths.trace)).toMatchObject({ ok: true, trailer: { digest: result.digest, ended: 'interrupted' } })
    expect(tshark('-r', paths.pcap, '-Y', '_ws.malformed')).toBe('')
    expect(existsSync(paths.mermaid)).toBe(true)
  })

  test('the story of what happened until then is told', async () => {
    const long = ['--set', 'tunnels[0].sessions.traffic.rate=1000/s']
    const { status, stdout } = await l2tpsim(['run', SCENARIO, ...long], { interrupt: 130 })
    expect(status).toBe(130)
    expect(stdout).toMatch(/Timeline[^]*INTERRUPTED LNS control failure, seed 1: at \d/)
  })
})

describe('the other commands', () => {
  test('schema prints a JSON Schema of scenarios', async () => {
    const { status, stdout } = await l2tpsim(['schema'])
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object', properties: { endpoints: {}, links: {}, faults: {} } })
  })

  test('scenarios lists what ships with what it shows', async () => {
    const { status, stdout } = await l2tpsim(['scenarios'])
    expect(status).toBe(0)
    expect(stdout).toContain('failover/lns-control-failure  LNS control failure')
    const listing = JSON.parse((await l2tpsim(['scenarios', '--json'])).stdout) as readonly {
      name: string
      shows: string
      rfc: readonly string[]
    }[]
    for (const { name, shows } of listing) expect([name, shows === '']).toEqual([name, false])
  })

  test('help and version are no mistakes, no command at all is one', async () => {
    const help = await l2tpsim(['--help'])
    expect(help).toMatchObject({ status: 0, stderr: '' })
    for (const command of ['run', 'schema', 'scenarios']) expect(help.stdout).toContain(command)
    expect(await l2tpsim(['help', 'run'])).toMatchObject({ status: 0, stdout: expect.stringContaining('Examples:') as string })
    expect(await l2tpsim(['--version'])).toMatchObject({ status: 0, stdout: '0.1.0\n' })
    expect(await l2tpsim([])).toMatchObject({ status: 2, stdout: '' })
  })
})
