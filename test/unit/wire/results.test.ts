// Result and error codes, and in words (RFC 2661 4.4.2, RFC 3931 5.4.2).

import { describe, expect, test } from 'vitest'
import type { Version } from '../../../sim/l2tp/wire/avps.ts'
import { cdnResults, errorText, generalErrors, resultText, stopCcnResults, type CodeRow } from '../../../sim/l2tp/wire/results.ts'

const codes = (rows: Readonly<Record<string, CodeRow>>, version: Version) =>
  Object.values(rows).flatMap(({ code, versions }) => (versions.includes(version) ? [code] : []))

describe('registry', () => {
  test('R2661-4.4.2-03, R3931-5.4.2-03: StopCCN has results 1 to 7', () => {
    expect(codes(stopCcnResults, 2)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(codes(stopCcnResults, 3)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  test('R2661-4.4.2-04: CDN has results 1 to 11', () => {
    expect(codes(cdnResults, 2)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  })

  test('R3931-5.4.2-04: CDN of L2TPv3 has results 1 to 5 and 13 to 16', () => {
    expect(codes(cdnResults, 3)).toEqual([1, 2, 3, 4, 5, 13, 14, 15, 16])
  })

  test('R2661-4.4.2-05: there are errors 0 to 8', () => {
    expect(codes(generalErrors, 2)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  })

  test('R3931-5.4.2-05: in L2TPv3 there is error 9 too', () => {
    expect(codes(generalErrors, 3)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })
})

describe('in words', () => {
  test('a result alone, with an error, with nothing to add', () => {
    expect(resultText('StopCCN', 1)).toBe('control connection cleared (1)')
    expect(resultText('StopCCN', 2, 8)).toBe('general error (2): unknown AVP with the M bit (8)')
    expect(resultText('CDN', 2, 0)).toBe('general error (2): no general error (0)')
    expect(resultText('CDN', 3, 0)).toBe('disconnected administratively (3)')
  })

  test('R2661-4.4.2-03: the error of result 5 is the highest version supported', () => {
    expect(resultText('StopCCN', 5, 256)).toBe('protocol version not supported (5): highest version 256')
    expect(resultText('CDN', 5, 1)).toBe('no facilities (5): no control connection between this pair (1)')
  })

  test('codes that nobody defined keep their number', () => {
    expect(resultText('CDN', 99, 77)).toBe('unknown result (99): unknown error (77)')
    expect(errorText(6)).toBe('vendor-specific error (6)')
  })
})
