// Zoom, brush and axes of the explorer in a real Chromium: what pointer, wheel and fingers do with the window of time that all views share.

import type { BoundingBox, Page } from 'puppeteer-core'
import { describe, expect, test } from 'vitest'
import { boxIn, chromiumForAll, cursorIn } from './browser.ts'

const TIMEOUT = 90_000
/** Where the lanes begin, right of their names. */
const GUTTER = 176
const openPage = chromiumForAll()
let page: Page

async function open(path = '#t=0'): Promise<void> {
  page = await openPage(path)
}

const boxOf = (selector: string): Promise<BoundingBox> => boxIn(page, selector)

/** The ends of the window as the brush shows them, in pixels of the screen. */
const ends = (): Promise<readonly [number, number]> =>
  page.$eval('.brush .selection', (element) => {
    const { left, right } = element.getBoundingClientRect()
    return [left, right] as const
  })

/** Waits until the brush stands elsewhere. */
async function otherEnds(before: readonly [number, number]): Promise<readonly [number, number]> {
  await page.waitForFunction(([left, right]: readonly [number, number]) => {
    const box = document.querySelector('.brush .selection')?.getBoundingClientRect()
    return box !== undefined && (Math.abs(box.left - left) > 1 || Math.abs(box.right - right) > 1)
  }, {}, before)
  return ends()
}

const ticksIn = (view: string): Promise<readonly { readonly words: string, readonly x: number }[]> =>
  page.$$eval(`[data-view=${view}] .axis .tick`, (ticks) =>
    ticks.map((tick) => ({ words: tick.textContent, x: tick.querySelector('line')?.getBoundingClientRect().left ?? NaN })),
  )

/** Words of the axis once they are other ones. */
async function otherTicks(view: string, before: readonly { readonly words: string }[]): Promise<readonly string[]> {
  const wordsBefore = before.map(({ words }) => words).join()
  await page.waitForFunction(
    (selector: string, old: string) => [...document.querySelectorAll(selector)].map((text) => text.textContent).join() !== old,
    {},
    `[data-view=${view}] .axis .tick text`,
    wordsBefore,
  )
  return (await ticksIn(view)).map(({ words }) => words)
}

const width = ([left, right]: readonly [number, number]): number => right - left

async function pull(from: { readonly x: number, readonly y: number }, by: number, down = 0): Promise<void> {
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  await page.mouse.move(from.x + by, from.y + down, { steps: 5 })
  await page.mouse.up()
}

/** A place on the lanes, in parts of their width. */
async function onLanes(share: number, y = 100): Promise<{ readonly x: number, readonly y: number }> {
  const box = await boxOf('[data-view=timelines]')
  return { x: box.x + GUTTER + (box.width - GUTTER) * share, y: box.y + y }
}

/** Zooms in about the middle, so that there is room on both sides. */
async function zoomIn(): Promise<readonly [number, number]> {
  const whole = await ends()
  const middle = await onLanes(0.5)
  await page.mouse.move(middle.x, middle.y)
  await page.mouse.wheel({ deltaY: -700 })
  return otherEnds(whole)
}

describe('the brush over the whole run', () => {
  test('pulled inside it moves the window; at an end it resizes it; beside it a new one is drawn', { timeout: TIMEOUT }, async () => {
    await open()
    const shown = await zoomIn()
    const map = await boxOf('[data-view=minimap]')
    const y = map.y + 20
    const ticks = await ticksIn('timelines')
    await pull({ x: (shown[0] + shown[1]) / 2, y }, 50)
    const moved = await otherEnds(shown)
    expect(moved[0] - shown[0]).toBeCloseTo(50, 0)
    expect(width(moved)).toBeCloseTo(width(shown), 0)
    await otherTicks('timelines', ticks)
    await pull({ x: moved[1], y }, -40)
    const narrower = await otherEnds(moved)
    expect(narrower[0]).toBeCloseTo(moved[0], 0)
    expect(narrower[1]).toBeCloseTo(moved[1] - 40, 0)
    await pull({ x: map.x + GUTTER + 30, y }, 80)
    const drawn = await otherEnds(narrower)
    expect(drawn[0] - map.x - GUTTER).toBeCloseTo(30, 0)
    expect(width(drawn)).toBeCloseTo(80, 0)
  })

  test('a press that draws nothing leaves the window as it is, and the ends of the run hold it', { timeout: TIMEOUT }, async () => {
    await open()
    const shown = await zoomIn()
    const map = await boxOf('[data-view=minimap]')
    await page.mouse.click(map.x + GUTTER + 15, map.y + 20)
    expect(await ends()).toEqual(shown)
    await pull({ x: (shown[0] + shown[1]) / 2, y: map.y + 20 }, -700)
    const held = await otherEnds(shown)
    expect(held[0]).toBeCloseTo(map.x + GUTTER, 0)
    expect(width(held)).toBeCloseTo(width(shown), 0)
  })
})

