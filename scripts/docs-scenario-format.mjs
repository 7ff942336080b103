// Writes docs/scenario-format.md, the reference of the scenario format, from the schema. A test fails while the file is stale.
// Run as: node scripts/docs-scenario-format.mjs

import { writeFileSync } from 'node:fs'
import { register } from 'tsx/esm/api'

register()
const { scenarioFormatDocument } = await import('../sim/scenario/document.ts')
writeFileSync(new URL('../docs/scenario-format.md', import.meta.url), scenarioFormatDocument())
console.log('docs/scenario-format.md written')
