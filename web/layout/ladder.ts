// Where the messages of the ladder stand. Time runs downwards, but by order more than by length: every message gets a line of its own to
// be read on, and pauses take room as their logarithm. Heights are in pixels from the top of the whole ladder.

import { interpolateNumber, scaleLinear, type ScaleLinear } from 'd3'
import { MILLISECOND, type Nanos } from '../../sim/base/time.ts'
import { NOBODY, RECOVERY, type MessageTable, type RunModel } from '../model/model.ts'
import type { LadderRemark } from '../model/remarks.ts'

export interface LadderChoice {
  /** Places of the endpoints that have a column. */
  readonly endpoints: readonly number[]
  /** Only this lane, or all with -1. */
  readonly lane: number
  readonly data: boolean
  readonly keepalives: boolean
}

export interface LadderLayout {
  /** Numbers of the messages shown, in order of sending. */
  readonly messages: Int32Array
  /** Heights at which each leaves and arrives; a lost one ends where it was lost. */
  readonly from: Float64Array
  readonly to: Float64Array
  readonly remarks: readonly { readonly remark: LadderRemark; readonly y: number }[]
  /** From instants to heights; between two happenings in proportion. */
  readonly height: ScaleLinear<number, number>
  /** Pauses long enough for a mark. */
  readonly pauses: readonly { readonly y: number; readonly length: Nanos }[]
  /** Of the whole ladder. */
  readonly tall: number
  /** Some message belongs to a recovery tunnel, so that tracks are worth drawing. */
  readonly hasRecovery: boolean
}

/** Pixels between two lines of text. */
const LINE = 17
/** Messages laid out at most. */
export const MOST_MESSAGES = 60_000
const PAUSE = 500 * MILLISECOND

const KEEPALIVES: readonly number[] = [1, 6]

/** Messages that are shown, in order. */
function chosenMessages(table: MessageTable, choice: LadderChoice): Int32Array {
  const columns = new Set(choice.endpoints)
  const found: number[] = []
  for (let i = 0; i < table.count && found.length < MOST_MESSAGES; i++) {
    const kind = table.kind[i]!
    if (kind === 0 ? !choice.data : !choice.keepalives && KEEPALIVES.includes(kind)) continue
    if (choice.lane >= 0 && table.lane[i] !== choice.lane) continue
    const [from, to] = [table.from[i]!, table.to[i]!]
    if (columns.has(from) && (columns.has(to) || to === NOBODY)) found.push(i)
  }
  return Int32Array.from(found)
}

interface Happening {
  readonly at: Nanos
  readonly seq: number
  readonly what: 'sent' | 'arrived' | 'remark'
  /** Place in its list. */
  readonly place: number
}

export function ladderLayout(run: RunModel, choice: LadderChoice, remarks: readonly LadderRemark[]): LadderLayout {
  const { messages: table } = run
  const messages = chosenMessages(table, choice)
  const happenings = happeningsOf(table, messages, remarks)
  const from = new Float64Array(messages.length)
  const to = new Float64Array(messages.length)
  const placed: { remark: LadderRemark; y: number }[] = []
  const times: number[] = [0]
  const heights: number[] = [0]
  const pauses: { y: number; length: number }[] = []
  let y = 8
  let line = -Infinity
  let before = 0
  for (const { at, what, place } of happenings) {
    const pause = at - before
    const advanced = y + pauseHeight(pause)
    if (pause > PAUSE && happenings.length > 1) pauses.push({ y: (y + advanced) / 2, length: pause })
    y = what === 'arrived' ? advanced : Math.max(advanced, line + LINE)
    if (what !== 'arrived') line = y
    before = at
    if (what === 'sent') from[place] = y
    else if (what === 'arrived') to[place] = y
    else placed.push({ remark: remarks[place]!, y })
    times.push(at)
    heights.push(y)
  }
  times.push(Math.max(run.end, before + 1))
  heights.push(y)
  messages.forEach((message, place) => {
    if (table.endAt[message] === Infinity) to[place] = y
  })
  const hasRecovery = messages.some((message) => (table.flags[message]! & RECOVERY) !== 0)
  return {
    messages,
    from,
    to,
    remarks: placed,
    height: scaleLinear(times, heights).interpolate(interpolateNumber).clamp(true),
    pauses,
    tall: y + 24,
    hasRecovery,
  }
}

function pauseHeight(pause: Nanos): number {
  return pause <= 0 ? 0 : pause > PAUSE ? 30 : Math.min(24, 3 + 5 * Math.log10(1 + pause / MILLISECOND))
}

function happeningsOf(table: MessageTable, messages: Int32Array, remarks: readonly LadderRemark[]): readonly Happening[] {
  const happenings: Happening[] = remarks.map(({ at, seq }, place) => ({ at, seq, what: 'remark', place }))
  messages.forEach((message, place) => {
    happenings.push({ at: table.sentAt[message]!, seq: table.seq[message]!, what: 'sent', place })
    const end = table.endAt[message]!
    if (end !== Infinity) happenings.push({ at: end, seq: table.endSeq[message]!, what: 'arrived', place })
  })
  return happenings.sort((a, b) => (a.at === b.at ? a.seq - b.seq : a.at - b.at))
}

/** An arrow of the ladder, from its tail to its tip. */
export interface Arrow {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
}

interface Place {
  readonly x: number
  readonly y: number
}

/** Half the height of a label with its margin. */
const HALF = 7

/** Shares of the way at which a label is tried, the best to read first. */
const SHARES = [0.32, 0.4, 0.25, 0.5, 0.18, 0.6, 0.7, 0.8] as const

/** Middles of the labels, each on its arrow and `widths` wide: where they can, apart from each other and from the arrows of others. */
export function labelPlaces(arrows: readonly Arrow[], widths: readonly number[]): readonly Place[] {
  const places: Place[] = []
  arrows.forEach(({ x1, y1, x2, y2 }, i) => {
    const width = widths[i]!
    const tried = SHARES.map((share): Place => ({ x: x1 + (x2 - x1) * share, y: y1 + (y2 - y1) * share }))
    const isApart = (place: Place): boolean =>
      places.every(({ x, y }, j) => Math.abs(x - place.x) * 2 >= width + widths[j]! || Math.abs(y - place.y) >= 2 * HALF)
    const isFree = (place: Place): boolean => arrows.every((other, j) => j === i || !passes(other, place, width))
    places.push(tried.find((place) => isApart(place) && isFree(place)) ?? tried.find(isApart) ?? tried[0]!)
  })
  return places
}

/** Whether an arrow goes through a label. */
function passes({ x1, y1, x2, y2 }: Arrow, { x, y }: Place, width: number): boolean {
  const [left, right] = [Math.max(Math.min(x1, x2), x - width / 2), Math.min(Math.max(x1, x2), x + width / 2)]
  if (left > right) return false
  const slope = x2 === x1 ? 0 : (y2 - y1) / (x2 - x1)
  const [a, b] = [y1 + (left - x1) * slope, y1 + (right - x1) * slope]
  return Math.max(a, b) >= y - HALF && Math.min(a, b) <= y + HALF
}

/** Places of the messages that show between two heights. */
export function messagesBetween({ from, to, messages }: LadderLayout, top: number, bottom: number): readonly number[] {
  let low = 0
  let high = from.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (from[middle]! < top) low = middle + 1
    else high = middle
  }
  const found: number[] = []
  // Some that were sent above may still be on their way.
  for (let i = Math.max(0, low - 200); i < low; i++) if (to[i]! >= top) found.push(i)
  for (let i = low; i < messages.length && from[i]! <= bottom; i++) found.push(i)
  return found
}
