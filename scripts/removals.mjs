// `npm run removals`: takes every row, action and guard out of the state machines, one at a time, and asks the tests whether they notice.
// Writes docs/removals.md. Takes about half an hour; `npm run removals -- session-sync` does one machine and writes nothing.

import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { register } from 'tsx/esm/api'

register()
const { machines } = await import('../sim/l2tp/machines/index.ts')
const { removalsOf, removalText } = await import('../test/support/removal.ts')

const root = dirname(import.meta.dirname)
/** Asked in turn until one notices. The static checks of the tables, which would notice anything, are not among them. */
const suites = [
  ['test/conversation'],
  ['test/property/failover-chaos.test.ts', 'test/property/l2tp-core.test.ts'],
  ['test/scenarios.test.ts'],
]

/** Whether a test fails without that behaviour. */
function notices(suite, removal) {
  const options = ['run', ...suite, '--bail=1', '--no-isolate', '--maxWorkers=1', '--reporter=dot']
  const env = { ...process.env, REMOVAL: JSON.stringify(removal) }
  const child = spawn(join(root, 'node_modules/.bin/vitest'), options, { cwd: root, env, stdio: 'ignore' })
  return new Promise((resolve) => {
    child.on('close', (status) => {
      resolve(status !== 0)
    })
  })
}

async function isNoticed(removal) {
  for (const suite of suites) if (await notices(suite, removal)) return true
  return false
}

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !machines.some((machine) => machine.name === name))
if (unknown.length > 0) {
  console.error(`no machine named ${unknown.join(', ')}; there are ${machines.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

const rows = []
const missed = []
for (const machine of machines.filter(({ name }) => chosen.length === 0 || chosen.includes(name))) {
  const removals = removalsOf(machine)
  let noticed = 0
  for (const [index, removal] of removals.entries()) {
    if (await isNoticed(removal)) noticed += 1
    else {
      missed.push(removalText(machine, removal))
      console.log(`not noticed: ${missed.at(-1)}`)
    }
    if (process.stderr.isTTY) process.stderr.write(`\r${machine.name} ${index + 1}/${removals.length} `)
  }
  rows.push(`| ${machine.name} | ${removals.length} | ${noticed} |`)
  console.log(`${machine.name}: ${noticed} of ${removals.length} removals noticed`)
}

if (chosen.length === 0) {
  const lines = [
    '# Removals',
    '',
    'Every row, every action of a row and every guard of the state machines was taken out, one at a time, and the tests were run: do they',
    'notice? Written by `npm run removals`; do not edit. Only tests of behaviour are asked (conversations, random histories, the scenarios',
    'that ship), not the checks of the tables themselves.',
    '',
    '| machine | removals | noticed |',
    '|---|---:|---:|',
    ...rows,
    '',
    ...(missed.length === 0 ? [] : ['Not noticed:', '', ...missed.map((text) => `- ${text}`), '']),
  ]
  writeFileSync(join(root, 'docs/removals.md'), lines.join('\n'))
}
process.exitCode = missed.length === 0 ? 0 : 1
