// Repros in the explorer, in a real Chromium: opened from a file, and by the link that shrinking prints. Either shows the violation, with a
// chip for whatever goes wrong, and what becomes of it without one.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'puppeteer-core'
import { afterAll, describe, expect, test } from 'vitest'
import { hunt } from '../../sim/hunt/hunt.ts'
import { reproOf, reproText } from '../../sim/hunt/repro.ts'
import { parseScenario } from '../../sim/index.ts'
import { readHash } from '../../web/address.ts'
import { l2tpsim } from '../support/shell.ts'
import { chromiumForAll, cursorIn, digestIn, nextDigest, textIn } from './browser.ts'

const DEFAULT = 'scenarios/failover/lns-control-failure.yaml'
const TIMEOUT = 90_000
const folder = mkdtempSync(join(tmpdir(), 'repros-'))
const openPage = chromiumForAll()
let page: Page

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Opens the page without the guided reading. */
async function open(path = '#t=0'): Promise<void> {
  page = await openPage(path)
}

const textOf = (selector: string): Promise<string> => textIn(page, selector)

const verdict = (): Promise<string> => page.$eval('.verdict', ({ className }) => className)
const chips = (): Promise<readonly string[]> => page.$$eval('.chip', (all) => all.map(({ textContent }) => textContent))

/** Waits until the page shows the run with this digest. */
async function shown(digest: string): Promise<void> {
  await page.waitForFunction((one: string) => document.querySelector('[data-digest]')?.getAttribute('data-digest') === one, {}, digest)
}

/** Waits until the inspector is about this record. */
async function inspected(record: number): Promise<void> {
  const text = `record ${String(record)} `
  await page.waitForFunction((part: string) => document.querySelector('.inspector .facts')?.textContent.includes(part) === true, {}, text)
}

describe('a repro', () => {
  test('opens at its violation; without the fault that causes it, it is gone, and undo brings it back', { timeout: TIMEOUT }, async () => {
    const overrides = [
      { path: 'expect', value: '[{ metric: recoveriesAttempted, equals: 1 }]' },
      { path: 'faults[1]', value: '{ kind: crash, endpoint: lns1, at: 12s, plane: control }' },
    ]
    const parsed = parseScenario(readFileSync(DEFAULT, 'utf8'), DEFAULT, overrides)
    if (!parsed.ok) throw new Error('the changes do not fit')
    const outcome = hunt(parsed.scenario)
    const finding = outcome.findings[0]
    if (finding === undefined) throw new Error('nothing is violated')
    writeFileSync(join(folder, 'bug.repro.yaml'), reproText(reproOf(parsed.scenario, outcome, finding, { command: 'test' })))
    await open()
    const before = await digestIn(page)
    await (await page.$('.file input'))?.uploadFile(join(folder, 'bug.repro.yaml'))
    expect(await nextDigest(page, before)).toBe(outcome.digest)
    await inspected(finding.record)
    expect(await verdict()).toContain('fail')
    expect(await textOf('.verdict b')).toContain('1 expectation not met')
    expect(await page.$('.message')).toBeNull()
    const all = await chips()
    expect(all).toHaveLength(2)
    expect(all[1]).toContain('crash lns1 at 12s')
    await page.click('.chip:nth-child(2) [aria-label^="Remove"]')
    await nextDigest(page, outcome.digest)
    expect(await verdict()).toContain('pass')
    await page.click('[aria-label="Undo (Ctrl+Z)"]')
    await shown(outcome.digest)
  })
})

describe('the link that shrinking prints', () => {
  /** A LAC that sends a CDN where RFC 4951 wants silence, once it has failed itself; a cut has nothing to do with it. */
  async function shrunkLink(): Promise<string> {
    const path = join(folder, 'cdn.repro.yaml')
    const [quirk, faults] = [
      'endpoints.lac1.quirks=[cdn-for-unknown-session]',
      'faults=[{kind: crash, endpoint: lac1, at: 7s}, {kind: mispair-session, endpoint: lns1, at: 2s, session: 10, peerOf: 6},' +
        ' {kind: cut, link: [lac1, lns1], at: 1s, for: 100ms}]',
    ]
    await l2tpsim(['run', DEFAULT, '--set', quirk, '--set', faults, '--set', 'expect=[]', '--quiet', '--repro', path])
    return /#x=\S+/.exec((await l2tpsim(['shrink', path])).stdout)?.[0] ?? ''
  }

  test('opens at the violation; a chip removed, it is gone; followed on an open page, too', { timeout: TIMEOUT }, async () => {
    const link = await shrunkLink()
    const { digest, view } = await readHash(link)
    await open(link)
    await shown(digest ?? '')
    await inspected(view.selection ?? 0)
    expect(await cursorIn(page)).toBe(view.cursor)
    expect(await textOf('.inspector h2')).toContain('CDN')
    expect(await textOf('.verdict b')).toContain('1 violation')
    expect(await page.$('.message')).toBeNull()
    expect(await chips()).toEqual(['crash lac1 at 7s', 'mispair-session lns1 at 2s, session 10, peerOf 6'])
    for (const place of [1, 2]) {
      await page.click(`.chip:nth-child(${String(place)}) [aria-label^="Remove"]`)
      await nextDigest(page, digest ?? '')
      expect(await verdict()).toContain('pass')
      expect(await page.$('.message')).toBeNull()
      await page.click('[aria-label="Undo (Ctrl+Z)"]')
      await shown(digest ?? '')
      expect(await verdict()).toContain('fail')
    }
    await open()
    const before = await digestIn(page)
    await page.evaluate((hash: string) => {
      location.hash = hash
    }, link)
    await shown(digest ?? '')
    await page.waitForFunction((at: number) => Number(document.querySelector('[data-cursor]')?.getAttribute('data-cursor')) === at, {}, view.cursor ?? 0)
    expect(await page.$('.message')).toBeNull()
    await page.click('[aria-label="Undo (Ctrl+Z)"]')
    await shown(before)
    expect(await chips()).toEqual([])
  })
})
