// Text on the wire against the platform's own UTF-8.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeText, textSize, utf8, writeText } from '../../../sim/l2tp/wire/text.ts'

test('R2661-4.4.2-02, R2661-4.4.3-47: UTF-8 agrees with the platform for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const expected = new TextEncoder().encode(text)
      expect(utf8(text)).toEqual(expected)
      expect(textSize('utf8', text)).toBe(expected.length)
      expect(decodeText('utf8', expected, 0, expected.length)).toBe(text)
    }),
    { numRuns: 2000 },
  )
})

test('a lone surrogate is sent as U+FFFD', () => {
  for (const text of ['\ud800', 'a\udfffb', '\udc00\ud800']) expect(utf8(text)).toEqual(new TextEncoder().encode(text))
})

test('well-formed pieces of ill-formed UTF-8 survive, and nothing throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const text = decodeText('utf8', bytes, 0, bytes.length)
      const strict = () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
      let expected: string | undefined
      try {
        expected = strict()
      } catch {
        expected = undefined
      }
      if (expected === undefined) expect(text).toContain('\ufffd')
      else expect(text).toBe(expected)
    }),
    { numRuns: 5000 },
  )
  const broken = Uint8Array.of(0x41, 0xc3, 0x28, 0xe2, 0x82, 0xf5, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0x42)
  expect(decodeText('utf8', broken, 0, broken.length).replaceAll('\ufffd', '')).toBe('A(B')
})

test('Latin-1 turns any octets to text and back', () => {
  const octets = Uint8Array.from({ length: 256 }, (_, i) => i)
  const text = decodeText('latin1', octets, 0, 256)
  const back = new Uint8Array(256)
  writeText('latin1', text, back, 0)
  expect(back).toEqual(octets)
  expect(textSize('latin1', text)).toBe(256)
})
