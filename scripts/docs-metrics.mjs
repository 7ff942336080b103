// Writes docs/metrics-and-invariants.md from the registries. A test fails while the file is stale.
// Run as: node scripts/docs-metrics.mjs

import { writeFileSync } from 'node:fs'
import { register } from 'tsx/esm/api'

register()
const { metricsDocument } = await import('../sim/run/document.ts')
writeFileSync(new URL('../docs/metrics-and-invariants.md', import.meta.url), metricsDocument())
console.log('docs/metrics-and-invariants.md written')
