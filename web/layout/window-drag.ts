// What dragging in the minimap does to the window: its inside moves it, its ends resize it, and outside of it a new one is drawn. In
// pixels of the minimap; what instants these are is the axis' affair.

export interface PixelWindow {
  readonly from: number
  readonly to: number
}

export type WindowGrip = 'move' | 'from' | 'to' | 'new'

/** How near an end counts as on it, as wide as a finger can be asked to be. */
const REACH = 5

/** What a press at `x` takes hold of. */
export function gripAt({ from, to }: PixelWindow, x: number): WindowGrip {
  const reach = Math.min(REACH, Math.max(1, (to - from) / 3))
  if (Math.abs(x - from) <= reach) return 'from'
  if (Math.abs(x - to) <= reach) return 'to'
  return x > from && x < to ? 'move' : 'new'
}

/** A hold on the window as it was when pressed. */
export interface WindowHold {
  readonly grip: WindowGrip
  readonly before: PixelWindow
  readonly pressed: number
}

/** The window while the pointer is at `x`, kept within `width`; its ends change places when one is pulled over the other. */
export function dragged({ grip, before, pressed }: WindowHold, x: number, width: number): PixelWindow {
  const within = (place: number): number => Math.min(width, Math.max(0, place))
  if (grip === 'move') {
    const by = Math.min(Math.max(x - pressed, -before.from), width - before.to)
    return { from: before.from + by, to: before.to + by }
  }
  const fixed = grip === 'from' ? before.to : grip === 'to' ? before.from : pressed
  return { from: within(Math.min(fixed, x)), to: within(Math.max(fixed, x)) }
}
