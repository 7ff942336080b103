// Accessibility rules (axe-core, WCAG 2.1 A and AA) on every view of the explorer, light and dark, with its menu, dialogs and mistakes open.

import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import type { Page } from 'puppeteer-core'
import { describe, expect, test } from 'vitest'
import { chromiumForAll } from './browser.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TIMEOUT = 120_000

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[] }[]
}

/** Rules that are broken, each with the first place. */
async function broken(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE)
  const result = await page.evaluate((): Promise<AxeResult> => {
    const { axe } = window as unknown as { readonly axe: { run(options: unknown): Promise<AxeResult> } }
    return axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })
  })
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160) ?? ''} ${nodes[0]?.failureSummary ?? ''}`)
}

const openPage = chromiumForAll()
let page: Page

/** Opens the page in the colours of `scheme`. */
async function open(scheme: string, hash: string): Promise<void> {
  page = await openPage(hash)
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
}

const views = ['ladder', 'machines', 'topology', 'metrics', 'compare', 'seeds', 'study']

describe.each(['light', 'dark'])('%s', (scheme) => {
  test('no view breaks a rule', { timeout: TIMEOUT }, async () => {
    await open(scheme, '#t=0')
    await page.keyboard.press('f')
    for (const view of views) {
      await page.click(`#tab-${view}`)
      await page.waitForSelector('.dock-body:not(:has([aria-busy]))')
      expect(await broken(page), view).toEqual([])
    }
  })

  test('nor do the figures of a study', { timeout: TIMEOUT }, async () => {
    await open(scheme, '?study=studies/detection-delay')
    await page.waitForSelector('#study-seeds')
    await page.click('.view-tools .primary')
    await page.waitForSelector('.study-figures >>> svg [data-point]')
    await page.waitForFunction(() => document.querySelector('.view-tools .primary') === null)
    expect(await broken(page)).toEqual([])
  })

  test('nor do two runs side by side, the text with a mistake, the menu, the guide and the dialogs', { timeout: TIMEOUT }, async () => {
    await open(scheme, '#v=compare&add=faults%7C%7B+kind%3A+crash%2C+endpoint%3A+lac1%2C+at%3A+8s+%7D%7Ccrash')
    await page.click('.chip [aria-label^="Beside"]')
    await page.waitForSelector('.parting')
    await page.click('#tab-text')
    await page.waitForSelector('#scenario-text')
    await page.$eval('#scenario-text', (area) => {
      ;(area as HTMLTextAreaElement).value += 'nonsense: 1\n'
      area.dispatchEvent(new Event('input', { bubbles: true }))
    })
    await page.waitForSelector('.mistakes li')
    expect(await broken(page)).toEqual([])
    await page.$eval('[data-view=timelines]', (view) => view.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true })))
    await page.waitForSelector('[role=menuitem]')
    expect(await broken(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('g')
    await page.waitForSelector('.tour')
    expect(await broken(page)).toEqual([])
    for (const key of ['?', 's', 'e']) {
      await page.evaluate(() => { (document.activeElement as HTMLElement | null)?.blur() })
      await page.keyboard.type(key)
      await page.waitForSelector('dialog[open]')
      expect(await broken(page)).toEqual([])
      await page.keyboard.press('Escape')
      await page.waitForFunction(() => document.querySelector('dialog') === null)
    }
  })
})
