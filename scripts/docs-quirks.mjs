// Writes docs/quirks.md from the registry. A test fails while the file is stale.
// Run as: node scripts/docs-quirks.mjs

import { writeFileSync } from 'node:fs'
import { register } from 'tsx/esm/api'

register()
const { quirksDocument } = await import('../sim/run/document.ts')
writeFileSync(new URL('../docs/quirks.md', import.meta.url), quirksDocument())
console.log('docs/quirks.md written')
