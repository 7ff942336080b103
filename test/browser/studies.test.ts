// Studies in the explorer, in a real Chromium: results opened as figures, the runs behind them, and a study that runs in the page.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'puppeteer-core'
import { afterAll, describe, expect, test } from 'vitest'
import { Performer } from '../../sim/sweep/batch.ts'
import { readStudy } from '../../sim/sweep/parse-study.ts'
import { planOf } from '../../sim/sweep/plan.ts'
import { headerOf, parseRow } from '../../sim/sweep/result-row.ts'
import { chromiumForAll, digestIn, nextDigest } from './browser.ts'

const SCENARIO = 'scenarios/failover/lns-control-failure.yaml'
const TIMEOUT = 90_000
const STUDY_SEEDS = 3
const STUDY = `name: My study
scenario: failover/lns-control-failure
set: { tunnels.0.sessions.traffic.rate: 0, duration: 12s }
seeds: ${String(STUDY_SEEDS)}
factors:
  loss: { field: links.0.loss, values: [0, 30%] }
responses: [timeToSynchronised]
`

/** A journal of this study, as `sweep` writes it. */
function journal(): string {
  const scenario = { fileName: SCENARIO, text: readFileSync(SCENARIO, 'utf8') }
  const read = readStudy({ fileName: 'mine.yaml', text: STUDY }, { scenario: () => scenario })
  const plan = read.ok ? planOf(read.study) : { error: 'the study does not fit' }
  if ('error' in plan) throw new Error(plan.error)
  const { text } = new Performer(plan).perform([0, 1].map((point) => ({ point, first: 0, count: STUDY_SEEDS })))
  return `${JSON.stringify(headerOf(plan))}\n${text}`
}

const text = journal()
const rows = text.split('\n').flatMap((line) => parseRow(line) ?? []).filter((row) => row.status === 'done')
const folder = mkdtempSync(join(tmpdir(), 'explorer-studies-'))
const openPage = chromiumForAll(() => {
  writeFileSync(join(folder, 'mine.yaml'), STUDY)
  writeFileSync(join(folder, 'rows.ndjson'), text)
  writeFileSync(join(folder, 'altered.ndjson'), text.replace(/"digest":"[0-9a-f]{16}"/, '"digest":"0123456789abcdef"'))
  writeFileSync(join(folder, 'foreign.ndjson'), text.replaceAll('"loss":"', '"lost":"').replace(/"point":"[0-9a-f]{16}"/g, '"point":"0123456789abcdef"'))
  // As a version would have written them that gives the same points other keys.
  writeFileSync(join(folder, 'older.ndjson'), text.replace(/"point":"[0-9a-f]{16}"/g, '"point":"0123456789abcdef"'))
  return ['rows.ndjson', 'altered.ndjson', 'foreign.ndjson', 'older.ndjson'].map((name) => ({ name, path: join(folder, name) }))
})
let page: Page

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Opens the page without the guided reading. */
async function open(path = '#t=0'): Promise<void> {
  page = await openPage(path)
}

const textOf = (selector: string): Promise<string> => page.$eval(selector, (element) => element.textContent)

describe('studies', () => {
  test('results open as the figures of the report; a mark and a region lead to runs, and a run opens with the digest of its row', { timeout: TIMEOUT }, async () => {
    await open('?results=rows.ndjson')
    await page.waitForSelector('.study-figures >>> svg [data-point="1"]')
    await page.click('.study-figures >>> svg [data-point="1"] .mark')
    await page.waitForFunction(() => document.querySelector('.study-runs p')?.textContent === 'loss 30%')
    expect(await page.$$('[data-run^="1 "]')).toHaveLength(STUDY_SEEDS)
    const chart = await page.waitForSelector('.study-figures >>> svg[data-values]')
    await chart?.evaluate((element) => { element.scrollIntoView({ block: 'center' }) })
    const box = await chart?.boundingBox()
    if (box === undefined || box === null) throw new Error('the distributions are not to be seen')
    await page.mouse.move(box.x + 5, box.y + 5)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width - 5, box.y + box.height - 5, { steps: 3 })
    // The brush covers no mark, and the region can be seen.
    const fills = await chart?.evaluate((element) => ['.overlay', '.handle', '.selection'].map((part) => getComputedStyle(element.querySelector(part) ?? element).fill === 'none'))
    expect(fills).toEqual([true, true, false])
    await page.mouse.up()
    await page.waitForFunction((all: number) => document.querySelector('.study-runs h2')?.textContent === `${String(all)} runs`, {}, 2 * STUDY_SEEDS)
    const before = await digestIn(page)
    await page.click('[data-run="1 2"]')
    const shown = await nextDigest(page, before)
    expect(shown).toBe(rows.find(({ seed, factors }) => seed === '2' && factors['loss'] === '30%')?.digest)
    expect(await page.$('.message')).toBeNull()
  })

  test('rows about no point of the study are told, not passed over', { timeout: TIMEOUT }, async () => {
    await open('?results=foreign.ndjson')
    await page.waitForSelector('.message')
    expect(await textOf('.message')).toContain(`${String(2 * STUDY_SEEDS)} rows belong to no point`)
  })

  test('results of another state of the simulator are shown, and said to be so', { timeout: TIMEOUT }, async () => {
    await open('?results=older.ndjson')
    await page.waitForSelector(`[data-study-runs="${String(2 * STUDY_SEEDS)}"]`)
    await page.waitForSelector('.message')
    expect(await textOf('.message')).toContain(`made ${String(2 * STUDY_SEEDS)} of these runs`)
  })

  test('a row whose digest is not that of its run is told', { timeout: TIMEOUT }, async () => {
    await open('?results=altered.ndjson')
    await page.waitForSelector('[data-run="0 1"]')
    await page.click('[data-run="0 1"]')
    await page.waitForSelector('.message')
    expect(await textOf('.message')).toContain('it is another run')
  })

  test('a study of one\'s own runs in the page, is cancelled and gone on with, and its mistakes are told', { timeout: TIMEOUT }, async () => {
    await open()
    await (await page.$('.file input'))?.uploadFile(join(folder, 'mine.yaml'))
    await page.waitForSelector('#study-seeds')
    expect(await textOf('.view-tools .primary')).toBe(`Run ${String(2 * STUDY_SEEDS)} runs`)
    await page.click('#study-seeds', { count: 3 })
    await page.keyboard.type('60')
    await page.keyboard.press('Tab')
    await page.waitForFunction(() => document.querySelector('.view-tools .primary')?.textContent === 'Run 120 runs')
    await page.click('.view-tools .primary')
    await page.waitForFunction(() => document.querySelector('.view-tools .primary')?.textContent === 'Cancel')
    await page.click('.view-tools .primary')
    await page.waitForFunction(() => (document.querySelector('.view-tools .primary')?.textContent ?? '').startsWith('Run '))
    await page.click('.view-tools .primary')
    await page.waitForSelector('[data-study-runs="120"]')
    await page.waitForSelector('.study-figures >>> svg [data-point]')
    await page.click('.study-text summary')
    await page.$eval('#study-text', (area) => {
      const field = area as HTMLTextAreaElement
      field.value = field.value.replace('links.0.loss', 'links.0.lost')
      field.dispatchEvent(new Event('input', { bubbles: true }))
    })
    await page.waitForSelector('.study-text .mistakes li')
    expect(await textOf('.study-text .mistakes li')).toMatch(/^\d+:\d+ .*lost/)
  })
})
