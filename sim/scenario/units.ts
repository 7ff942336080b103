// Quantities as people write them (`40ms`, `1%`, `10Mbit/s`, `50/s`, `64kB`) to numbers and back, exactly: what is printed here
// reads back as the same number. Not the formatting of results for people, which may round (see base/time.ts).

import { HOUR, MICROSECOND, MILLISECOND, MINUTE, NEVER, SECOND, type Nanos } from '../base/time.ts'

export type Reading =
  | { readonly ok: true; readonly value: number }
  /** `why` completes "this value …"; `suggestion` is a text that would have been read. */
  | { readonly ok: false; readonly why: string; readonly suggestion: string | undefined }

/** A kind of number with units. `read` takes what YAML made of the text: a string or a number. */
export interface Quantity {
  readonly name: string
  /** With article, for messages: "a duration". */
  readonly noun: string
  /** How it is written, for messages and the reference. */
  readonly form: string
  /** Regular expression of the accepted texts, for JSON Schema. */
  readonly pattern: string
  /** Whether a bare number is accepted beside text; zero always is. */
  readonly bareNumbers: boolean
  read(value: unknown): Reading
  /** The shortest exact text, or a bare number where that is the natural form. */
  write(value: number): string | number
}

const fine = (value: number): Reading => ({ ok: true, value })
const wrong = (why: string, suggestion?: string): Reading => ({ ok: false, why, suggestion })

const NUMBER_AND_UNIT = /^([+-]?)(\d+)(?:\.(\d+))?\s*([a-zA-Zµ%/]*)$/

interface Written {
  readonly whole: string
  readonly fraction: string
  readonly unit: string
}

function split(text: string): Written | undefined {
  const match = NUMBER_AND_UNIT.exec(text.trim())
  if (match === null || match[1] === '-') return undefined
  return { whole: match[2] ?? '', fraction: match[3] ?? '', unit: match[4] ?? '' }
}

function digitsOf(written: Written): string {
  return written.fraction === '' ? written.whole : `${written.whole}.${written.fraction}`
}

/** `written` times `factor` when that is a safe integer, computed without rounding. */
function exactMultiple(written: Written, factor: number): number | undefined {
  const scale = BigInt('1' + '0'.repeat(written.fraction.length))
  const product = BigInt(written.whole + written.fraction) * BigInt(factor)
  const value = Number(product / scale)
  return product % scale === 0n && Number.isSafeInteger(value) ? value : undefined
}

/** Largest unit in which `value` has at most three decimals; units that are not powers of ten only when it is whole. */
function exactText(value: number, units: readonly (readonly [string, number])[]): string {
  for (const [unit, size] of units) {
    if (value < size) continue
    const rest = value % size
    if (rest === 0) return `${String(value / size)}${unit}`
    const thousandths = (rest * 1000) / size
    if (isPowerOfTen(size) && Number.isInteger(thousandths)) {
      return `${String(Math.floor(value / size))}.${trimZeros(String(thousandths).padStart(3, '0'))}${unit}`
    }
  }
  const [unit] = units.at(-1) ?? ['']
  return `${String(value)}${unit}`
}

const isPowerOfTen = (size: number): boolean => /^10*$/.test(String(size))
const trimZeros = (digits: string): string => digits.replace(/0+$/, '')

/** The unit that `wanted` most likely means: same letters in another case, or a known other spelling. */
function otherSpelling(wanted: string, table: UnitTable): string | undefined {
  const lower = wanted.toLowerCase()
  if (Object.hasOwn(table.spellings, lower)) return table.spellings[lower]
  return [...table.units.keys()].find((unit) => unit.toLowerCase() === lower)
}

interface UnitTable {
  readonly noun: string
  readonly units: ReadonlyMap<string, number>
  readonly spellings: Readonly<Record<string, string>>
  /** Unit proposed when none is given. */
  readonly usual: string
  /** Smallest unit, for the message about fractions of it. */
  readonly grain: string
  readonly bareNumbers: boolean
}

function readWhole(value: unknown, table: UnitTable): Reading {
  if (value === 0) return fine(0)
  if (typeof value === 'number') return readBareNumber(value, table)
  if (typeof value !== 'string') return wrong(`is not ${table.noun}`)
  const written = split(value)
  if (written === undefined) return wrong(value.trim().startsWith('-') ? 'must not be negative' : `is not ${table.noun}`)
  if (written.unit === '') return readBareNumber(Number(digitsOf(written)), table)
  const factor = table.units.get(written.unit)
  if (factor === undefined) {
    const unit = otherSpelling(written.unit, table)
    return wrong(`has an unknown unit \`${written.unit}\``, unit === undefined ? undefined : digitsOf(written) + unit)
  }
  const exact = exactMultiple(written, factor)
  return exact === undefined ? wrong(`is too large or finer than one ${table.grain}`) : fine(exact)
}

