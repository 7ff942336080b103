// Simulated time: integer nanoseconds since the start of the run, exact up to 104 days (2^53 ns).

/** An instant or a duration in nanoseconds: a safe integer, or NEVER. */
export type Nanos = number

/** Later than every instant. */
export const NEVER: Nanos = Infinity

export const MICROSECOND: Nanos = 1_000
export const MILLISECOND: Nanos = 1_000_000
export const SECOND: Nanos = 1_000_000_000
export const MINUTE: Nanos = 60 * SECOND
export const HOUR: Nanos = 60 * MINUTE

const UNITS: readonly (readonly [string, Nanos])[] = [
  ['s', SECOND],
  ['ms', MILLISECOND],
  ['us', MICROSECOND],
  ['ns', 1],
]

/** A duration in its largest fitting unit with at most three decimals: `1.25s`, `40ms`, `never`. */
export function formatDuration(duration: Nanos): string {
  if (duration === NEVER) return 'never'
  const size = Math.abs(duration)
  const [unit, nanos] = UNITS.find(([, nanos]) => size >= nanos) ?? ['s', SECOND]
  return `${String(Math.round((duration / nanos) * 1000) / 1000)}${unit}`
}

/** An instant in seconds with a fixed number of decimals (0 to 9): `12.345678s`. Digits beyond are cut, not rounded. */
export function formatInstant(at: Nanos, decimals = 6): string {
  if (at === NEVER) return 'never'
  const fraction = String(at % SECOND).padStart(9, '0').slice(0, decimals)
  return `${String(Math.floor(at / SECOND))}${decimals > 0 ? '.' : ''}${fraction}s`
}
