// A setup file for vitest, used by scripts/removals.mjs: which rows of the state machines a test file makes the machines consider, that is,
// whose state and event came up, whether or not the guard let them pass. Only these files can notice that such a row is altered.

import { appendFileSync } from 'node:fs'
import { relative } from 'node:path'
import { performance } from 'node:perf_hooks'
import { afterAll, beforeAll, expect } from 'vitest'

const seen = (globalThis.consideredRows = new Set())
let started = 0

beforeAll(() => {
  started = performance.now()
})

afterAll(() => {
  const file = relative(process.cwd(), expect.getState().testPath)
  appendFileSync(process.env.CONSIDERED, `${JSON.stringify({ file, ms: Math.round(performance.now() - started), rows: [...seen] })}\n`)
})
