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
import { flagLabels } from '../../../web/layout/flag-labels.ts'
import { labelPlaces, ladderLayout, messagesBetween } from '../../../web/layout/ladder.ts'
import { machineGraph } from '../../../web/layout/machine-graph.ts'
import { timeAxis, viewScale } from '../../../web/layout/time-axis.ts'
import { packetPlaces } from '../../../web/layout/packet-places.ts'
import { topologyLayout } from '../../../web/layout/topology.ts'
import type { Lane } from '../../../web/model/model.ts'
import { remarksAt } from '../../../web/model/remarks.ts'
import { modelOf } from './run-model.ts'

const run = modelOf('failover/lns-control-failure')

interface Box { readonly x: number, readonly y: number, readonly width: number, readonly height: number }

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

  test('of many groups with one tunnel each, only those that are folded have a header', () => {
    const apart = many.slice(0, 50).map((lane, i) => ({ ...lane, group: `lac${String(i)} ⇄ lns1` }))
    expect(laneRows(apart, choice).map(({ row }) => row)).toEqual(Array.from({ length: 50 }, () => 'lane'))
    const rows = laneRows(apart, { ...choice, closedGroups: new Set(['lac3 ⇄ lns1']) })
    expect(rows.filter(({ row }) => row === 'group')).toMatchObject([{ group: 'lac3 ⇄ lns1', open: false }])
    expect(rows).toHaveLength(50)
  })

  test('a single tunnel is shown open and as tall as there is room', () => {
    const [group, lane] = laneRows(run.lanes, choice)
    expect([group?.row, lane?.row]).toEqual(['group', 'lane'])
    expect(columnHeight(laneRows(run.lanes, choice))).toBeGreaterThan(columnHeight(laneRows(run.lanes, { ...choice, room: 0 })))
  })
})

describe('the ladder', () => {
  const endpoints = [0, 1]
  const remarks = remarksAt(run, { endpoints: new Set(['lac1', 'lns1']), lane: run.lanes[0], most: 1000 })
  const layout = ladderLayout(run, { endpoints, lane: 0, data: false, keepalives: false }, remarks)

  test('gives every message a line of its own, downwards in time', () => {
    const lines = [...layout.from, ...layout.remarks.map(({ y }) => y)].sort((a, b) => a - b)
    lines.slice(1).forEach((y, i) => { expect(y - lines[i]!).toBeGreaterThanOrEqual(16.9) })
    layout.messages.forEach((_, i) => { expect(layout.to[i]).toBeGreaterThanOrEqual(layout.from[i]!) })
  })

  test('an earlier instant never stands below a later one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 * SECOND }), fc.integer({ min: 0, max: 20 * SECOND }), (a, b) => {
        expect((layout.height(b) - layout.height(a)) * Math.sign(b - a)).toBeGreaterThan(-1e-6)
      }),
    )
  })

  test('what shows between two heights is found without looking at the rest', () => {
    const all = [...layout.messages.keys()].filter((i) => layout.to[i]! >= 200 && layout.from[i]! <= 420)
    expect(messagesBetween(layout, 200, 420)).toEqual(all)
  })

  test('labels stand on their arrows, apart from each other and from the arrows of others', () => {
    const arrow = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 60 })).map(([right, down]) => ({ x1: right ? 100 : 700, x2: right ? 700 : 100, down }))
    fc.assert(
      fc.property(fc.array(arrow, { minLength: 1, maxLength: 6 }), (drawn) => {
        const arrows = drawn.map(({ down, ...across }, i) => ({ ...across, y1: 100 + 17 * i, y2: 100 + 17 * i + down }))
        const places = labelPlaces(arrows, arrows.map(() => 50))
        arrows.forEach(({ x1, y1, x2, y2 }, i) => {
          const { x, y } = places[i] ?? { x: NaN, y: NaN }
          expect(y).toBeCloseTo(y1 + ((x - x1) / (x2 - x1)) * (y2 - y1))
          places.slice(0, i).forEach((other) => { expect(Math.abs(other.x - x) >= 50 || Math.abs(other.y - y) >= 13).toBe(true) })
        })
      }),
    )
  })

  test('two retransmissions that cross do not hide each other', () => {
    const [one, two] = [{ x1: 100, y1: 100, x2: 700, y2: 140 }, { x1: 700, y1: 117, x2: 100, y2: 134 }]
    labelPlaces([one, two], [70, 70]).forEach(({ x, y }, i) => {
      const other = i === 0 ? two : one
      const nearest = Math.min(...[-35, 0, 35].map((by) => Math.abs(other.y1 + ((x + by - other.x1) / (other.x2 - other.x1)) * (other.y2 - other.y1) - y)))
      expect(nearest).toBeGreaterThan(6)
    })
  })

  test('what is said of a tunnel is not said in the ladder of another', () => {
    const many = modelOf('failover/five-tunnels-at-once')
    const resets = (lane: number): number =>
      remarksAt(many, { endpoints: new Set(['lac1', 'lns1']), lane: many.lanes[lane], most: 1000 }).filter(({ about }) => about === 'reset').length
    // RFC 4951 3.2.2: each side of a recovered tunnel resets once.
    expect([0, 1, 2, 3, 4].map(resets)).toEqual([2, 2, 2, 2, 2])
  })

  test('data and keepalives come in only when they are wanted', () => {
    const withData = ladderLayout(run, { endpoints, lane: -1, data: true, keepalives: true }, [])
    expect(withData.messages).toHaveLength(run.messages.count)
  })
})