describe('the window of time in the timelines', () => {
  test('the wheel zooms about the pointer, what is under it stays, and the brush and the axis follow', { timeout: TIMEOUT }, async () => {
    await open()
    await page.keyboard.press('l')
    const whole = await ends()
    const before = await ticksIn('timelines')
    // In linear time twenty seconds take the whole width: the instant at this tick is to stay there.
    const still = before.find(({ words }) => words === '10 s')
    expect(still).toBeDefined()
    const box = await boxOf('[data-view=timelines]')
    await page.mouse.move(still?.x ?? 0, box.y + 100)
    for (let i = 0; i < 3; i++) await page.mouse.wheel({ deltaY: -200 })
    const near = await otherEnds(whole)
    expect(width(near)).toBeLessThan(width(whole) / 2)
    const after = (await ticksIn('timelines')).find(({ words }) => Number.parseFloat(words) === 10)
    expect(Math.abs((after?.x ?? 0) - (still?.x ?? 0))).toBeLessThan(2)
    for (let i = 0; i < 6; i++) await page.mouse.wheel({ deltaY: 200 })
    expect(await otherEnds(near)).toEqual(whole)
  })

  test('a wheel turned sideways moves the window, and with Shift it scrolls and leaves the window', { timeout: TIMEOUT }, async () => {
    await open('#s=failover/five-tunnels-at-once&t=0')
    const shown = await zoomIn()
    await page.mouse.wheel({ deltaX: 120 })
    const moved = await otherEnds(shown)
    expect(moved[0]).toBeGreaterThan(shown[0])
    expect(Math.abs(width(moved) - width(shown))).toBeLessThan(1)
    const picture = (): Promise<string> => page.$eval('[data-view=timelines] canvas', (canvas) => canvas.toDataURL())
    const before = await picture()
    await page.keyboard.down('Shift')
    await page.mouse.wheel({ deltaY: 120 })
    await page.keyboard.up('Shift')
    await page.waitForFunction((old: string) => document.querySelector<HTMLCanvasElement>('[data-view=timelines] canvas')?.toDataURL() !== old, {}, before)
    expect(await ends()).toEqual(moved)
  })

  test('pulling moves it and chooses nothing; a press in place chooses; pulling along the head moves the cursor', { timeout: TIMEOUT }, async () => {
    await open()
    const shown = await zoomIn()
    await pull(await onLanes(0.6), -120)
    const moved = await otherEnds(shown)
    expect(moved[0]).toBeGreaterThan(shown[0])
    expect(await cursorIn(page)).toBe(0)
    const place = await onLanes(0.4)
    await page.mouse.click(place.x, place.y)
    const chosen = await cursorIn(page)
    expect(chosen).toBeGreaterThan(0)
    await pull(await onLanes(0.3, 12), 200)
    expect(await cursorIn(page)).not.toBe(chosen)
    expect(await ends()).toEqual(moved)
  })

  test('a double click zooms in about it, with Shift out again', { timeout: TIMEOUT }, async () => {
    await open()
    const whole = await ends()
    const place = await onLanes(0.5)
    await page.mouse.click(place.x, place.y, { count: 2 })
    await page.waitForFunction((all: number) => (document.querySelector('.brush .selection')?.getBoundingClientRect().width ?? all) < all * 0.51, {}, width(whole))
    await page.keyboard.down('Shift')
    await page.mouse.click(place.x, place.y, { count: 2 })
    await page.keyboard.up('Shift')
    await page.waitForFunction((all: number) => (document.querySelector('.brush .selection')?.getBoundingClientRect().width ?? 0) > all * 0.99, {}, width(whole))
  })

  test('two fingers zoom, one moves', { timeout: TIMEOUT }, async () => {
    await page.setViewport({ width: 1280, height: 800, hasTouch: true })
    try {
      await open()
      const whole = await ends()
      const { x, y } = await onLanes(0.5)
      const touch = await page.createCDPSession()
      const fingers = (type: 'touchStart' | 'touchMove' | 'touchEnd', places: readonly number[]): Promise<unknown> =>
        touch.send('Input.dispatchTouchEvent', { type, touchPoints: places.map((by, id) => ({ x: x + by, y, id })) })
      await fingers('touchStart', [-40, 40])
      for (const apart of [50, 80, 120]) await fingers('touchMove', [-apart, apart])
      await fingers('touchEnd', [])
      const near = await otherEnds(whole)
      expect(width(near)).toBeCloseTo(width(whole) / 3, -1)
      await fingers('touchStart', [0])
      for (const by of [-30, -60, -90]) await fingers('touchMove', [by])
      await fingers('touchEnd', [])
      const moved = await otherEnds(near)
      expect(moved[0] - near[0]).toBeCloseTo(30, -1)
      expect(Math.abs(width(moved) - width(near))).toBeLessThan(1)
      await touch.detach()
    } finally {
      await page.setViewport({ width: 1280, height: 800 })
    }
  })
})