function readBareNumber(value: number, table: UnitTable): Reading {
  if (value < 0) return wrong('must not be negative')
  if (value === 0) return fine(0)
  if (!table.bareNumbers) return wrong('needs a unit', `${String(value)}${table.usual}`)
  return Number.isSafeInteger(value) ? fine(value) : wrong(`is too large or finer than one ${table.grain}`)
}

const TIME_UNITS: readonly (readonly [string, Nanos])[] = [
  ['h', HOUR],
  ['min', MINUTE],
  ['s', SECOND],
  ['ms', MILLISECOND],
  ['us', MICROSECOND],
  ['ns', 1],
]

const durationTable: UnitTable = {
  noun: 'a duration',
  units: new Map([...TIME_UNITS, ['µs', MICROSECOND]]),
  spellings: {
    m: 'min', mins: 'min', minute: 'min', minutes: 'min', hr: 'h', hour: 'h', hours: 'h',
    sec: 's', secs: 's', second: 's', seconds: 's', msec: 'ms', millis: 'ms', usec: 'us', micros: 'us', nsec: 'ns',
  },
  usual: 's',
  grain: 'nanosecond',
  bareNumbers: false,
}

const DECIMAL = '\\d+(\\.\\d+)?'

/** Durations and instants, in nanoseconds. */
export const duration: Quantity = {
  name: 'duration',
  noun: 'a duration',
  form: 'a number with ns, us, ms, s, min or h, such as `40ms`, `1.5s` or `2min`; `0` needs no unit',
  pattern: `^${DECIMAL} ?(ns|us|µs|ms|s|min|h)$|^0$`,
  bareNumbers: false,
  read: (value) => readWhole(value, durationTable),
  write: (value) => (value === 0 ? '0s' : exactText(value, TIME_UNITS)),
}

const SIZE_UNITS: readonly (readonly [string, number])[] = [
  ['MB', 1_000_000],
  ['kB', 1_000],
  ['B', 1],
]

const sizeTable: UnitTable = {
  noun: 'a size',
  units: new Map([...SIZE_UNITS, ['KiB', 1024], ['MiB', 1_048_576]]),
  spellings: { k: 'kB', m: 'MB', bytes: 'B', byte: 'B', octets: 'B', o: 'B' },
  usual: 'B',
  grain: 'octet',
  bareNumbers: true,
}

/** Sizes, in octets. */
export const size: Quantity = {
  name: 'size',
  noun: 'a size',
  form: 'a number of octets, bare or with B, kB (1000), KiB (1024), MB or MiB, such as `1500B` or `64kB`',
  pattern: `^${DECIMAL} ?(B|kB|KiB|MB|MiB)?$`,
  bareNumbers: true,
  read: (value) => readWhole(value, sizeTable),
  write: (value) => (value < 10_000 ? `${String(value)}B` : exactText(value, SIZE_UNITS)),
}

const BANDWIDTH_UNITS: readonly (readonly [string, number])[] = [
  ['Gbit/s', 1_000_000_000],
  ['Mbit/s', 1_000_000],
  ['kbit/s', 1_000],
  ['bit/s', 1],
]

const bandwidthTable: UnitTable = {
  noun: 'a bandwidth',
  units: new Map(BANDWIDTH_UNITS),
  spellings: {
    bps: 'bit/s', kbps: 'kbit/s', mbps: 'Mbit/s', gbps: 'Gbit/s',
    k: 'kbit/s', m: 'Mbit/s', g: 'Gbit/s', kbit: 'kbit/s', mbit: 'Mbit/s', gbit: 'Gbit/s',
  },
  usual: 'bit/s',
  grain: 'bit/s',
  bareNumbers: false,
}

/** Bandwidths, in bits per second. */
export const bandwidth: Quantity = {
  name: 'bandwidth',
  noun: 'a bandwidth',
  form: 'a number with bit/s, kbit/s, Mbit/s or Gbit/s, such as `10Mbit/s`',
  pattern: `^${DECIMAL} ?[kMG]?bit/s$`,
  bareNumbers: false,
  read: (value) => readWhole(value, bandwidthTable),
  write: (value) => exactText(value, BANDWIDTH_UNITS),
}