describe('words of flags', () => {
  const flag = fc.record({ x: fc.integer({ min: 0, max: 800 }), words: fc.constantFrom('crash lns1', 'crash lac1', 'cut lac1-lns1') })

  test('stand within the line, on no other words and on no flag', () => {
    fc.assert(
      fc.property(fc.array(flag, { maxLength: 12 }), (flags) => {
        const labels = flagLabels(flags, 800)
        labels.forEach((label, i) => {
          expect(label.x >= 0 && label.x + label.width <= 800).toBe(true)
          for (const other of labels.slice(i + 1)) expect(label.x + label.width <= other.x || other.x + other.width <= label.x).toBe(true)
          for (const { x } of flags) expect(x + 9 <= label.x + 0.001 || x >= label.x + label.width).toBe(true)
        })
      }),
    )
  })

  test('those of flags at the same place are told together, the others beside theirs', () => {
    const words = (flags: readonly (readonly [number, string])[]): readonly string[] => flagLabels(flags.map(([x, text]) => ({ x, words: text })), 800).map((label) => label.words)
    expect(words([[300, 'crash lns1'], [303, 'crash lac1']])).toEqual(['crash lns1, crash lac1'])
    expect(words([[300, 'crash lns1'], [340, 'crash lac1']])).toEqual(['crash lns1', 'crash lac1'])
    expect(words([[700, 'crash lns1'], [790, 'crash lac1']])).toEqual(['crash lns1'])
  })
})

