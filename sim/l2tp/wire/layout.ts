// How an AVP value is laid out, as data: a list of parts in wire order. One part named '' makes the value a plain number, text or
// octets; named parts make it an object; no part at all makes it a mere presence. Types, codec, generator and inspector follow.

import type { Encoding } from './text.ts'

export type Labels = Readonly<Record<number, string>>

/** An unsigned integer of 1, 2 or 4 octets. */
export interface UintPart<N extends string = string, O extends boolean = boolean> {
  readonly kind: 'uint'
  readonly name: N
  readonly octets: 1 | 2 | 4
  /** Smaller values are out of range. */
  readonly min: number
  /** Bits outside it are reserved: sent as 0, ignored on receipt. */
  readonly mask: number
  /** The value may end before this part. */
  readonly optional: O
  readonly bits?: Labels
  readonly meanings?: Labels
  readonly base?: 16
}

/** An unsigned integer of 8 octets: a bigint, since a number would lose its last bits. */
export interface Uint64Part {
  readonly kind: 'uint64'
  readonly name: ''
}

/** 16-bit integers up to the end of the value. */
export interface ListPart {
  readonly kind: 'list'
  readonly name: ''
  /** Fewer are malformed. */
  readonly min: number
  readonly meanings: Labels
}

/** A 16-bit word of which the listed bits are flags and the others reserved. */
export interface FlagsPart<F extends string = string> {
  readonly kind: 'flags'
  readonly flags: Readonly<Record<F, number>>
  /** A word without any flag is out of range. */
  readonly notEmpty: boolean
}

/** Octets up to the end of the value. */
export interface OctetsPart<N extends string = string> {
  readonly kind: 'octets'
  readonly name: N
  readonly min: number
  readonly max: number
  /** Lengths between `min` and `max` go in steps of so many octets. */
  readonly step: number
}

/** Text up to the end of the value. */
export interface TextPart<N extends string = string, O extends boolean = boolean> {
  readonly kind: 'text'
  readonly name: N
  readonly encoding: Encoding
  readonly min: number
  /** No octets mean no text, instead of an empty one. */
  readonly optional: O
}

/** Sent as 0, ignored on receipt (RFC 2661 section 6, R2661-AMB-11, R4951-AMB-10). */
export interface ReservedPart {
  readonly kind: 'reserved'
  readonly octets: number
}

export type Part = UintPart | Uint64Part | ListPart | FlagsPart | OctetsPart | TextPart | ReservedPart

/** Longest value of an AVP: its Length has 10 bits and counts the 6 octets before it (R2661-AMB-12). */
export const MAX_VALUE = 1017

type Scalar<P extends Part> = P extends UintPart
  ? number
  : P extends TextPart
    ? string
    : P extends OctetsPart
      ? Uint8Array
      : P extends Uint64Part
        ? bigint
        : P extends ListPart
          ? readonly number[]
          : never
type Named = UintPart | Uint64Part | ListPart | OctetsPart | TextPart
type FlagNames<P> = P extends FlagsPart<infer F> ? F : never
type MayLack<P> = P extends { readonly optional: true } ? P : never
type Flat<T> = { [K in keyof T]: T[K] }

type RecordOf<P extends Part> = Flat<
  { readonly [K in FlagNames<P>]: boolean } & {
    readonly [Q in Exclude<Extract<P, Named>, MayLack<P>> as Q['name']]: Scalar<Q>
  } & { readonly [Q in Extract<MayLack<P>, Named> as Q['name']]?: Scalar<Q> | undefined }
>

/** The TypeScript type of a value with these parts. */
export type ValueOf<P extends readonly Part[]> = P extends readonly []
  ? true
  : '' extends Extract<P[number], Named>['name']
    ? Scalar<Extract<P[number], Named>>
    : RecordOf<P[number]>

export type UintLimits = Partial<Pick<UintPart, 'min' | 'mask' | 'bits' | 'meanings' | 'base'>>

const ALL_ONES = { 1: 0xff, 2: 0xffff, 4: 0xffffffff } as const

export function uint<const N extends string>(octets: 1 | 2 | 4, name: N, limits: UintLimits = {}): UintPart<N, false> {
  return { kind: 'uint', name, octets, min: 0, mask: ALL_ONES[octets], ...limits, optional: false }
}

/** A 16-bit integer at which the value may end. */
export function optionalUint16<const N extends string>(name: N): UintPart<N, true> {
  return { kind: 'uint', name, octets: 2, min: 0, mask: 0xffff, optional: true }
}

/** A 32-bit mask of the labelled bits. */
export function mask32(bits: Labels): UintPart<'', false> {
  const mask = Object.keys(bits).reduce((all, bit) => all | Number(bit), 0)
  return uint(4, '', { mask, bits })
}

export function uint64(): Uint64Part {
  return { kind: 'uint64', name: '' }
}

/** A list of at least `min` 16-bit integers. */
export function list16(min: number, meanings: Labels): ListPart {
  return { kind: 'list', name: '', min, meanings }
}

export function flags16<const F extends string>(flags: Readonly<Record<F, number>>, notEmpty: boolean): FlagsPart<F> {
  return { kind: 'flags', flags, notEmpty }
}

export function octets(min = 0, max = MAX_VALUE, step = 1): OctetsPart<''> {
  return { kind: 'octets', name: '', min, max, step }
}

/** Octets as one property among others. */
export function namedOctets<const N extends string>(name: N): OctetsPart<N> {
  return { kind: 'octets', name, min: 0, max: MAX_VALUE, step: 1 }
}

export function text(encoding: Encoding, min = 0): TextPart<'', false> {
  return { kind: 'text', name: '', encoding, min, optional: false }
}

export function optionalText<const N extends string>(name: N, encoding: Encoding): TextPart<N, true> {
  return { kind: 'text', name, encoding, min: 0, optional: true }
}

export function reserved(count: number): ReservedPart {
  return { kind: 'reserved', octets: count }
}
