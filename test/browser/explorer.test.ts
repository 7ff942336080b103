// What one can do in the explorer, done in a real Chromium: every interaction by pointer or key, judged by what the page then shows.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BoundingBox, Page } from 'puppeteer-core'
import { afterAll, describe, expect, test } from 'vitest'
import { jsonlWriter, parseScenario, run, type Override } from '../../sim/index.ts'
import { boxIn, chromiumForAll, cursorIn, digestIn, nextDigest, textIn } from './browser.ts'

const DEFAULT = 'scenarios/failover/lns-control-failure.yaml'
const TIMEOUT = 90_000
const openPage = chromiumForAll(() => [{ name: 'trace.jsonl', path: traceFile(folder) }])
let page: Page

/** Digest that Node gives for the default scenario with changes. */
function digestWith(overrides: readonly Override[], seed?: string): string {
  const parsed = parseScenario(readFileSync(DEFAULT, 'utf8'), DEFAULT, overrides)
  if (!parsed.ok) throw new Error('the changes do not fit')
  return run(parsed.scenario, seed === undefined ? {} : { seed }).digest
}

/** A trace of the default scenario, as `run --trace` writes it. */
function traceFile(folder: string): string {
  const text = readFileSync(DEFAULT, 'utf8')
  const parsed = parseScenario(text, DEFAULT)
  if (!parsed.ok) throw new Error('the default scenario does not fit')
  const endpoints = [{ endpoint: 'lac1', address: '10.1.0.1' }, { endpoint: 'lns1', address: '10.2.0.1' }]
  const chunks: string[] = []
  const writer = jsonlWriter({ version: '0.0.0', scenario: 'stored', scenarioHash: '', seed: '7', scenarioText: text, endpoints }, (chunk) => chunks.push(chunk))
  const { digest, simulatedNs, ended } = run(parsed.scenario, { seed: '7', folds: [writer] })
  writer.end(simulatedNs)
  writer.finish({ at: simulatedNs, digest, ended })
  const path = join(folder, 'stored.jsonl')
  writeFileSync(path, chunks.join(''))
  return path
}

const folder = mkdtempSync(join(tmpdir(), 'explorer-'))

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Opens the page without the guided reading, which has a test of its own. */
async function open(path = '#t=0'): Promise<void> {
  page = await openPage(path)
}

const textOf = (selector: string): Promise<string> => textIn(page, selector)

const boxOf = (selector: string): Promise<BoundingBox> => boxIn(page, selector)

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

/** The timelines as they are drawn. */
const picture = (): Promise<string> => page.$eval('[data-view=timelines] canvas', (canvas) => canvas.toDataURL())

/** Waits until the timelines look different. */
async function repainted(before: string): Promise<void> {
  await page.waitForFunction((old: string) => document.querySelector<HTMLCanvasElement>('[data-view=timelines] canvas')?.toDataURL() !== old, {}, before)
}

/** Clicks at a place within an element, given in parts of its width and height. */
async function clickIn(selector: string, x: number, y: number, button: 'left' | 'right' = 'left'): Promise<void> {
  const box = await boxOf(selector)
  await page.mouse.click(box.x + box.width * x, box.y + box.height * y, { button })
}

async function chooseInMenu(start: string): Promise<void> {
  await page.waitForSelector('[role=menuitem]')
  const items = await page.$$('[role=menuitem]')
  for (const item of items) {
    const text = await item.evaluate((element) => element.textContent)
    if (text.startsWith(start)) return item.click()
  }
  throw new Error(`the menu has no entry ${start}`)
}

/** `pcapng` of a run, `ladder.svg` of a picture. */
const kindOf = (name: string): string => (name.startsWith('lns-') ? name.replace(/^[^.]*\./, '') : name)

