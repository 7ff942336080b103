// Geometry of the views: lanes and their virtual column, the ladder, machine diagrams, dot plots, slider ranges, and pens that write SVG.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SECOND } from '../../../sim/base/time.ts'
import { machines } from '../../../sim/l2tp/machines/index.ts'
import { drawLadder } from '../../../web/draw/ladder.ts'
import { paletteFor, phaseLooks } from '../../../web/draw/palette.ts'
import { SvgPen } from '../../../web/draw/svg-pen.ts'
import { texturedBox } from '../../../web/draw/texture.ts'
import { drawTimeline } from '../../../web/draw/timeline.ts'
import { positionOf, rangeFor, valueAt } from '../../../web/form/slider-ranges.ts'
import { dotPlot } from '../../../web/layout/dot-plot.ts'
import { columnHeight, laneRows, rowsBetween } from '../../../web/layout/lane-layout.ts'
import { labelPlace, heightOf, ladderLayout, messagesBetween } from '../../../web/layout/ladder.ts'
import { machineGraph } from '../../../web/layout/machine-graph.ts'
import { timeAxis, viewScale } from '../../../web/layout/time-axis.ts'
import { topologyLayout } from '../../../web/layout/topology.ts'
import type { Lane } from '../../../web/model/model.ts'
import { remarksAt } from '../../../web/model/remarks.ts'
import { modelOf } from './run-model.ts'

const run = modelOf('failover/lns-control-failure')

describe('lanes', () => {
  const many: readonly Lane[] = Array.from({ length: 3000 }, (_, place) => ({ ...run.lanes[0]!, place, group: `lac${String(place % 30)} ⇄ lns1` }))
  const choice = { closedGroups: new Set<string>(), toggledLanes: new Set<number>(), room: 300 }

  test('of thousands, only the few in sight are given out, without gap or overlap', () => {
    const rows = laneRows(many, { ...choice, closedGroups: new Set(['lac3 ⇄ lns1', 'lac4 ⇄ lns1']) })
    // Groups begin closed here, so naming one opens it.
    expect(rows).toHaveLength(30 + 200)
    rows.slice(1).forEach((row, i) => { expect(row.top).toBe(rows[i]!.top + rows[i]!.height) })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: columnHeight(rows) }), (top) => {
        const shown = rowsBetween(rows, top, top + 300)
        expect(shown.length).toBeLessThan(40)
        const wanted = rows.filter((row) => row.top + row.height > top && row.top < top + 300)
        expect(shown).toEqual(wanted)
      }),
    )
  })

  test('a single tunnel is shown open and as tall as there is room', () => {
    const [group, lane] = laneRows(run.lanes, choice)
    expect([group?.row, lane?.row]).toEqual(['group', 'lane'])
    expect(columnHeight(laneRows(run.lanes, choice))).toBeGreaterThan(columnHeight(laneRows(run.lanes, { ...choice, room: 0 })))
  })
})

