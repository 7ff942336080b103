// A real browser with the built explorer in it. Chromium and Firefox are those of the system (CHROMIUM and FIREFOX name others); where one is
// missing the tests that need it fail and say how to install it.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import puppeteer, { type BoundingBox, type Browser, type Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { serveFolder, type ExtraFile, type WebServer } from '../../sim/cli/web-server.ts'
import { buildWeb } from '../../scripts/build-web.mjs'

const root = join(import.meta.dirname, '../..')

export type Engine = 'chromium' | 'firefox'

const places: Readonly<Record<Engine, readonly (string | undefined)[]>> = {
  chromium: [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/opt/homebrew/bin/chromium'],
  firefox: [process.env['FIREFOX'], '/usr/bin/firefox-esr', '/usr/bin/firefox', '/opt/homebrew/bin/firefox'],
}

function executable(engine: Engine): string {
  const found = places[engine].find((path) => path !== undefined && existsSync(path))
  if (found === undefined) throw new Error(`no ${engine} on this system; install one with scripts/install-tools.sh, or name it in ${engine.toUpperCase()}`)
  return found
}

export interface Explorer {
  readonly browser: Browser
  readonly server: WebServer
  /** The page with nothing remembered from before; `path` is what follows the address of the server. Always the same tab: a window of its
   *  own for each test would cost more than the test. */
  open(path?: string): Promise<Page>
  close(): Promise<void>
}

/** Everything a page said that it should not have. */
const complaints = new WeakMap<Page, string[]>()

export async function startExplorer(engine: Engine, extra: readonly ExtraFile[] = []): Promise<Explorer> {
  await buildWeb()
  const server = await serveFolder({ folder: join(root, 'dist/web'), port: 0, now: () => performance.now(), extra })
  const browser = await puppeteer.launch({
    browser: engine === 'firefox' ? 'firefox' : 'chrome',
    executablePath: executable(engine),
    headless: true,
    args: engine === 'firefox' ? [] : ['--no-sandbox', '--disable-gpu', '--force-color-profile=srgb', '--lang=en'],
    protocolTimeout: 120_000,
  })
  const page = await browser.newPage()
  page.on('pageerror', (error) => complaints.get(page)?.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.get(page)?.push(message.text())
  })
  page.setDefaultTimeout(60_000)
  await page.setViewport({ width: 1280, height: 800 })
  return {
    browser,
    server,
    open: async (path = '') => {
      if (page.url() !== 'about:blank') {
        await page.evaluate(() => {
          localStorage.clear()
        })
        await page.goto('about:blank')
      }
      complaints.set(page, [])
      await page.goto(server.address + path)
      await page.waitForSelector('[data-digest]')
      // Zoom and brush come with the last thing that is fetched before anything can be done.
      await page.waitForSelector('.brush .overlay')
      return page
    },
    close: async () => {
      await browser.close()
      await server.close()
    },
  }
}

/**
 * One Chromium for all tests of a file, and no complaint of the page after any of them. Gives what opens a page; `extra` are files that are
 * served beside it, made when the tests begin.
 */
export function chromiumForAll(extra: () => readonly ExtraFile[] = () => []): (path?: string) => Promise<Page> {
  let explorer: Explorer
  let page: Page
  beforeAll(async () => {
    explorer = await startExplorer('chromium', extra())
  }, 240_000)
  afterAll(() => explorer.close(), 60_000)
  afterEach(() => {
    expect(complaints.get(page)).toEqual([])
  })
  return async (path) => {
    page = await explorer.open(path)
    return page
  }
}

/** Digest of the run a page shows. */
export const digestIn = (page: Page): Promise<string> => page.$eval('[data-digest]', (element) => element.getAttribute('data-digest') ?? '')

/** Waits until the page shows another run than the one with this digest; gives its digest. */
export async function nextDigest(page: Page, before: string): Promise<string> {
  await page.waitForFunction((old: string) => document.querySelector('[data-digest]')?.getAttribute('data-digest') !== old, {}, before)
  return digestIn(page)
}

/** The instant of the cursor, in nanoseconds. */
export const cursorIn = (page: Page): Promise<number> => page.$eval('[data-cursor]', (element) => Number(element.getAttribute('data-cursor')))

/** Text of an element that may have to be fetched first. */
export async function textIn(page: Page, selector: string): Promise<string> {
  await page.waitForSelector(selector)
  return page.$eval(selector, (element) => element.textContent)
}

/** Where an element is that may have to be fetched first. */
export async function boxIn(page: Page, selector: string): Promise<BoundingBox> {
  const box = await (await page.waitForSelector(selector))?.boundingBox()
  if (box === undefined || box === null) throw new Error(`${selector} is not to be seen`)
  return box
}