describe('opening', () => {
  test('shows a finished run of the default scenario without a click', { timeout: TIMEOUT }, async () => {
    page = await openPage()
    expect(await digestIn(page)).toBe(digestWith([]))
    expect(await textOf('.verdict b')).toContain('everything held')
  })

  test('first visit: the guided reading moves cursor and selection step by step, and stays closed afterwards', { timeout: TIMEOUT }, async () => {
    page = await openPage()
    await page.waitForSelector('.tour[data-step="0"]')
    const seen: number[] = []
    for (let step = 0; step < 7; step++) {
      await page.waitForSelector(`.tour[data-step="${String(step)}"]`)
      await page.waitForFunction(() => document.querySelector('.inspector .kind') !== null)
      await pause(60)
      seen.push(await cursorIn(page))
      await page.click('.tour .primary')
    }
    // The failure is at 5 s; every later step comes after it.
    expect(seen[1]).toBe(5e9)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    await page.waitForFunction(() => document.querySelector('.tour') === null)
    await page.reload()
    await page.waitForSelector('[data-digest]')
    expect(await page.$('.tour')).toBeNull()
  })

  test('another scenario is chosen in the list', { timeout: TIMEOUT }, async () => {
    await open()
    const before = await digestIn(page)
    await page.select('#scenario', 'failover/lost-cdn')
    const parsed = parseScenario(readFileSync('scenarios/failover/lost-cdn.yaml', 'utf8'), 'lost-cdn.yaml')
    expect(await nextDigest(page, before)).toBe(parsed.ok ? run(parsed.scenario).digest : '')
  })

  test('a trace served beside the page is shown, with its own digest', { timeout: TIMEOUT }, async () => {
    await open('?trace=trace.jsonl')
    expect(await digestIn(page)).toBe(digestWith([], '7'))
    expect(await textOf('.panel')).toContain('trace.jsonl')
  })

  test('a trace file is opened by hand and its scenario can be run from there', { timeout: TIMEOUT }, async () => {
    await open()
    const before = await digestIn(page)
    const input = await page.$('.file input')
    await input?.uploadFile(join(folder, 'stored.jsonl'))
    expect(await nextDigest(page, before)).toBe(digestWith([], '7'))
    await page.click('.panel .primary')
    await page.waitForSelector('.field')
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>('#seed')?.disabled === false)
    expect(await digestIn(page)).toBe(digestWith([], '7'))
  })

  test('a trace is dropped; what is done to it is done to its own scenario and seed, and undo brings the trace back', { timeout: TIMEOUT }, async () => {
    await open('#s=v3/over-ip&t=0')
    const before = await digestIn(page)
    await page.$eval('.app', (app, text) => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([text], 'stored.jsonl'))
      app.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }))
    }, readFileSync(join(folder, 'stored.jsonl'), 'utf8'))
    const stored = await nextDigest(page, before)
    expect(stored).toBe(digestWith([], '7'))
    await page.click('#tab-text')
    await page.waitForSelector('#scenario-text')
    expect(await page.$eval('#scenario-text', (area) => (area as HTMLTextAreaElement).value)).toContain('name: LNS control failure')
    await page.$eval('[data-view=timelines]', (view) => view.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true })))
    await chooseInMenu('Crash both planes of lac1')
    const at = `${String(await cursorIn(page) / 1e9)}s`
    expect(await nextDigest(page, stored)).toBe(digestWith([{ path: 'faults[1]', value: `{ kind: crash, endpoint: lac1, at: ${at}, plane: both }` }], '7'))
    await page.click('[aria-label="Undo (Ctrl+Z)"]')
    await page.waitForFunction((digest: string) => document.querySelector('[data-digest]')?.getAttribute('data-digest') === digest, {}, stored)
    await page.click('[aria-label="Undo (Ctrl+Z)"]')
    expect(await nextDigest(page, stored)).toBe(before)
  })
})

