// How vitest finds and runs the tests. The whole check of the project, of which this is the larger part, is scripts/test.mjs.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'threads',
    // Generous because property tests share two cores with everything else; a hanging test is still cut off.
    testTimeout: 30_000,
  },
})