describe('other views', () => {
  const drawings = machines.flatMap((machine) => (['right', 'down'] as const).flatMap((flow) => ([1, 2] as const).map((lines) => [machine.name, flow, lines, machine] as const)))
  const isApart = (a: Box, b: Box): boolean => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y

  test.each(drawings)('%s, drawn %s with words in %i lines: no state and no words stand on another, and arrows end at the edges of their states', (_name, flow, most, machine) => {
    const { boxes, arrows, width, height } = machineGraph(machine, flow, most)
    expect(boxes.map(({ state }) => state)).toEqual(machine.states)
    const labels = arrows.map(({ label, lines }): Box => {
      const letters = Math.max(...lines.map((words) => words.length))
      return { x: label.x - letters * 3, y: label.y - lines.length * 5.5, width: letters * 6, height: lines.length * 11 }
    })
    const things: readonly Box[] = [...boxes, ...labels]
    things.forEach((a, i) => {
      things.slice(i + 1).forEach((b) => { expect(isApart(a, b)).toBe(true) })
      expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height).toBe(true)
    })
    for (const { from, to, points, label } of arrows) {
      expect(points).toContainEqual(label)
      for (const [state, end] of [[from, points[0]!], [to, points[points.length - 1]!]] as const) {
        const { x, y, width: wide, height: tall } = boxes[machine.states.indexOf(state)]!
        if (flow === 'right') expect([x, x + wide]).toContain(end.x)
        else expect([y, y + tall]).toContain(end.y)
      }
    }
    // No two arrows end at the same place.
    const ends = arrows.flatMap(({ points }) => [points[0]!, points[points.length - 1]!]).map(({ x, y }) => `${String(x)} ${String(y)}`)
    expect(new Set(ends).size).toBe(ends.length)
  })

  describe('the topology', () => {
    const room = { width: 660, height: 340 }
    const choice = { room, first: ['lac1', 'lns1'], replicas: 2 }

    test('keeps LACs and LNSs apart and joins them by their links', () => {
      const { boxes, links } = topologyLayout(run, choice)
      const edges = (name: string): readonly number[] => boxes.filter((box) => box.name === name).flatMap(({ x, width }) => [x, x + width])
      expect(edges('lac1')[1]).toBeLessThan(edges('lns1')[0] ?? 0)
      expect(links).toHaveLength(1)
    })

    test('leaves none of many endpoints out and puts none on another; the chosen pair is told whole', () => {
      const endpoints = Array.from({ length: 60 }, (_, i) => ({ ...run.endpoints[0]!, name: `lac${String(i + 1)}` }))
      const { boxes, left, height } = topologyLayout({ endpoints: [...endpoints, run.endpoints[1]!], links: run.links }, choice)
      expect([boxes.length, left]).toEqual([61, 0])
      boxes.forEach((box, i) => {
        boxes.slice(i + 1).forEach((other) => { expect(isApart(box, other)).toBe(true) })
        expect(box.y >= 0 && box.y + box.height <= height).toBe(true)
      })
      expect(boxes.filter(({ brief }) => !brief).map(({ name }) => name)).toEqual(['lac1', 'lns1'])
    })

    test('packets at one place are told as one; those that go the other way, or are of another kind, stand beside them', () => {
      const { links } = topologyLayout(run, choice)
      const packet = { kind: 'FSQ', look: 'ordinary', from: 'lns1', to: 'lac1', share: 0.5 }
      const places = packetPlaces(
        [{ ...packet, message: 1 }, { ...packet, message: 2 }, { ...packet, message: 3, kind: 'FSR' }, { ...packet, message: 4, from: 'lac1', to: 'lns1' }],
        links,
      )
      expect(places.map(({ message, count, rightwards }) => [message, count, rightwards])).toEqual([[1, 2, false], [3, 1, false], [4, 1, true]])
      places.forEach(({ y }, i) => { places.slice(i + 1).forEach((other) => { expect(Math.abs(other.y - y)).toBeGreaterThanOrEqual(18) }) })
    })

    const fifty = Array.from({ length: 50 }, (_, i) => `lac${String(i + 1)}`)
    const star = topologyLayout({
      endpoints: [...fifty.map((name) => ({ ...run.endpoints[0]!, name })), run.endpoints[1]!],
      links: fifty.map((name) => ({ ...run.links[0]!, ends: [name, 'lns1'] as const })),
    }, choice)
    const wayfarer = fc.record({
      kind: fc.constantFrom('FSQ', 'FSR', 'SCCRQ', 'data'),
      look: fc.constantFrom('ordinary', 'recovery lost'),
      lac: fc.constantFrom(...fifty),
      isUp: fc.boolean(),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    })

    test('many packets around one endpoint: none hides another, and each is counted', () => {
      fc.assert(
        fc.property(fc.array(wayfarer, { minLength: 1, maxLength: 40 }), (list) => {
          const packets = list.map(({ lac, isUp, ...packet }, message) => ({ ...packet, message, from: isUp ? lac : 'lns1', to: isUp ? 'lns1' : lac }))
          const places = packetPlaces(packets, star.links)
          expect(places.reduce((sum, { count }) => sum + count, 0)).toBe(packets.length)
          const boxes = places.filter(({ kind }) => kind !== 'data').map(({ x, y, width }): Box => ({ x: x - width / 2, y: y - 9, width, height: 18 }))
          boxes.forEach((box, i) => { boxes.slice(i + 1).forEach((other) => { expect(isApart(box, other)).toBe(true) }) })
        }),
      )
    })

    test('links of one endpoint end side by side along its edge', () => {
      const ends = star.links.map(({ to }) => to.y)
      expect(new Set(ends).size).toBe(50)
    })

    test('two packets of data are two dots, or one with a count where they are at one place', () => {
      const { links } = topologyLayout(run, choice)
      const dot = { kind: 'data', look: 'data', from: 'lac1', to: 'lns1' }
      const at = (...shares: number[]): readonly number[] => packetPlaces(shares.map((share, message) => ({ ...dot, share, message })), links).map(({ count }) => count)
      expect([at(0.4, 0.6), at(0.5, 0.5)]).toEqual([[1, 1], [2]])
    })
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
