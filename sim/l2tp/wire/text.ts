// Text on the wire. Latin-1 here means one octet per character code 0-255, so any octets survive the way to a string and back;
// UTF-8 is what RFC 2661 wants of Vendor Name (4.4.3) and error messages (4.4.2). Written out because the simulation may use
// nothing but the language itself.

import { assert } from '../../base/assert.ts'

export type Encoding = 'latin1' | 'utf8'

const REPLACEMENT = 0xfffd

/** Octets [at, end) as text; ill-formed UTF-8 becomes U+FFFD, one for each octet that starts nothing. */
export function decodeText(encoding: Encoding, bytes: Uint8Array, at: number, end: number): string {
  return encoding === 'latin1' || isAsciiOctets(bytes, at, end) ? decodeLatin1(bytes, at, end) : decodeUtf8(bytes, at, end)
}

/** How many octets `text` takes. */
export function textSize(encoding: Encoding, text: string): number {
  if (encoding === 'latin1' || isAscii(text)) return text.length
  let size = 0
  for (const character of text) size += utf8Size(scalarOf(character))
  return size
}

/** Writes `text` at `at`. Latin-1 text with a character beyond 255 is a bug of the caller; a lone surrogate becomes U+FFFD. */
export function writeText(encoding: Encoding, text: string, bytes: Uint8Array, at: number): void {
  if (encoding === 'latin1' || isAscii(text)) writeLatin1(text, bytes, at)
  else writeUtf8(text, bytes, at)
}

/** UTF-8 octets of `text`; how a configured secret becomes octets. */
export function utf8(text: string): Uint8Array {
  const bytes = new Uint8Array(textSize('utf8', text))
  writeUtf8(text, bytes, 0)
  return bytes
}

function isAsciiOctets(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) if ((bytes[i] as number) >= 0x80) return false
  return true
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false
  return true
}

/** The text of an AVP, so never longer than what a call may have arguments. */
function decodeLatin1(bytes: Uint8Array, at: number, end: number): string {
  const codes: number[] = []
  for (let i = at; i < end; i++) codes.push(bytes[i] as number)
  return String.fromCharCode(...codes)
}

function writeLatin1(text: string, bytes: Uint8Array, at: number): void {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    assert(code <= 0xff, 'a character beyond 255 has no octet')
    bytes[at + i] = code
  }
}

function scalarOf(character: string): number {
  const code = character.codePointAt(0) ?? REPLACEMENT
  return code >= 0xd800 && code <= 0xdfff ? REPLACEMENT : code
}

function utf8Size(code: number): number {
  if (code < 0x80) return 1
  if (code < 0x800) return 2
  return code < 0x10000 ? 3 : 4
}

function writeUtf8(text: string, bytes: Uint8Array, at: number): void {
  for (const character of text) {
    const code = scalarOf(character)
    const size = utf8Size(code)
    for (let i = size - 1, rest = code; i > 0; i--, rest >>>= 6) bytes[at + i] = 0x80 | (rest & 0x3f)
    bytes[at] = size === 1 ? code : ((0xf00 >>> size) & 0xff) | (code >>> (6 * (size - 1)))
    at += size
  }
}

function decodeUtf8(bytes: Uint8Array, at: number, end: number): string {
  let text = ''
  while (at < end) {
    const first = bytes[at] as number
    const size = sequenceSize(first)
    const code = size === 1 ? first : size === 0 ? -1 : sequenceCode(bytes, at, end, size)
    text += String.fromCodePoint(code < 0 ? REPLACEMENT : code)
    at += code < 0 ? 1 : size
  }
  return text
}

/** Octets that a sequence beginning with `first` has; 0 if none begins so. */
function sequenceSize(first: number): number {
  if (first < 0x80) return 1
  if (first < 0xc2 || first > 0xf4) return 0
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
}

/** The code point of the sequence of `size` octets at `at`; -1 if it is cut off, overlong, a surrogate or out of range. */
function sequenceCode(bytes: Uint8Array, at: number, end: number, size: number): number {
  if (at + size > end) return -1
  let code = (bytes[at] as number) & (0x7f >>> size)
  for (let i = 1; i < size; i++) {
    const next = bytes[at + i] as number
    if ((next & 0xc0) !== 0x80) return -1
    code = (code << 6) | (next & 0x3f)
  }
  const legal = utf8Size(code) === size && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
  return legal ? code : -1
}
