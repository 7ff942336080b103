// Takes the pictures of the explorer that the documents show: every view, at one size, from runs that repeat exactly. CHROMIUM names
// another browser. WebP, because the files stay in the repository for ever.
//
//   node --import tsx scripts/pictures.mjs

/* global document -- parts of it run in the page */

import { mkdirSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { dirname, join } from 'node:path'
import puppeteer from 'puppeteer-core'
import { serveFolder } from '../sim/cli/web-server.ts'
import { buildWeb } from './build-web.mjs'

const root = dirname(import.meta.dirname)
const folder = join(root, 'docs/pictures')

const press = (...keys) => async (page) => {
  for (const key of keys) await page.keyboard.press(key)
}

const LOSSY = 'set=links[0].loss%3D12%25&set=endpoints.lns1.backup.detectionDelay%3D1s&seed=5'

/** Name of the picture, address, what is done before it is taken, and light or dark. */
const pictures = [
  ['explorer', '#t=0', press('f', 'j', 'j', 'j'), 'light'],
  ['timelines', '#s=failover/five-tunnels-at-once&t=0', press('f', 'r'), 'light', '[data-view=timelines]'],
  ['ladder', `#${LOSSY}`, press('f', 'j', 'j'), 'light', '.dock-main'],
  ['inspector', '#t=0', press('f', 'j', 'j'), 'light', '.inspector'],
  ['state-machines', '#v=machines', press('f', 'r'), 'dark', '.dock-main'],
  ['topology', '#v=topology&t=5515000000', press('.'), 'light', '.dock-main'],
  ['metrics', `#v=metrics&${LOSSY}`, press('f'), 'light', '.dock-main'],
  ['two-runs', `#v=compare&${LOSSY}`, twoRuns, 'dark', '.dock-main'],
  ['study', '?study=studies/recovery-time#t=0', study, 'light', '.dock-main'],
  ['many-seeds', '#v=seeds&set=links[0].loss%3D15%25', manySeeds, 'light', '.dock-main'],
]

async function twoRuns(page) {
  await page.waitForSelector('.dock .view-tools button')
  await page.click('.dock .view-tools button')
  await page.waitForSelector('.parting')
  await page.keyboard.press('f')
}

async function manySeeds(page) {
  await page.click('.view-tools .primary')
  await page.waitForSelector('[data-seeds="200"]')
}

/** A few seeds of a study, with one of its cells chosen and a run of it opened. */
async function study(page) {
  await page.waitForSelector('#study-seeds')
  await page.click('#study-seeds', { count: 3 })
  await page.keyboard.type('4')
  await page.keyboard.press('Tab')
  await page.waitForFunction(() => document.querySelector('.view-tools .primary')?.textContent === 'Run 144 runs')
  await page.click('.view-tools .primary')
  await page.waitForSelector('[data-study-runs="144"]')
  await page.waitForFunction(() => document.querySelector('.view-tools .primary') === null)
  const cell = await page.$('.study-figures >>> g[data-point="29"] rect')
  await cell.evaluate((element) => element.scrollIntoView({ block: 'center' }))
  await cell.click()
}

await buildWeb()
mkdirSync(folder, { recursive: true })
const server = await serveFolder({ folder: join(root, 'dist/web'), port: 0, now: () => Date.now() })
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--lang=en'] })
for (const [name, hash, act, scheme, part] of pictures) {
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
  await page.setViewport({ width: 1440, height: 900 })
  await page.goto(server.address + hash)
  await page.waitForSelector('[data-digest]')
  await page.waitForSelector('.brush .overlay')
  // The address moves cursor and window once the run is there.
  await setTimeout(400)
  await act(page)
  await setTimeout(700)
  const target = part === undefined ? page : await page.$(part)
  await target.screenshot({ path: join(folder, `${name}.webp`), type: 'webp', quality: 82 })
  console.log(`docs/pictures/${name}.webp`)
  await context.close()
}
await browser.close()
await server.close()
