// `npm test`: every check of the project. First the tests (vitest), then types, lint and build, each counted as one check. The
// very last line is `N passed, N failed`; what could not run counts as failed, never as passed. With arguments
// (`npm test -- test/unit/net`) only the tests they select run.

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { delimiter, dirname, join, relative } from 'node:path'

const root = dirname(import.meta.dirname)
const selection = process.argv.slice(2)
const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}` }

const folder = mkdtempSync(join(tmpdir(), 'l2tpsim-test-'))
const report = join(folder, 'report.json')

const checks = [
  { name: 'conformance matrix', command: `node scripts/conformance.mjs --check ${report}` },
  { name: 'types of the whole tree', command: 'tsc -p tsconfig.json' },
  { name: 'types of the simulation, with neither DOM nor Node in scope', command: 'tsc --noEmit -p sim/tsconfig.json' },
  { name: 'lint', command: 'eslint .' },
  { name: 'build of library and web page', command: 'node scripts/build-library.mjs && node scripts/build-web.mjs' },
]

/** Runs the tests; gives the number passed and a description of each that did not. */
function runTests() {
  const options = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...selection]
  const { status } = spawnSync('vitest', options, { cwd: root, env, stdio: 'inherit' })
  try {
    return judge(JSON.parse(readFileSync(report, 'utf8')), status)
  } catch (error) {
    return { passed: 0, failures: [`the tests did not run to their end: ${error.message}`] }
  }
}

/** What vitest's report says, with everything that is not a pass as a failure. `status` is its exit status. */
function judge(report, status) {
  let passed = 0
  const failures = []
  for (const file of report.testResults) {
    const name = relative(root, file.name)
    for (const { status, fullName } of file.assertionResults) {
      if (status === 'passed') passed++
      else failures.push(`${name}: ${fullName}${status === 'failed' ? '' : ` (did not run: ${status})`}`)
    }
    if (file.assertionResults.length === 0) failures.push(`${name}: no test ran ${file.message.split('\n')[0]}`)
  }
  if (passed + failures.length === 0) failures.push('no test was found')
  if (status !== 0 && failures.length === 0) failures.push('the tests ended with an error outside any test, see above')
  return { passed, failures }
}

/** Runs one check; prints what it said when it failed. */
function runCheck({ name, command }) {
  return new Promise((resolve) => {
    const started = Date.now()
    const child = spawn(command, { cwd: root, env, shell: true, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stdout.on('data', (chunk) => (said += chunk))
    child.stderr.on('data', (chunk) => (said += chunk))
    child.on('close', (status) => {
      const seconds = ((Date.now() - started) / 1000).toFixed(1)
      console.log(status === 0 ? ` ✓ ${name} (${seconds} s)` : ` × ${name}: ${command} (${seconds} s)\n${said}`)
      resolve(status === 0 ? [] : [`${name}: ${command}`])
    })
  })
}

/** All checks, a few at a time; the failures among them. */
async function runChecks() {
  const waiting = [...checks]
  const failures = []
  const work = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) failures.push(...(await runCheck(check)))
  }
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), checks.length) }, work))
  return failures
}

const tools = spawnSync(join(root, 'scripts/install-tools.sh'), { stdio: ['ignore', 'inherit', 'pipe'], encoding: 'utf8' })
if (tools.stderr !== '') console.log(tools.stderr.trimEnd())

const tests = runTests()
const checkFailures = selection.length === 0 ? await runChecks() : []
const failures = [...tests.failures, ...checkFailures]
const passed = tests.passed + (selection.length === 0 ? checks.length - checkFailures.length : 0)

if (failures.length > 0) console.log(`\nFailed:\n${failures.map((failure) => `  ${failure}`).join('\n')}`)
if (tools.status !== 0) console.log(`\n${tools.stderr.trimEnd().split('\n').at(-1)}`)
rmSync(folder, { recursive: true, force: true })
process.exitCode = failures.length === 0 ? 0 : 1
console.log(`\n${passed} passed, ${failures.length} failed`)
