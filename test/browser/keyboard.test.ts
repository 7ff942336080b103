// What a pointer can do in the explorer, done with keys alone in a real Chromium; and that what is drawn can be read.

import { readFileSync } from 'node:fs'
import type { Page } from 'puppeteer-core'
import { describe, expect, test } from 'vitest'
import { parseScenario, run, type Override } from '../../sim/index.ts'
import { chromiumForAll, cursorIn, digestIn, nextDigest } from './browser.ts'

const TIMEOUT = 90_000
const openPage = chromiumForAll()
let page: Page

async function open(path = '#t=0'): Promise<void> {
  page = await openPage(path)
}

function digestWith(overrides: readonly Override[], seed?: string): string {
  const path = 'scenarios/failover/lns-control-failure.yaml'
  const parsed = parseScenario(readFileSync(path, 'utf8'), path, overrides)
  if (!parsed.ok) throw new Error('the changes do not fit')
  return run(parsed.scenario, seed === undefined ? {} : { seed }).digest
}

async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key as 'Enter')
}

/** Until the first entry of the menu has the focus; gives its words. */
async function menuOpen(): Promise<string> {
  await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'menuitem')
  return page.evaluate(() => document.activeElement?.textContent ?? '')
}

/** Goes on with Tab until the focus is there. */
async function tabTo(selector: string): Promise<void> {
  await page.waitForSelector(selector)
  for (let i = 0; i < 120; i++) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not lead to ${selector}`)
}

const textOf = (selector: string): Promise<string> => page.$eval(selector, (element) => element.textContent)
const picture = (): Promise<string> => page.$eval('[data-view=timelines] canvas', (canvas) => canvas.toDataURL())
const repainted = (before: string): Promise<unknown> =>
  page.waitForFunction((old: string) => document.querySelector<HTMLCanvasElement>('[data-view=timelines] canvas')?.toDataURL() !== old, {}, before)

describe('by keys alone', () => {
  test('an endpoint of the topology is crashed', { timeout: TIMEOUT }, async () => {
    await open('#t=8000000000&v=topology')
    const before = await digestIn(page)
    await tabTo('[data-endpoint=lac1]')
    await press('Enter')
    expect(await menuOpen()).toContain('Crash the control plane of lac1')
    await press('Enter')
    expect(await nextDigest(page, before)).toBe(digestWith([{ path: 'faults[1]', value: '{ kind: crash, endpoint: lac1, at: 8s, plane: control }' }]))
  })

  test('a packet under way is inspected, and the menu key intervenes', { timeout: TIMEOUT }, async () => {
    await open('#t=5515000000&v=topology')
    await tabTo('.packet.recovery')
    await press('Enter')
    await page.waitForSelector('.inspector .tree')
    expect(await textOf('.inspector h2')).toContain('SCCRP sent lac1')
    await press('ContextMenu')
    expect(await menuOpen()).toContain('Drop SCCRP')
    await press('Escape')
    await page.waitForFunction(() => document.querySelector('[role=menu]') === null)
  })

  test('a message of the ladder is dropped by the menu key', { timeout: TIMEOUT }, async () => {
    await open()
    const before = await digestIn(page)
    await press('f', 'j')
    await tabTo('[data-view=ladder]')
    await press('ContextMenu')
    expect(await menuOpen()).toBe('Drop SCCRQ no. 1 from lns1')
    await press('Enter')
    expect(await nextDigest(page, before)).toBe(digestWith([{ path: 'links[0].script[0]', value: '{ drop: { message: SCCRQ, from: lns1, nth: 1 } }' }]))
  })

  test('from dot to dot of many seeds, and a seed is opened', { timeout: TIMEOUT }, async () => {
    await open('#set=links[0].loss%3D20%25&v=seeds')
    const before = await digestIn(page)
    await tabTo('#seed-count')
    await page.keyboard.down('Control')
    await press('a')
    await page.keyboard.up('Control')
    await page.keyboard.type('12')
    await press('Tab', 'Enter')
    await page.waitForSelector('[data-seeds="12"]')
    await tabTo('.dot')
    const first = await page.evaluate(() => document.activeElement?.getAttribute('data-seed') ?? '')
    await press('ArrowRight')
    const second = await page.evaluate(() => document.activeElement?.getAttribute('data-seed') ?? '')
    expect(second).not.toBe(first)
    await press('Enter')
    expect(await nextDigest(page, before)).toBe(digestWith([{ path: 'links[0].loss', value: '20%' }], second))
  })

  test('fields of a message are lit line by line, with their octets', { timeout: TIMEOUT }, async () => {
    await open()
    await press('f', 'j')
    await tabTo('.tree')
    await press('ArrowDown', 'ArrowDown')
    // RFC 2661 3.1: the second line is that of flags and version, two octets.
    await page.waitForFunction(() => document.querySelectorAll('.octet.lit').length === 2)
    expect(await textOf('.tree-line.lit')).toContain('Flags and version')
  })

  test('tunnels are folded, groups too, and the chosen one comes into sight', { timeout: TIMEOUT }, async () => {
    await open('#s=stress/fifty-lacs&t=0')
    for (const key of ['x', 'Shift+X']) {
      const before = await picture()
      if (key === 'x') await press('x')
      else {
        await page.keyboard.down('Shift')
        await press('X')
        await page.keyboard.up('Shift')
      }
      await repainted(before)
    }
    const before = await picture()
    for (let i = 0; i < 30; i++) await press('ArrowDown')
    await repainted(before)
    expect(await textOf('.view-tools')).toContain('lac31')
    // The label of the chosen tunnel has a mark at its left edge, in the colour of the cursor.
    const marks = await page.$eval('[data-view=timelines] canvas', (canvas) => {
      const { data } = canvas.getContext('2d')?.getImageData(1, 0, 1, canvas.height) ?? { data: new Uint8ClampedArray() }
      return [...data].filter((value, i) => i % 4 === 2 && value - (data[i - 2] ?? 0) > 100).length
    })
    expect(marks).toBeGreaterThan(8)
  })

  test('a box with the focus is scrolled by arrow keys, and the tunnel stays', { timeout: TIMEOUT }, async () => {
    await open('#v=metrics')
    await tabTo('.metrics')
    const before = await cursorIn(page)
    await press('ArrowDown', 'ArrowDown')
    await page.waitForFunction(() => (document.querySelector('.metrics')?.scrollTop ?? 0) > 0)
    expect(await cursorIn(page)).toBe(before)
  })
})

describe('what is drawn can be read', () => {
  test.each(['light', 'dark'])('every state machine is whole, and no letters in it are smaller than 9 pixels, at 1280 by 800, %s', { timeout: TIMEOUT }, async (scheme) => {
    await open('#v=machines')
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
    await page.waitForSelector('.diagram .state')
    for (const name of await page.$$eval('[aria-label="State machine"] option', (options) => options.map(({ value }) => value))) {
      await page.select('[aria-label="State machine"]', name)
      await page.waitForSelector(`[aria-label^="Diagram of ${name}"] .state`)
      const least = await page.$$eval('.diagram text', (texts) =>
        Math.min(...(texts).map((text) => Number(text.getAttribute('font-size')) * (text.getScreenCTM()?.a ?? 0))),
      )
      expect(least).toBeGreaterThanOrEqual(9)
      const hidden = await page.$eval('.diagram', (box) => [box.scrollWidth - box.clientWidth, box.scrollHeight - box.clientHeight])
      expect(hidden).toEqual([0, 0])
    }
    await page.emulateMediaFeatures([])
  })

  test('a transition that is selected brings up its own machine and instance', { timeout: TIMEOUT }, async () => {
    await open('#v=machines')
    await page.waitForSelector('tr[data-row="0"] button')
    await page.select('[aria-label="State machine"]', 'session-sync')
    await page.waitForSelector('[aria-label="Diagram of session-sync"]')
    await page.click('tr[data-row="0"] button')
    const first = await page.$eval('[aria-label="Which one"]', (select) => (select as HTMLSelectElement).value)
    await page.click('tr[data-row="0"] button')
    await page.waitForFunction((old: string) => document.querySelector<HTMLSelectElement>('[aria-label="Which one"]')?.value !== old, {}, first)
    await page.waitForSelector('.state.lit[data-state=unsynchronised]')
  })

  test('the verdict is whole in a window of 900 pixels', { timeout: TIMEOUT }, async () => {
    await open()
    await page.setViewport({ width: 900, height: 800 })
    const clipped = await page.$eval('.verdict b', (element) => element.scrollWidth - element.clientWidth)
    await page.setViewport({ width: 1280, height: 800 })
    expect(clipped).toBeLessThanOrEqual(0)
  })
})