describe('time', () => {
  test('keys step by record, jump to fault and reset, and reach both ends', { timeout: TIMEOUT }, async () => {
    await open()
    await page.keyboard.press('f')
    expect(await cursorIn(page)).toBe(5e9)
    expect(await textOf('.inspector h2')).toContain('fault: crash lns1')
    await page.keyboard.press('r')
    expect(await textOf('.inspector h2')).toContain('resets its control channel')
    const reset = await cursorIn(page)
    await page.keyboard.press('.')
    await page.keyboard.press(',')
    expect(await cursorIn(page)).toBe(reset)
    await page.keyboard.press('End')
    expect(await cursorIn(page)).toBe(20e9)
    await page.keyboard.press('Home')
    expect(await cursorIn(page)).toBe(0)
  })

  test('playing moves the cursor and stops on demand', { timeout: TIMEOUT }, async () => {
    await open()
    await page.keyboard.press(' ')
    await page.waitForFunction(() => Number(document.querySelector('[data-cursor]')?.getAttribute('data-cursor')) > 0)
    await page.keyboard.press(' ')
    const stopped = await cursorIn(page)
    await pause(150)
    expect(await cursorIn(page)).toBe(stopped)
    // At the end it stops by itself, and playing again begins at the start.
    await page.keyboard.press('End')
    await page.keyboard.press(' ')
    await page.waitForFunction((end: number) => Number(document.querySelector('[data-cursor]')?.getAttribute('data-cursor')) < end, {}, 10e9)
    await page.keyboard.press('End')
    await page.waitForSelector('[aria-label^="Play"]')
    expect(await cursorIn(page)).toBe(20e9)
  })

  test('a click in the timelines sets the cursor, the wheel zooms there, dragging moves, and 0 shows all', { timeout: TIMEOUT }, async () => {
    await open()
    const whole = await picture()
    await clickIn('[data-view=timelines]', 0.72, 0.5)
    expect(await cursorIn(page)).toBeGreaterThan(4e9)
    await page.mouse.wheel({ deltaY: -800 })
    await repainted(whole)
    const near = await picture()
    const box = await boxOf('[data-view=timelines]')
    await page.mouse.move(box.x + 600, box.y + 100)
    await page.mouse.down()
    await page.mouse.move(box.x + 500, box.y + 100, { steps: 4 })
    await page.mouse.up()
    await repainted(near)
    await page.keyboard.press('0')
    await page.mouse.move(5, 5)
    await repainted(near)
  })

  test('linear and folded time are two pictures of one run', { timeout: TIMEOUT }, async () => {
    await open()
    const before = await picture()
    await page.keyboard.press('l')
    await repainted(before)
    expect(await page.$eval('.choice [aria-pressed=true]', (button) => button.textContent)).toBe('linear')
  })

  test('the question mark lists the keys', { timeout: TIMEOUT }, async () => {
    await open()
    await page.keyboard.type('?')
    await page.waitForSelector('dialog .keys')
    expect(await textOf('dialog .keys')).toContain('next fault')
    await page.keyboard.press('Escape')
    await page.waitForFunction(() => document.querySelector('dialog') === null)
  })
})

describe('looking closer', () => {
  test('a message of the ladder is decoded, with its tree and octets lit together, its causes and effects as links', { timeout: TIMEOUT }, async () => {
    await open()
    await page.keyboard.press('f')
    await page.keyboard.press('j')
    expect(await textOf('.inspector h2')).toBe('SCCRQ sent lns1 → lac1')
    expect(await textOf('.tree')).toContain('Tunnel Recovery')
    expect(await textOf('.tree')).toContain('RFC 4951')
    await page.evaluate(() => {
      const line = [...document.querySelectorAll('.tree-line')].find((one) => one.textContent.includes('Tunnel Recovery'))
      line?.setAttribute('id', 'wanted')
    })
    await page.hover('#wanted')
    // RFC 4951 5.2: six octets of AVP header, then two Tunnel IDs of 16 bits in 10 octets with what is reserved.
    await page.waitForFunction(() => document.querySelectorAll('.octet.lit').length === 16)
    await page.evaluate(() => { document.querySelector('.octet')?.scrollIntoView() })
    await page.hover('.octet')
    await page.waitForFunction(() => document.querySelectorAll('.tree-line.lit').length === 1)
    const before = await cursorIn(page)
    const causes = await page.$$('.records:nth-of-type(1) .link, .records .link')
    expect(causes.length).toBeGreaterThan(2)
    await page.evaluate(() => { [...document.querySelectorAll<HTMLElement>('.records .link')].find((one) => one.textContent.includes('crash'))?.click() })
    await page.waitForFunction((old: number) => Number(document.querySelector('[data-cursor]')?.getAttribute('data-cursor')) !== old, {}, before)
    expect(await cursorIn(page)).toBe(5e9)
  })

  test('a click on an arrow of the ladder selects its message', { timeout: TIMEOUT }, async () => {
    await open()
    await clickIn('[data-view=ladder]', 0.3, 0.22)
    await page.waitForSelector('.inspector .tree')
  })

  test('the state at the cursor is lit in the machine, and a row steps through its firings', { timeout: TIMEOUT }, async () => {
    await open()
    await page.click('#tab-machines')
    await page.waitForSelector('.state')
    await page.click('tr[data-row="3"] button')
    await page.waitForSelector('.state.lit[data-state=confirming]')
    expect(await textOf('.inspector h2')).toContain('requesting → confirming on rcv-SCCRP')
  })

  test('the topology shows planes, replicas and packets under way at the cursor', { timeout: TIMEOUT }, async () => {
    await open()
    await page.click('#tab-topology')
    await page.waitForSelector('[data-endpoint=lns1] .plane.up')
    expect(await page.$('.packet')).not.toBeNull()
    await page.keyboard.press('f')
    await page.waitForSelector('[data-endpoint=lns1] .plane.down')
    expect(await textOf('[data-endpoint=lns1]')).toContain('failed')
  })

  test('metrics: the phases of the recovery, and verdicts of the invariants', { timeout: TIMEOUT }, async () => {
    await open()
    await page.click('#tab-metrics')
    await page.waitForSelector('.part-list')
    const parts = await page.$$eval('.part-list tr', (rows) => rows.map((row) => [...row.children].slice(1, 3).map(({ textContent }) => textContent)))
    expect(parts).toEqual(expect.arrayContaining([['detect', '200ms'], ['all', '590ms']]))
    expect(await page.$$('.invariants .violated')).toHaveLength(0)
  })
})

