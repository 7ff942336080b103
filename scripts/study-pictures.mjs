// Draws the pictures of docs/studies.md: runs each study that ships (what is in results/ already is used), writes its report, and takes
// the top of it as a PNG with a Chromium that is installed (or named in CHROMIUM). Run as: node scripts/study-pictures.mjs [NAME...]

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import puppeteer from 'puppeteer-core'

const root = dirname(import.meta.dirname)
const all = readdirSync(join(root, 'scenarios/studies')).map((file) => basename(file, '.yaml'))
const chosen = process.argv.length > 2 ? process.argv.slice(2) : all

function l2tpsim(...words) {
  const { status } = spawnSync(process.execPath, [join(root, 'bin/l2tpsim.js'), ...words], { cwd: root, stdio: 'inherit' })
  if (status !== 0) throw new Error(`l2tpsim ${words.join(' ')} ended with ${String(status)}`)
}

const pictures = join(root, 'docs/pictures')
mkdirSync(pictures, { recursive: true })
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
try {
  for (const name of chosen) {
    const folder = join(root, 'results', name)
    l2tpsim('sweep', `studies/${name}`, '--out', folder)
    l2tpsim('report', folder)
    const page = await browser.newPage()
    await page.setViewport({ width: 1120, height: 900 })
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }])
    await page.goto(`file://${folder}/report.html`)
    const top = await page.$('section figure')
    await top.screenshot({ path: join(pictures, `study-${name}.png`) })
    await page.close()
  }
} finally {
  await browser.close()
}