function readProbability(value: unknown): Reading {
  if (typeof value === 'number') return inUnitInterval(value, `${String(value)}%`)
  const written = typeof value === 'string' ? split(value) : undefined
  if (written === undefined) return wrong('is not a probability')
  if (written.unit === '') return inUnitInterval(Number(digitsOf(written)), `${digitsOf(written)}%`)
  if (written.unit === '%') return inUnitInterval(Number(`${digitsOf(written)}e-2`), undefined)
  return wrong(`has an unknown unit \`${written.unit}\``, `${digitsOf(written)}%`)
}

function inUnitInterval(value: number, asPercentage: string | undefined): Reading {
  if (value >= 0 && value <= 1) return fine(value)
  return wrong('lies outside 0 to 1 (0% to 100%)', value > 1 && value <= 100 ? asPercentage : undefined)
}

function writeProbability(value: number): string | number {
  const percent = `${String(Number((value * 100).toPrecision(12)))}%`
  const again = readProbability(percent)
  return value !== 0 && again.ok && again.value === value ? percent : value
}

/** Probabilities, 0 to 1. */
export const probability: Quantity = {
  name: 'probability',
  noun: 'a probability',
  form: 'a percentage or a number from 0 to 1, such as `1%` or `0.01`',
  pattern: `^${DECIMAL} ?%?$`,
  bareNumbers: true,
  read: readProbability,
  write: writeProbability,
}

/** Below this (one packet in eleven days) a rate is a mistake; it also keeps the decimal form exact. */
const LEAST_RATE = 1e-6

function readPacketRate(value: unknown): Reading {
  if (value === 0 || value === '0') return fine(0)
  const written = typeof value === 'string' ? split(value) : undefined
  if (typeof value === 'number') return wrong('needs a unit', `${String(value)}/s`)
  if (written === undefined) return wrong('is not a rate')
  const number = Number(digitsOf(written))
  if (written.unit === '') return wrong('needs a unit', `${digitsOf(written)}/s`)
  if (written.unit !== '/s' && written.unit !== '/min') {
    return wrong(`has an unknown unit \`${written.unit}\``, `${digitsOf(written)}/s`)
  }
  const perSecond = written.unit === '/s' ? number : number / 60
  if (perSecond !== 0 && perSecond < LEAST_RATE) return wrong('is below one in eleven days; use 0')
  return perSecond <= 1e9 ? fine(perSecond) : wrong('is more than one each nanosecond')
}

/** Rates of messages, per second. */
export const packetRate: Quantity = {
  name: 'rate',
  noun: 'a rate',
  form: 'a number with /s or /min, such as `50/s`; `0` needs no unit',
  pattern: `^${DECIMAL} ?/(s|min)$|^0$`,
  bareNumbers: false,
  read: readPacketRate,
  write: (value) => (value === 0 ? 0 : `${String(value)}/s`),
}

function readMeasure(value: unknown): Reading {
  if (typeof value === 'number') return Number.isFinite(value) ? fine(value) : wrong('is not a finite number')
  if (typeof value !== 'string') return wrong('is not a number')
  if (/^[+-]?\d+(\.\d+)?$/.test(value.trim())) return fine(Number(value))
  for (const quantity of [duration, size, bandwidth, packetRate, probability]) {
    const reading = quantity.read(value)
    if (reading.ok) return reading
  }
  return wrong('is not a number')
}

/** Values of metrics: a bare number, or one with any of the units here; durations count in nanoseconds. */
export const measure: Quantity = {
  name: 'value',
  noun: 'a number',
  form: 'a number in the unit of the metric, or one with a unit such as `2s` (nanoseconds), `1%` or `1500B`',
  pattern: `^[+-]?${DECIMAL} ?[a-zA-Z%/]*$`,
  bareNumbers: true,
  read: readMeasure,
  write: (value) => value,
}

/** `quantity` or the word `word`, which stands for infinity. */
export function orWord(quantity: Quantity, word: string): Quantity {
  return {
    ...quantity,
    form: `${quantity.form}; or \`${word}\``,
    pattern: `${quantity.pattern}|^${word}$`,
    read: (value) => (value === word ? fine(NEVER) : quantity.read(value)),
    write: (value) => (value === NEVER ? word : quantity.write(value)),
  }
}

/** `quantity` or the word `word`, which stands for zero. */
export function orZeroWord(quantity: Quantity, word: string): Quantity {
  return {
    ...quantity,
    form: `${quantity.form}; or \`${word}\``,
    pattern: `${quantity.pattern}|^${word}$`,
    read: (value) => (value === word ? fine(0) : quantity.read(value)),
    write: (value) => (value === 0 ? word : quantity.write(value)),
  }
}