describe('playing with it', () => {
  test('a slider repeats the run as it moves, as one step of undo', { timeout: TIMEOUT }, async () => {
    await open()
    const before = await digestIn(page)
    const path = 'endpoints.lns1.backup.detectionDelay'
    await page.focus(`[data-path="${path}"]`)
    for (let i = 0; i < 12; i++) await page.keyboard.press('ArrowRight')
    await nextDigest(page, before)
    const value = await page.$eval(`[id="f-${path}"]`, (input) => (input as HTMLInputElement).value)
    const after = digestWith([{ path, value }])
    await page.waitForFunction((digest: string) => document.querySelector('[data-digest]')?.getAttribute('data-digest') === digest, {}, after)
    await page.click('h1')
    await page.keyboard.down('Control')
    await page.keyboard.press('z')
    await page.keyboard.up('Control')
    expect(await nextDigest(page, after)).toBe(before)
  })

  test('a wrong value is told beside the parameters, and the run stays', { timeout: TIMEOUT }, async () => {
    await open()
    await page.click('[id="f-links[0].loss"]', { count: 3 })
    await page.keyboard.type('lots')
    await page.keyboard.press('Tab')
    await page.waitForSelector('.panel [role=alert]')
    expect(await textOf('.panel [role=alert]')).toContain('probability')
    expect(await digestIn(page)).toBe(digestWith([]))
  })

  test('a message is dropped from the menu: a chip appears, goes by undo, and the run is that of the same --set', { timeout: TIMEOUT }, async () => {
    await open()
    const before = await digestIn(page)
    await page.keyboard.press('f')
    await page.keyboard.press('j')
    await page.focus('[data-view=ladder]')
    await page.$eval('[data-view=ladder]', (view) => view.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true })))
    await chooseInMenu('Drop SCCRQ no. 1 from lns1')
    const after = await nextDigest(page, before)
    expect(after).toBe(digestWith([{ path: 'links[0].script[0]', value: '{ drop: { message: SCCRQ, from: lns1, nth: 1 } }' }]))
    expect(await textOf('.chip')).toContain('Drop SCCRQ')
    await page.click('[aria-label="Undo (Ctrl+Z)"]')
    expect(await nextDigest(page, after)).toBe(before)
    expect(await page.$('.chip')).toBeNull()
  })

  test('an endpoint is crashed from the topology; the chip forks into two runs, with the record at which they part', { timeout: TIMEOUT }, async () => {
    await open('#t=8000000000&v=topology')
    const before = await digestIn(page)
    await page.waitForSelector('[data-endpoint=lac1]')
    await clickIn('[data-endpoint=lac1]', 0.5, 0.3, 'right')
    await chooseInMenu('Crash the control plane of lac1')
    const after = await nextDigest(page, before)
    expect(after).toBe(digestWith([{ path: 'faults[1]', value: '{ kind: crash, endpoint: lac1, at: 8s, plane: control }' }]))
    await page.click('.chip [aria-label^="Beside the run without"]')
    await page.click('#tab-compare')
    await page.waitForSelector('.parting:not([data-parting=none])')
    expect(await textOf('.parting')).toContain('crash lac1')
    await page.click('.chip [aria-label^="Remove"]')
    expect(await nextDigest(page, after)).toBe(before)
    await page.waitForSelector('[data-parting=none]')
  })

  test('many seeds: progress, distribution, cancel, and a dot opens its seed', { timeout: TIMEOUT }, async () => {
    await open('#set=links[0].loss%3D20%25')
    const before = await digestIn(page)
    await page.click('#tab-seeds')
    await page.waitForSelector('#seed-count')
    await page.click('#seed-count', { count: 3 })
    await page.keyboard.type('30')
    await page.keyboard.press('Tab')
    await page.click('.view-tools .primary')
    await page.waitForSelector('[data-seeds="30"]')
    expect(await page.$$('.plot:first-child .dot')).toHaveLength(30)
    await page.click('.plot .dot[data-seed="9"]')
    expect(await nextDigest(page, before)).toBe(digestWith([{ path: 'links[0].loss', value: '20%' }], '9'))
    expect(await page.$eval('#seed', (input) => (input as HTMLInputElement).value)).toBe('9')
  })

  test('the text is checked while it is typed, with line and column, and run when it is right', { timeout: TIMEOUT }, async () => {
    await open()
    const before = await digestIn(page)
    await page.click('#tab-text')
    await page.waitForSelector('#scenario-text')
    const edit = (from: string, to: string): Promise<void> =>
      page.$eval('#scenario-text', (area, old, text) => {
        const field = area as HTMLTextAreaElement
        field.value = field.value.replace(old, text)
        field.dispatchEvent(new Event('input', { bubbles: true }))
      }, from, to)
    await edit('latency: 10ms', 'latenzy: 10ms')
    await page.waitForSelector('.mistakes li')
    expect(await textOf('.mistakes li')).toMatch(/^\d+:\d+ .*latenzy.*did you mean.*latency/)
    await edit('latenzy: 10ms', 'latency: 11ms')
    expect(await nextDigest(page, before)).toBe(digestWith([{ path: 'links[0].latency', value: '11ms' }]))
  })
})

