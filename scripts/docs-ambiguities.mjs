// Writes docs/ambiguities.md from the catalogue of RFC 4951. A test fails while the file is stale.
// Run as: node scripts/docs-ambiguities.mjs

import { writeFileSync } from 'node:fs'
import { register } from 'tsx/esm/api'

register()
const { ambiguitiesDocument } = await import('../test/support/ambiguities.ts')
writeFileSync(new URL('../docs/ambiguities.md', import.meta.url), ambiguitiesDocument())
console.log('docs/ambiguities.md written')