describe('the same window in other views', () => {
  test('the wheel over one of two runs zooms both, and the timelines', { timeout: TIMEOUT }, async () => {
    await open()
    await page.keyboard.press('c')
    await page.keyboard.press('5')
    const other = await boxOf('[data-view=compare-other]')
    await page.waitForSelector('[data-view=compare-other] .axis .tick')
    const [before, whole] = [await ticksIn('compare-one'), await ends()]
    expect((await ticksIn('compare-other')).map(({ words }) => words)).toEqual(before.map(({ words }) => words))
    await page.mouse.move(other.x + other.width * 0.6, other.y + 70)
    await page.mouse.wheel({ deltaY: -500 })
    const near = await otherEnds(whole)
    const words = await otherTicks('compare-one', before)
    await page.waitForFunction((wanted: string) => [...document.querySelectorAll('[data-view=compare-other] .axis .tick text')].map((text) => text.textContent).join() === wanted, {}, words.join())
    await pull({ x: other.x + other.width * 0.6, y: other.y + 70 }, 100)
    expect((await otherEnds(near))[0]).toBeLessThan(near[0])
  })

  test('the ladder scrolls by wheel and by pulling, and pinching on it zooms the timelines', { timeout: TIMEOUT }, async () => {
    await open()
    const ladder = await boxOf('[data-view=ladder]')
    const picture = (): Promise<string> => page.$eval('[data-view=ladder] canvas', (canvas) => canvas.toDataURL())
    const repainted = async (before: string): Promise<void> => {
      await page.waitForFunction((old: string) => document.querySelector<HTMLCanvasElement>('[data-view=ladder] canvas')?.toDataURL() !== old, {}, before)
    }
    const whole = await ends()
    const middle = { x: ladder.x + ladder.width / 2, y: ladder.y + 200 }
    const top = await picture()
    await page.mouse.move(middle.x, middle.y)
    await page.mouse.wheel({ deltaY: 150 })
    await repainted(top)
    const scrolled = await picture()
    await pull(middle, 0, -60)
    await repainted(scrolled)
    expect(await ends()).toEqual(whole)
    // Browsers tell a pinch on a touch pad as a wheel with Ctrl.
    await page.keyboard.down('Control')
    await page.mouse.wheel({ deltaY: -60 })
    await page.keyboard.up('Control')
    expect(width(await otherEnds(whole))).toBeLessThan(width(whole))
  })
})

describe('axes', () => {
  test('of the timelines tell instants in order', { timeout: TIMEOUT }, async () => {
    await open()
    const ticks = await ticksIn('timelines')
    expect(ticks[0]?.words).toBe('0 s')
    expect(ticks.at(-1)?.words).toBe('20 s')
    ticks.slice(1).forEach(({ words, x }, i) => {
      expect(Number.parseFloat(words)).toBeGreaterThan(Number.parseFloat(ticks[i]?.words ?? ''))
      expect(x).toBeGreaterThan(ticks[i]?.x ?? NaN)
    })
  })

  test('of the outages tell how long they were', { timeout: TIMEOUT }, async () => {
    await open('#s=failover/data-plane-only&t=0')
    await page.keyboard.press('4')
    await page.waitForSelector('.outages .axis .tick')
    const words = await page.$$eval('.outages .axis .tick text', (texts) => texts.map((text) => text.textContent))
    expect(words[0]).toBe('0s')
    expect(words.length).toBeGreaterThan(1)
    for (const one of words) expect(one).toMatch(/^[\d.]+(ns|us|ms|s|min)$/)
  })
})