describe('passing it on', () => {
  test('the address reopens the same run, view and instant, is short, and its digest is checked', { timeout: TIMEOUT }, async () => {
    await open('#set=links[0].loss%3D5%25&seed=4')
    await page.keyboard.press('f')
    await page.keyboard.press('4')
    await page.click('[aria-label="Share this view (S)"]')
    await page.waitForFunction(() => (document.querySelector<HTMLInputElement>('#share-address')?.value ?? '').includes('&d='))
    const address = await page.$eval('#share-address', (input) => (input as HTMLInputElement).value)
    expect(address.length).toBeLessThan(2000)
    expect(await textOf('.command')).toBe('npx l2tpsim run failover/lns-control-failure --seed 4 --set \'links[0].loss=5%\'')
    const [digest, at] = [await digestIn(page), await cursorIn(page)]
    const hash = address.slice(address.indexOf('#'))
    await open(hash)
    await page.waitForSelector('.metrics')
    expect([await digestIn(page), await cursorIn(page)]).toEqual([digest, at])
    expect(await page.$('.message')).toBeNull()
    await open(hash.replace(/d=[0-9a-f]{8}/, 'd=00000000'))
    await page.waitForSelector('.message')
    expect(await textOf('.message')).toContain('not the run that was shared')
    await open(hash.replace(/ver=[^&]*/, 'ver=0.0.1'))
    await page.waitForSelector('.message')
    expect(await textOf('.message')).toContain('version 0.0.1')
  })

  test('exports: capture, records, Perfetto, Mermaid, scenario, SVG and PNG', { timeout: TIMEOUT }, async () => {
    await open()
    const downloads = mkdtempSync(join(tmpdir(), 'explorer-downloads-'))
    const session = await page.createCDPSession()
    await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: downloads })
    await page.keyboard.press('e')
    await page.waitForSelector('[data-format]')
    const formats = ['pcapng', 'jsonl', 'perfetto', 'mermaid', 'yaml', 'timelines-svg', 'timelines-png', 'ladder-svg', 'ladder-png']
    for (const format of formats) {
      const before = readdirSync(downloads).length
      await page.click(`[data-format="${format}"]`)
      for (let tries = 0; tries < 300 && readdirSync(downloads).filter((name) => !name.endsWith('.crdownload')).length <= before; tries++) {
        await pause(50)
      }
    }
    const files = new Map(readdirSync(downloads).map((name) => [kindOf(name), readFileSync(join(downloads, name))]))
    rmSync(downloads, { recursive: true, force: true })
    // The block type with which every pcapng file begins.
    expect(files.get('pcapng')?.subarray(0, 4).toString('hex')).toBe('0a0d0d0a')
    expect(files.get('jsonl')?.toString()).toContain(digestWith([]))
    expect((JSON.parse(String(files.get('perfetto.json'))) as { traceEvents: unknown[] }).traceEvents.length).toBeGreaterThan(100)
    expect(files.get('mmd')?.toString()).toMatch(/^sequenceDiagram/)
    expect(parseScenario(String(files.get('yaml')), 'x.yaml').ok).toBe(true)
    for (const words of ['crash lns1', '0 s', '20 s']) expect(files.get('timelines.svg')?.toString()).toContain(`>${words}</text>`)
    expect(files.get('ladder.svg')?.toString()).toContain('SCCRQ')
    for (const view of ['timelines', 'ladder']) expect(files.get(`${view}.png`)?.subarray(1, 4).toString()).toBe('PNG')
  })
})