describe('the ladder', () => {
  const endpoints = [0, 1]
  const remarks = remarksAt(run, new Set(['lac1', 'lns1']), 1000)
  const layout = ladderLayout(run, { endpoints, lane: 0, data: false, keepalives: false }, remarks)

  test('gives every message a line of its own, downwards in time', () => {
    const lines = [...layout.from, ...layout.remarks.map(({ y }) => y)].sort((a, b) => a - b)
    lines.slice(1).forEach((y, i) => { expect(y - lines[i]!).toBeGreaterThanOrEqual(16.9) })
    layout.messages.forEach((_, i) => { expect(layout.to[i]).toBeGreaterThanOrEqual(layout.from[i]!) })
  })

  test('an earlier instant never stands below a later one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 * SECOND }), fc.integer({ min: 0, max: 20 * SECOND }), (a, b) => {
        expect(Math.sign(heightOf(layout, b) - heightOf(layout, a)) * Math.sign(b - a)).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  test('what shows between two heights is found without looking at the rest', () => {
    const all = [...layout.messages.keys()].filter((i) => layout.to[i]! >= 200 && layout.from[i]! <= 420)
    expect(messagesBetween(layout, 200, 420)).toEqual(all)
  })

  test('labels keep to their own line, so that neither remarks nor other messages cover them', () => {
    // Half the height of what is written: 11 pixels of text in lines 17 apart.
    for (const down of [0, 5, 40, 400, 4000]) {
      for (const tip of [900, -300]) {
        const { x, y } = labelPlace({ x1: 300, y1: 100, x2: tip, y2: 100 + down }, 60)
        expect(y - 100).toBeLessThanOrEqual(17 - 2 * 7)
        expect(Math.abs(x - 300)).toBeGreaterThanOrEqual(30)
      }
    }
  })

  test('data and keepalives come in only when they are wanted', () => {
    const withData = ladderLayout(run, { endpoints, lane: -1, data: true, keepalives: true }, [])
    expect(withData.messages).toHaveLength(run.messages.count)
  })
})

describe('other views', () => {
  test.each(machines.map((machine) => [machine.name, machine] as const))('%s: every state has its box, none overlaps another', (_name, machine) => {
    const { boxes, arrows } = machineGraph(machine)
    expect(boxes.map(({ state }) => state)).toEqual(machine.states)
    for (const a of boxes) {
      for (const b of boxes) {
        if (a === b) continue
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
        expect(apart).toBe(true)
      }
    }
    expect(arrows.every(({ points }) => points.length >= 2)).toBe(true)
  })

  test('the topology keeps LACs and LNSs apart and joins them by their links', () => {
    const { boxes, links } = topologyLayout(run, ['lac1', 'lns1'])
    const edges = (name: string): readonly number[] => boxes.filter((box) => box.name === name).flatMap(({ x, width }) => [x, x + width])
    expect(edges('lac1')[1]).toBeLessThan(edges('lns1')[0]!)
    expect(links).toHaveLength(1)
  })

  test('a dot plot shows every item once, within its box', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 1e12 }), { nil: null }), { minLength: 1, maxLength: 300 }), (values) => {
        const { dots } = dotPlot(values, { width: 640, height: 130, value: (value) => value })
        expect(dots).toHaveLength(values.length)
        for (const { x, y } of dots) {
          expect(x).toBeGreaterThanOrEqual(0)
          expect(x).toBeLessThanOrEqual(640)
          expect(y).toBeGreaterThanOrEqual(0)
          expect(y).toBeLessThanOrEqual(130)
        }
      }),
    )
  })

  test('a slider’s position and value are each other’s reverse, within a step', () => {
    const range = rangeFor('links[0].loss', { quantity: 'probability', value: 0.05, least: 0, most: 1 }) ?? { min: 0, max: 0, step: 0, bend: 1 }
    expect(range.max).toBeGreaterThan(0.5)
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (position) => {
        const value = valueAt(range, position)
        expect(Math.abs(valueAt(range, positionOf(range, value)) - value)).toBeLessThanOrEqual(range.step)
      }),
    )
  })
})

describe('drawings', () => {
  const size = { width: 1000, height: 300 }
  const axis = timeAxis('folded', run.end, run.instants)
  const scale = viewScale(axis, { from: 0, to: run.end }, 824)

  test.each([false, true])('timelines as SVG keep within the picture and name the fault (dark: %s)', (dark) => {
    const pen = new SvgPen()
    const rows = laneRows(run.lanes, { closedGroups: new Set(), toggledLanes: new Set(), room: 254 })
    drawTimeline(pen, { model: run, palette: paletteFor(dark), scale, size, gutter: 176, rows, scroll: 0, chosenLane: 0 })
    const svg = pen.document(size, paletteFor(dark).ground)
    expect(svg).toContain('crash lns1')
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
  })

  test('the ladder as SVG has every message in sight', () => {
    const layout = ladderLayout(run, { endpoints: [0, 1], lane: 0, data: false, keepalives: false }, [])
    const pen = new SvgPen()
    const window = { from: 0, to: run.end }
    drawLadder(pen, { model: run, palette: paletteFor(false), layout, size: { width: 900, height: 1200 }, scroll: 0, columns: [0, 1], selected: undefined, window })
    const svg = pen.document(size, '#fff')
    for (const type of ['SCCRQ', 'SCCRP', 'SCCCN', 'ICRQ', 'ICCN', 'FSQ', 'FSR']) expect(svg).toContain(`>${type}<`)
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
  })

  test('no two states look alike but for colour', () => {
    // Established and recovered are both at ease and plain; their bars carry words. Closed is no state of a tunnel that is there.
    const atEase = new Set(['established', 'recovered', 'closed'])
    const looks = Object.entries(phaseLooks).filter(([phase]) => !atEase.has(phase))
    const drawn = looks.map(([, { texture, light }]) => {
      const pen = new SvgPen()
      texturedBox(pen, { x: 0, y: 0, width: 60, height: 12 }, { colour: light, texture }, paletteFor(false))
      return `${texture} ${light}`
    })
    const lightness = looks.map(([, { light }]) => [1, 3, 5].map((i) => Number.parseInt(light.slice(i, i + 2), 16)).reduce((sum, part) => sum + part, 0))
    expect(new Set(drawn).size).toBe(looks.length)
    for (const [i, [, a]] of looks.entries()) {
      for (const [j, [, b]] of looks.entries()) {
        if (i < j && a.texture === b.texture) expect(Math.abs(lightness[i]! - lightness[j]!)).toBeGreaterThan(60)
      }
    }
  })
})
