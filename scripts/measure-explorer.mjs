// Measures the explorer in headless Chromium and prints the figures: size, time to the first timeline, a slider's effect, and, on a run of
// more than a million records, frames while panning and zooming and the work to reach any instant. CHROMIUM names another browser.
//
//   node --import tsx scripts/measure-explorer.mjs

/* global document, window, performance, requestAnimationFrame, MutationObserver, Event, KeyboardEvent, WheelEvent
   -- parts of it run in the page */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import puppeteer from 'puppeteer-core'
import { serveFolder } from '../sim/cli/web-server.ts'
import { buildWeb } from './build-web.mjs'

const root = dirname(import.meta.dirname)
const MILLION = '#set=tunnels[0].sessions.traffic.rate%3D200/s&set=tunnels[0].sessions.count%3D50&set=tunnels[0].sessions.spacing%3D10ms'
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1]
const p95 = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length * 0.95)]
const ms = (n) => `${n.toFixed(1)} ms`

await buildWeb()
const folder = join(root, 'dist/web')
const kilobytes = (files) =>
  `${(files.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name)), { level: 9 }).length, 0) / 1000).toFixed(1)} kB`
const all = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(html|js|css)$/.test(name))

/** In the page: what was fetched until the first timeline stood; the rest comes when nothing else is to be done. */
const fetchedFirst = () =>
  performance
    .getEntriesByType('resource')
    .filter(({ startTime }) => startTime < window.firstTimeline)
    .map(({ name }) => new URL(name).pathname.slice(1))

/** Notes when the first run is there, by the page's own clock, which starts with its navigation. */
function watchFirst() {
  const observer = new MutationObserver(() => {
    if (document.querySelector('[data-digest]') === null) return
    observer.disconnect()
    requestAnimationFrame(() => {
      window.firstTimeline = performance.now()
    })
  })
  observer.observe(document, { childList: true, subtree: true })
}

/** In the page: moves a slider; gives the time until another digest is shown. */
async function moveSlider(path) {
  const slider = document.querySelector(`[data-path="${path}"]`)
  const times = []
  for (let i = 0; i < 25; i++) {
    const before = document.querySelector('[data-digest]').dataset.digest
    const started = performance.now()
    slider.value = String(0.2 + i * 0.01)
    slider.dispatchEvent(new Event('input', { bubbles: true }))
    const isSame = () => document.querySelector('[data-digest]').dataset.digest === before
    const frame = () =>
      new Promise((resolve) => {
        requestAnimationFrame(resolve)
      })
    while (isSame()) await frame()
    await frame()
    times.push(performance.now() - started)
  }
  return times
}

const server = await serveFolder({ folder, port: 0, now: () => performance.now() })
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const browser = await puppeteer.launch({ executablePath, args: ['--no-sandbox'], protocolTimeout: 240_000 })

/** In a new tab of a browser that has nothing in its cache. A new window would also draw what is the browser's own. */
async function open(hash) {
  const page = await browser.newPage()
  await page.setCacheEnabled(false)
  await page.setViewport({ width: 1920, height: 1080 })
  await page.evaluateOnNewDocument(watchFirst)
  await page.goto(server.address + hash)
  await page.waitForFunction(() => window.firstTimeline !== undefined, { timeout: 120_000 })
  // What follows moves the window, whose zoom and brush are fetched when the first timeline stands.
  await page.waitForSelector('.brush .overlay', { timeout: 120_000 })
  return page
}

const firsts = []
for (let i = 0; i < 5; i++) {
  const page = await open('#t=0')
  firsts.push(await page.evaluate(() => window.firstTimeline))
  if (i === 0) {
    const first = ['index.html', ...(await page.evaluate(fetchedFirst))]
    console.log(`page, compressed: ${kilobytes(first)} for the first timeline, ${kilobytes(all)} with everything that is fetched later`)
  }
  if (i === 4) {
    const times = await page.evaluate(moveSlider, 'endpoints.lns1.backup.detectionDelay')
    console.log(`slider to picture, default scenario: median ${ms(median(times))}, 95 % below ${ms(p95(times))}`)
  }
  await page.close()
}
console.log(`first timeline after opening: median ${ms(median(firsts))}, all ${firsts.map(ms).join(', ')}`)

const big = await open(MILLION)
const records = await big.evaluate(() => document.querySelector('[data-records]')?.dataset.records ?? '')
console.log(`large run: ${records} records, shown ${ms(await big.evaluate(() => window.firstTimeline))} after opening`)
for (const kind of ['pan', 'zoom', 'instant']) {
  const cost = await big.evaluate(measureWork, kind)
  const pace = (1000 / median(cost.distances)).toFixed(0)
  console.log(`${kind}: work in a frame: median ${ms(median(cost.works))}, 95 % below ${ms(p95(cost.works))}; ${pace} frames a second`)
}

/** In the page: two runs of the same movements, one for the pace of frames, one for the work in them. */
async function measureWork(kind) {
  const view = document.querySelector('[data-view=timelines]')
  const box = view.getBoundingClientRect()
  const act = (i) => {
    if (kind === 'instant') {
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key: i % 80 < 40 ? 'ArrowRight' : 'ArrowLeft', bubbles: true }))
      return
    }
    const by = i % 60 < 30 ? 1 : -1
    const move = kind === 'zoom' ? { deltaX: 0, deltaY: -60 * by } : { deltaX: 25 * by, deltaY: 0 }
    const place = { clientX: box.left + box.width * 0.6, clientY: box.top + 90 }
    view.dispatchEvent(new WheelEvent('wheel', { ...place, ...move, bubbles: true, cancelable: true }))
  }
  const frame = () =>
    new Promise((resolve) => {
      requestAnimationFrame(resolve)
    })
  const distances = []
  let last = await frame()
  for (let i = 0; i < 180; i++) {
    act(i)
    const at = await frame()
    distances.push(at - last)
    last = at
  }
  const works = []
  for (let i = 0; i < 120; i++) {
    await frame()
    let opened = 0
    requestAnimationFrame(() => {
      opened = performance.now()
    })
    const started = performance.now()
    act(i)
    const acted = performance.now() - started
    // What `act` asked to be drawn comes between the callback asked for before it and the one asked for after it.
    const drawn = await new Promise((resolve) => {
      requestAnimationFrame(() => {
        resolve(performance.now() - opened)
      })
    })
    works.push(acted + drawn)
  }
  return { distances, works }
}

await browser.close()
await server.close()
