// `l2tpsim` as a process: signals, closed pipes, terminals and colour, which no test within this process can show.

import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readTrace } from '../../../sim/trace/jsonl-reader.ts'

const root = join(import.meta.dirname, '../../..')
const program = `${process.execPath} bin/l2tpsim.js`
const scenario = 'failover/lns-control-failure'
const folder = mkdtempSync(join(tmpdir(), 'l2tpsim-process-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Runs a line of shell; what the caller's environment says of colour is not passed on. */
function shell(line: string, env: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
  const plain = { ...process.env, FORCE_COLOR: undefined, NO_COLOR: undefined }
  return spawnSync('bash', ['-o', 'pipefail', '-c', line], { cwd: root, encoding: 'utf8', env: { ...plain, ...env } })
}

describe('SIGINT', () => {
  test('ends a long run with status 130, a result and a readable trace', { timeout: 60_000 }, async () => {
    const trace = join(folder, 'long.jsonl')
    const long = ['--set', 'duration=2h', '--set', 'tunnels[0].sessions.traffic.rate=1000/s', '--set', 'maxEvents=1000000000']
    const words = ['bin/l2tpsim.js', 'run', scenario, '--json', '--trace', trace, ...long]
    const child = spawn(process.execPath, words, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
    let stdout = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    const ended = once(child, 'close')
    const poll = setInterval(() => {
      if ((statSync(trace, { throwIfNoEntry: false })?.size ?? 0) < 200_000) return
      clearInterval(poll)
      child.kill('SIGINT')
    }, 20)
    expect((await ended)[0]).toBe(130)
    const result = JSON.parse(stdout) as { ended: string; digest: string }
    expect(result.ended).toBe('interrupted')
    const reading = readTrace(readFileSync(trace, 'utf8').split('\n'))
    expect(reading).toMatchObject({ ok: true, torn: false, trailer: { digest: result.digest, ended: 'interrupted' } })
  })
})

describe('pipes', () => {
  test('a reader that leaves early is no error', () => {
    const { stdout, stderr, status } = shell(`${program} run ${scenario} | head -n 1`)
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    expect(stdout).toContain('LNS control failure')
  })

  test('an output that cannot be written ends with status 2', () => {
    const { stderr, status } = shell(`${program} run ${scenario} > /dev/full`)
    expect(status).toBe(2)
    expect(stderr).toMatch(/^l2tpsim: cannot write the output: /)
  })

  test('an output to - leaves standard output to it, the report goes to standard error', () => {
    const { stdout, stderr, status } = shell(`${program} run ${scenario} --quiet --trace - | wc -l`)
    expect(status).toBe(0)
    expect(Number(stdout)).toBeGreaterThan(100)
    expect(stderr).toContain('PASS')
  })

  test('a capture goes through a pipe into tshark', () => {
    const { stdout, status } = shell(
      `${program} run ${scenario} --quiet --pcap - 2>/dev/null | tshark -r - -T fields -e l2tp.avp.message_type 2>/dev/null`,
    )
    expect(status).toBe(0)
    expect(stdout.split('\n')).toContain('22')
  })

  test('the command printed repeats the run, quoting included', () => {
    const first = shell(`${program} run ${scenario} --seed "it's" --set 'links[0].loss=5%' --json`)
    const { again, digest } = JSON.parse(first.stdout) as { again: string; digest: string }
    const second = shell(`${again.replace('npx l2tpsim', program)} --json`)
    expect((JSON.parse(second.stdout) as { digest: string }).digest).toBe(digest)
  })
})

describe('terminals', () => {
  /** Runs a line with standard output and standard error on a terminal; gives what the terminal got. */
  const onTerminal = (line: string, env: NodeJS.ProcessEnv = {}): string =>
    shell(`script -qec ${JSON.stringify(line)} /dev/null`, { TERM: 'xterm', ...env }).stdout
  const long = `${program} run ${scenario} --set 'tunnels[0].sessions.traffic.rate=200/s' --until 15s`

  test('get colour, unless NO_COLOR asks for none; pipes get none, unless FORCE_COLOR asks for it', () => {
    expect(onTerminal(`${program} run ${scenario}`)).toContain('\u001b[1m')
    expect(onTerminal(`${program} run ${scenario} --quiet`, { NO_COLOR: '1' })).not.toContain('\u001b[')
    expect(shell(`${program} run ${scenario}`).stdout).not.toContain('\u001b[')
    expect(shell(`${program} run ${scenario}`, { CI: 'true' }).stdout).not.toContain('\u001b[')
    expect(shell(`${program} run ${scenario} --quiet`, { FORCE_COLOR: '1' }).stdout).toContain('\u001b[')
  })

  test('show progress while a run takes time; pipes, --quiet and --json do not', () => {
    expect(onTerminal(long)).toMatch(/\d+%.* of 15s/)
    expect(onTerminal(`${long} --quiet`)).not.toContain('%  ')
    expect(shell(long).stderr).toBe('')
  })
})
