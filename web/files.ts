// Files that somebody opens, drops or has served beside the page: what each is, by how it begins, and where it is shown.

import { inquiryOfText } from './inquiries.ts'
import { openRepro } from './session.ts'
import { ask, openTrace } from './state.ts'

type Sort = 'trace' | 'results' | 'study' | 'repro' | 'scenario'

/** Octets that tell what a file is. */
const HEAD = 65_536

/** What a file is. */
async function sortOf(file: Blob): Promise<Sort> {
  const head = await file.slice(0, HEAD).text()
  if (head.startsWith('{"format":"l2tpsim-trace"')) return 'trace'
  if (head.startsWith('{"format":"l2tpsim-results"')) return 'results'
  if (/^repro:/m.test(head)) return 'repro'
  return /^"?(factors|responses|strategies)"?:/m.test(head) ? 'study' : 'scenario'
}

/** Shows what the files hold. A study may come with the scenarios it names, and results in several files. */
export async function openFiles(files: readonly File[]): Promise<void> {
  const sorted = await Promise.all(files.map(async (file) => ({ file, sort: await sortOf(file) })))
  const of = (sort: Sort): readonly File[] => sorted.filter((one) => one.sort === sort).map(({ file }) => file)
  const [trace] = of('trace')
  const [scenario] = of('scenario')
  const [study] = of('study')
  const [repro] = of('repro')
  const results = of('results')
  if (results.length > 0) await (await import('./study.ts')).openResults(results)
  else if (study !== undefined) await openStudyFile(study, of('scenario'))
  else if (repro !== undefined) openRepro(await repro.text(), repro.name)
  else if (trace !== undefined) openTrace({ name: trace.name, file: trace })
  else if (scenario !== undefined) ask(inquiryOfText(await scenario.text(), scenario.name))
}

async function openStudyFile(file: File, scenarios: readonly File[]): Promise<void> {
  const { openStudy } = await import('./study.ts')
  const texts = await Promise.all(scenarios.map(async (one) => ({ fileName: one.name, text: await one.text() })))
  // A study names a file by its path from where it lies; here they lie together.
  const named = texts.flatMap((text) => [text.fileName, `./${text.fileName}`].map((name) => [name, text] as const))
  await openStudy({ fileName: file.name, text: await file.text() }, Object.fromEntries(named))
}
