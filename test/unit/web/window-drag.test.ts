// The window of the minimap under the pointer: what a press takes hold of, and what dragging makes of it.

import { describe, expect, test } from 'vitest'
import { dragged, gripAt } from '../../../web/layout/window-drag.ts'

const shown = { from: 100, to: 200 }

describe('a press', () => {
  test('takes an end within reach, the inside, or begins a new window outside', () => {
    expect([97, 150, 203, 90, 210].map((x) => gripAt(shown, x))).toEqual(['from', 'move', 'to', 'new', 'new'])
  })

  test('on a very narrow window can still move it', () => {
    expect([100, 103, 106].map((x) => gripAt({ from: 100, to: 106 }, x))).toEqual(['from', 'move', 'to'])
  })
})

describe('dragging', () => {
  test('moves the window as far as the run goes', () => {
    const hold = { grip: 'move', before: shown, pressed: 150 } as const
    expect(dragged(hold, 160, 300)).toEqual({ from: 110, to: 210 })
    expect(dragged(hold, 900, 300)).toEqual({ from: 200, to: 300 })
    expect(dragged(hold, -900, 300)).toEqual({ from: 0, to: 100 })
  })

  test('pulls an end, also over the other', () => {
    const hold = { grip: 'from', before: shown, pressed: 100 } as const
    expect(dragged(hold, 150, 300)).toEqual({ from: 150, to: 200 })
    expect(dragged(hold, 250, 300)).toEqual({ from: 200, to: 250 })
  })

  test('outside draws a new window from where it began', () => {
    expect(dragged({ grip: 'new', before: shown, pressed: 40 }, 10, 300)).toEqual({ from: 10, to: 40 })
  })
})
