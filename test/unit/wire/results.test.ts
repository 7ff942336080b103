// Result and error codes in words (RFC 2661 4.4.2).

import { describe, expect, test } from 'vitest'
import { cdnResults, errorText, generalErrors, resultText, stopCcnResults } from '../../../sim/l2tp/wire/results.ts'

const codes = (rows: Readonly<Record<string, { readonly code: number }>>) => Object.values(rows).map(({ code }) => code)

describe('registry', () => {
  test('R2661-4.4.2-03: StopCCN has results 1 to 7', () => {
    expect(codes(stopCcnResults)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  test('R2661-4.4.2-04: CDN has results 1 to 11', () => {
    expect(codes(cdnResults)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  })

  test('R2661-4.4.2-05: there are errors 0 to 8', () => {
    expect(codes(generalErrors)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
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
