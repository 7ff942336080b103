// The job files under deploy/, run as a cluster would run them: the script of the array job and the command of the indexed job with the
// variables that Slurm and Kubernetes set, on a small study. All shares together are the study.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { l2tpsim } from '../../support/shell.ts'
import { pairScenario } from '../../support/studies.ts'

const root = join(import.meta.dirname, '../../..')
const folder = mkdtempSync(join(tmpdir(), 'l2tpsim-deploy-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const study = join(folder, 'study.yaml')
const TIMEOUT = { timeout: 120_000 }
let whole = ''

beforeAll(async () => {
  writeFileSync(join(folder, 'pair.yaml'), pairScenario)
  writeFileSync(study, 'scenario: pair.yaml\nseeds: 4\nfactors: { loss: { field: links.0.loss, values: [0, 5%] } }\nresponses: [timeToSynchronised]\n')
  // What an image or a module would put on the path.
  const command = join(folder, 'l2tpsim')
  writeFileSync(command, `#!/bin/sh\nexec node ${join(root, 'bin/l2tpsim.js')} "$@"\n`)
  chmodSync(command, 0o755)
  await l2tpsim(['sweep', study, '--out', join(folder, 'whole')])
  whole = await merged(join(folder, 'whole'))
}, 120_000)

/** Runs a program in the project's folder; gives its status and what it said. */
async function run(command: string, words: readonly string[], env: Readonly<Record<string, string>>): Promise<readonly [number | null, string]> {
  const PATH = `${folder}:${process.env['PATH'] ?? ''}`
  const child = spawn(command, words, { cwd: root, env: { ...process.env, ...env, PATH }, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [status] = (await once(child, 'close')) as [number | null]
  return [status, status === 0 ? '' : said]
}

/** The rows of a folder of results, each once; a share that is missing is an error. */
async function merged(results: string): Promise<string> {
  const { status, stderr } = await l2tpsim(['results', 'merge', results, '--out', `${results}.ndjson`])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return readFileSync(`${results}.ndjson`, 'utf8')
}

test('an array job of Slurm, whatever number it begins at, does the study', TIMEOUT, async () => {
  const out = join(folder, 'slurm')
  for (const task of ['10', '11']) {
    const array = { SLURM_ARRAY_TASK_ID: task, SLURM_ARRAY_TASK_MIN: '10', SLURM_ARRAY_TASK_COUNT: '2' }
    expect(await run('bash', ['deploy/slurm.sh', study, out], array)).toEqual([0, ''])
  }
  expect(await merged(out)).toBe(whole)
})

interface Container {
  readonly command: readonly string[]
  readonly args: readonly string[]
}

interface Manifest {
  readonly kind: string
  readonly spec: { readonly completions: number; readonly template: { readonly spec: { readonly containers: readonly Container[] } } }
}

/** The first job or deployment of a file, and what its pods run. */
function workload(name: string): { readonly completions: number; readonly container: Container } {
  const documents = parseAllDocuments(readFileSync(join(root, 'deploy', name), 'utf8'))
  const { completions, template } = (documents[0]!.toJS() as Manifest).spec
  return { completions, container: template.spec.containers[0]! }
}

test('an indexed job of Kubernetes does the study', TIMEOUT, async () => {
  const { completions, container } = workload('kubernetes-job.yaml')
  const [interpreter = '', ...options] = container.command
  const line = container.args.join(' ')
  expect(line).toContain(`/${String(completions)}"`)

  const out = join(folder, 'kubernetes')
  const little = line.replace('studies/recovery-time', study).replace('/results/recovery-time', out).replace(`/${String(completions)}"`, '/2"')
  for (const JOB_COMPLETION_INDEX of ['0', '1']) {
    expect(await run(interpreter, [...options, little], { JOB_COMPLETION_INDEX })).toEqual([0, ''])
  }
  expect(await merged(out)).toBe(whole)
})

test('the workers of Kubernetes are told options that `l2tpsim worker` has', async () => {
  const { args } = workload('kubernetes-workers.yaml').container
  const { status, stdout } = await l2tpsim([...args.slice(1, 2), '--help'])
  expect(status).toBe(0)
  expect(args.filter((word) => word.startsWith('--') && !stdout.includes(`${word} <`))).toEqual([])
})
