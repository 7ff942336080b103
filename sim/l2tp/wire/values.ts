// Compiles the layout of an AVP value into closures that size, write and read it. Done once per row when the registries load;
// encoding and decoding run only the closures. Values with several parts are put together in records.ts.

import type { Part } from './layout.ts'
import { partCodec, type ValueCodec, type ValuePart } from './parts.ts'
import { recordCodec } from './records.ts'

/** The closures for a list of parts. With `other`, a value laid out by those is read too, if its length tells them apart. */
export function compileValue(parts: readonly Part[], other?: readonly Part[]): ValueCodec {
  const codec = compileLayout(parts)
  return other === undefined ? codec : alsoReading(codec, compileLayout(other))
}

function alsoReading(codec: ValueCodec, other: ValueCodec): ValueCodec {
  return {
    ...codec,
    read: (bytes, at, end) => (other.fits(end - at) ? other.read(bytes, at, end) : codec.read(bytes, at, end)),
    fits: (octets) => codec.fits(octets) || other.fits(octets),
  }
}

function compileLayout(parts: readonly Part[]): ValueCodec {
  if (parts.length === 0) return presence
  const [lone, ...others] = parts.filter((part) => part.kind !== 'reserved')
  const skip = reservedBefore(parts)
  if (lone !== undefined && others.length === 0 && lone.kind !== 'flags' && lone.name === '') return afterReserved(skip, lone)
  return recordCodec(parts)
}

const presence: ValueCodec<true> = {
  fixed: 0,
  size: () => 0,
  write: () => undefined,
  read: (_bytes, at, end) => (at === end ? true : undefined),
  fits: (octets) => octets === 0,
}

function reservedBefore(parts: readonly Part[]): number {
  const first = parts[0]
  return first?.kind === 'reserved' ? first.octets : 0
}

/** The codec of a lone part behind `skip` reserved octets; what was allocated is zero already. */
function afterReserved(skip: number, part: ValuePart): ValueCodec {
  const codec = partCodec(part)
  if (skip === 0) return codec
  return {
    fixed: codec.fixed < 0 ? -1 : skip + codec.fixed,
    size: (value) => skip + codec.size(value),
    write: (value, bytes, at) => {
      codec.write(value, bytes, at + skip)
    },
    read: (bytes, at, end) => codec.read(bytes, at + skip, end),
    fits: (octets) => codec.fits(octets - skip),
  }
}
