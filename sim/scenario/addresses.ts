// IPv4 addresses of endpoints: arithmetic on them, and addresses for endpoints that have none.

import { isMap } from './path.ts'

/** Dotted text to a number; the text must be an IPv4 address. */
export function addressNumber(text: string): number {
  return text.split('.').reduce((number, part) => number * 256 + Number(part), 0)
}

export function addressText(number: number): string {
  return [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255].join('.')
}

export const LAST_ADDRESS = 0xffff_ffff

/** The addresses of an endpoint or template: `count` from `first` on. */
export interface Range {
  readonly first: number
  readonly count: number
}

const FIRST = { LAC: addressNumber('10.1.0.1'), LNS: addressNumber('10.2.0.1'), backup: addressNumber('10.3.0.1') } as const

/** Gives each endpoint without address the next free ones of its role, and each backup that needs its own likewise. */
export function giveAddresses(endpoints: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(endpoints).map(([name, spec]) => [name, { ...(isMap(spec) ? spec : {}) }] as const)
  const taken = entries.flatMap(
    ([, spec]) => [rangeOf(spec['address'], spec['count']), rangeOf(backupOf(spec)['address'], spec['count'])],
  )
  const free = freeRanges(taken.filter((range) => range !== undefined))
  return Object.fromEntries(
    entries.map(([name, spec]) => {
      const count = countOf(spec['count'])
      const address = spec['address'] ?? free(spec['role'] === 'LAC' ? FIRST.LAC : FIRST.LNS, count)
      const backup = backupOf(spec)
      const needsOwn = backup['mode'] === 'own-address' && backup['address'] === undefined
      return [name, { ...spec, address, ...(needsOwn ? { backup: { ...backup, address: free(FIRST.backup, count) } } : {}) }]
    }),
  )
}

function backupOf(spec: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return isMap(spec['backup']) ? spec['backup'] : {}
}

function countOf(count: unknown): number {
  return typeof count === 'number' ? count : 1
}

function rangeOf(address: unknown, count: unknown): Range | undefined {
  return typeof address === 'string' ? { first: addressNumber(address), count: countOf(count) } : undefined
}

/** Hands out `count` addresses at or after `from` that neither `taken` nor an earlier call has. */
function freeRanges(taken: readonly Range[]): (from: number, count: number) => string {
  const used = taken.toSorted((a, b) => a.first - b.first)
  const given = new Map<number, { first: number; count: number }>()
  return (from, count) => {
    const before = given.get(from)
    const first = afterAll([...used, ...given.values()], before === undefined ? from : before.first + before.count, count)
    // What is given out from one start is one range for those that come after.
    if (before === undefined) given.set(from, { first, count })
    else before.count = first + count - before.first
    return addressText(first)
  }
}

/** The first address from `start` on with `count` free ones. */
function afterAll(ranges: readonly Range[], start: number, count: number): number {
  let first = start
  let blocking: Range | undefined
  do {
    const from = first
    blocking = ranges.find((range) => range.first + range.count > from && range.first < from + count)
    if (blocking !== undefined) first = blocking.first + blocking.count
  } while (blocking !== undefined)
  return first
}
