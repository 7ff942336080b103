// `npm run conformance`: runs the tests and writes docs/conformance.md. Fails when a test cites an id that no catalogue has, when a
// requirement's test fails, or when a requirement that was tested has no test any more.
// With `--check REPORT` it only judges a JSON report of the test runner, and fails as well when the document is stale.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { register } from 'tsx/esm/api'

register()
const { conformanceDocument, matrixOf, objections, readScope, statusesIn } = await import('../test/support/conformance.ts')

const root = dirname(import.meta.dirname)
const path = join(root, 'docs/conformance.md')

/** The tests of a report. */
function testsIn(report) {
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
  return testResults
    .flatMap(({ name, assertionResults }) =>
      assertionResults
        .filter(({ status }) => status === 'passed' || status === 'failed')
        .map(({ fullName, status }) => ({ file: relative(root, name), name: fullName, passed: status === 'passed' })),
    )
    .sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))
}

function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'l2tpsim-conformance-'))
  const report = join(folder, 'report.json')
  try {
    const options = ['run', '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`, '--testNamePattern=R[0-9]{4}-']
    spawnSync(join(root, 'node_modules/.bin/vitest'), options, { cwd: root, stdio: 'inherit' })
    return testsIn(report)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function read() {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

const [option, report] = process.argv.slice(2)
const checking = option === '--check' && report !== undefined
const before = read()
const matrix = matrixOf(checking ? testsIn(report) : runTests(), readScope())
const wrong = [...objections(matrix, before)]
const document = conformanceDocument(matrix)
if (checking) {
  const [now, then] = [statusesIn(document), statusesIn(before)]
  const changed = [...now].filter(([id, status]) => then.get(id) !== status)
  if (changed.length > 0) {
    const first = changed.slice(0, 5).map(([id, status]) => `${id} is ${status}`)
    wrong.push(`docs/conformance.md is stale, run npm run conformance: ${first.join(', ')}${changed.length > 5 ? ' …' : ''}`)
  }
} else if (wrong.length === 0) {
  writeFileSync(path, document)
  console.log('docs/conformance.md written')
}
for (const line of wrong) console.error(line)
process.exitCode = wrong.length === 0 ? 0 : 1
