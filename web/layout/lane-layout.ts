// Where the lanes stand: groups of tunnels between the same endpoints with a header each, lanes below it, all in one long column of
// which the view shows a part. Positions are in pixels from the top of the column.

import type { Lane } from '../model/model.ts'

export interface LaneRow {
  readonly row: 'lane'
  readonly lane: number
  readonly top: number
  readonly height: number
  readonly open: boolean
  /** How much larger than needed its parts are drawn, where there is room. */
  readonly stretch: number
}

export interface GroupRow {
  readonly row: 'group'
  readonly group: string
  readonly lanes: readonly number[]
  readonly top: number
  readonly height: number
  readonly open: boolean
}

export type Row = LaneRow | GroupRow

const GROUP_HEIGHT = 24
export const CLOSED_HEIGHT = 20
/** Parts of an open lane, from its top. */
export const LANE = { bar: 13, gap: 3, flow: 9, timers: 5, sessions: 22, margin: 7 } as const

/** Height of an open lane with so many sides. */
export function openHeight(sides: number): number {
  return LANE.margin + sides * (LANE.bar + LANE.flow + LANE.timers + LANE.gap) + LANE.sessions + LANE.margin
}

export interface LaneChoice {
  /** Groups whose lanes are not shown. */
  readonly closedGroups: ReadonlySet<string>
  /** Lanes shown in detail, or, with `allOpen`, those that are not. */
  readonly toggledLanes: ReadonlySet<number>
  /** Height of the view: few lanes are stretched to use it. */
  readonly room: number
}

/** Lanes are stretched to this at most. */
const MOST_STRETCH = 2.6

/** Up to so many lanes are shown in detail from the beginning. */
const OPEN_FROM_START = 6
/** From so many lanes on, groups begin closed. */
const GROUPS_CLOSED_FROM = 400

/** More lanes than these fill any view. */
const MOST_STRETCHED = 12
/** Where there are more groups than these, one of a single tunnel has no header: the name of the tunnel says the same. */
const MOST_HEADERS = 12

/** The rows of the whole column. */
export function laneRows(lanes: readonly Lane[], { closedGroups, toggledLanes, room }: LaneChoice): readonly Row[] {
  const groups = new Map<string, number[]>()
  for (const { group, place } of lanes) {
    const known = groups.get(group)
    if (known === undefined) groups.set(group, [place])
    else known.push(place)
  }
  const rows: Row[] = []
  const openLanes = lanes.length <= OPEN_FROM_START
  const openGroups = lanes.length < GROUPS_CLOSED_FROM
  const isOpen = (lane: number): boolean => toggledLanes.has(lane) !== openLanes
  const tall =
    lanes.length > MOST_STRETCHED
      ? 0
      : lanes.reduce((sum, { place, sides }) => sum + (isOpen(place) ? openHeight(sides.length) : 0), 0)
  const rest = groups.size * GROUP_HEIGHT + lanes.filter(({ place }) => !isOpen(place)).length * CLOSED_HEIGHT
  const stretch = tall === 0 ? 1 : Math.min(MOST_STRETCH, Math.max(1, (room - rest) / tall))
  let top = 0
  for (const [group, members] of groups) {
    const open = closedGroups.has(group) !== openGroups
    const isBare = open && members.length === 1 && groups.size > MOST_HEADERS
    if (!isBare) {
      rows.push({ row: 'group', group, lanes: members, top, height: GROUP_HEIGHT, open })
      top += GROUP_HEIGHT
    }
    if (!open) continue
    for (const lane of members) {
      const height = isOpen(lane) ? Math.floor(openHeight(lanes[lane]!.sides.length) * stretch) : CLOSED_HEIGHT
      rows.push({ row: 'lane', lane, top, height, open: isOpen(lane), stretch })
      top += height
    }
  }
  return rows
}

export const columnHeight = (rows: readonly Row[]): number => {
  const last = rows.at(-1)
  return last === undefined ? 0 : last.top + last.height
}

/** Rows that show between two heights of the column. */
export function rowsBetween(rows: readonly Row[], top: number, bottom: number): readonly Row[] {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (rows[middle]!.top + rows[middle]!.height <= top) low = middle + 1
    else high = middle
  }
  let end = low
  while (end < rows.length && rows[end]!.top < bottom) end += 1
  return rows.slice(low, end)
}
