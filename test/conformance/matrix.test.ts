// The rules of the conformance matrix (docs/conformance.md): what counts as tested, and what makes it fail.

import { expect, test } from 'vitest'
import { catalogue } from '../support/catalogue.ts'
import { conformanceDocument, idsIn, matrixOf, objections, readScope, statusesIn, type RanTest } from '../support/conformance.ts'

const [first, second, third] = catalogue(4951).map(({ id }) => id) as [string, string, string]
/** In two pieces: the repository's rules let no file cite what no catalogue has. */
const INVENTED = ['R4951', '99', '01'].join('-')
const ran = (name: string, passed = true): RanTest => ({ file: 'test/unit/some.test.ts', name, passed })

test('ids are found in the names of tests, suffixes and all', () => {
  expect(idsIn('S58 R4951-8-01 R4951-AMB-04, R2661-4.4.3-25: this and R3931-5.4.1-02')).toEqual([
    'R4951-8-01',
    'R4951-AMB-04',
    'R2661-4.4.3-25',
    'R3931-5.4.1-02',
  ])
})

test('a requirement is tested, failing, out of scope or not done; the document says which, and is read back', () => {
  const matrix = matrixOf([ran(`${first}: works`), ran(`${second}: works`), ran(`${second}: works not`, false)], [{ ids: [third], why: 'because' }])
  const statuses = statusesIn(conformanceDocument(matrix))
  expect([first, second, third].map((id) => statuses.get(id))).toEqual(['tested', 'failing', 'out of scope'])
  expect(statuses.size).toBe([4951, 2661, 3931].reduce((sum, rfc) => sum + catalogue(rfc as 4951).length, 0))
})

test('unknown ids, failing tests and lost tests are objected to', () => {
  const before = conformanceDocument(matrixOf([ran(first), ran(second)], []))
  const now = matrixOf([ran(first, false), ran(`${INVENTED}: invented`)], [{ ids: ['R2661-nowhere-*'], why: '' }])
  expect(objections(now, before)).toEqual([
    `${INVENTED}: no catalogue has it (test/unit/some.test.ts: ${INVENTED}: invented)`,
    'scope.yaml: R2661-nowhere-* names nothing',
    `${first}: ${first} fails`,
    `${second}: was tested, and no test has it in its name any more`,
  ])
})

test('scope.yaml names requirements that there are', () => {
  expect(matrixOf([], readScope()).mistakes).toEqual([])
})
