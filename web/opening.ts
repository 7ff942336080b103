// What the page opens with: the run its address names, a trace it is told to show, or the default scenario. And back: the address follows
// what is shown.

import { effect } from '@preact/signals'
import { VERSION } from '../sim/base/version.ts'
import { LONGEST_HASH } from '../sim/run/explorer-link.ts'
import { DEFAULT_SCENARIO, inquiryFor, inquiryOfText } from './inquiries.ts'
import { hashOf, readHash, type Shareable } from './address.ts'
import { openFiles } from './files.ts'
import { isSettled } from './session.ts'
import {
  ask,
  axisMode,
  chosenLane,
  cursor,
  dockTab,
  expectedDigest,
  inquiry,
  model,
  notice,
  openedFile,
  select,
  selection,
  timeWindow,
  tourStep,
  type Inquiry,
} from './state.ts'
import { read } from './theme.ts'

/** Asks what the address says, and puts the view where it says once the run is there. */
export async function open(): Promise<void> {
  const asked = new URLSearchParams(location.search)
  const file = asked.get('trace')
  if (file !== null && (await openServed([file]))) return
  const results = asked.get('results')
  if (results !== null) void openServed(results.split(','))
  const study = asked.get('study')
  if (study !== null) void openNamedStudy(study)
  const address = await readHash(location.hash)
  const { inquiry: named } = address
  const base = named.text === undefined ? await inquiryFor(named.shipped ?? DEFAULT_SCENARIO) : inquiryOfText(named.text, 'shared.yaml')
  if (named.shipped !== undefined && base.shipped !== named.shipped) notice.value = `There is no scenario ${named.shipped} here.`
  if (address.view.axis !== undefined) axisMode.value = address.view.axis
  if (address.view.tab !== undefined) dockTab.value = address.view.tab
  const next: Inquiry = { ...base, changes: named.changes, interventions: named.interventions, seed: named.seed }
  // A link followed on a page that shows a run already is a step that can be undone.
  if (model.peek() === undefined) inquiry.value = next
  else ask(next)
  onceAnswered(next, () => {
    arrive(address)
  })
  if (location.hash === '' && location.search === '' && read('l2tpsim-guided') === undefined) tourStep.value = 0
}

/** Acts when the run that answers `question` is there, unless something else was asked before. */
function onceAnswered(question: Inquiry, act: () => void): void {
  const stop = effect(() => {
    const [run, present] = [model.value, inquiry.value]
    if (present === question && (run === undefined || !isSettled())) return
    queueMicrotask(() => {
      stop()
      if (present === question) act()
    })
  })
}

/** Files served beside the page, which is what `l2tpsim view` does. */
async function openServed(names: readonly string[]): Promise<boolean> {
  const files: File[] = []
  for (const name of names.filter((one) => /^[\w.-]+$/.test(one))) {
    const response = await fetch(name)
    if (!response.ok) {
      notice.value = `${name} could not be fetched: ${String(response.status)} ${response.statusText}`
      return false
    }
    files.push(new File([await response.blob()], name))
  }
  if (files.length > 0) await openFiles(files)
  return files.length > 0
}

async function openNamedStudy(name: string): Promise<void> {
  const [{ studies }, { openStudy }] = await Promise.all([import('./shipped-studies.ts'), import('./study.ts')])
  const found = studies.find((one) => one.name === name)
  if (found === undefined) notice.value = `There is no study ${name} here.`
  else await openStudy({ fileName: `${found.name}.yaml`, text: found.text })
}

/** Compares a run with what was promised of it. */
export function checkDigests(): void {
  effect(() => {
    const [run, promised] = [model.value, expectedDigest.value]
    if (run === undefined || promised === undefined || !isSettled()) return
    expectedDigest.value = undefined
    const { digest, version, source, record } = promised
    if (record !== undefined) queueMicrotask(() => {
      select(Math.min(record, run.trace.count - 1))
    })
    const made = version === VERSION ? '' : ` It was made by version ${version}, this is ${VERSION}.`
    if (digest === run.result.digest) notice.value = undefined
    else notice.value = `${source} has digest ${digest} for this run, which has ${run.result.digest} here: it is another run.${made}`
  })
}

function arrive({ view, digest, version }: Awaited<ReturnType<typeof readHash>>): void {
  const run = model.peek()
  if (run === undefined) return
  if (view.from !== undefined && view.to !== undefined) timeWindow.value = { from: view.from, to: Math.min(view.to, run.end) }
  if (view.cursor !== undefined) cursor.value = Math.min(view.cursor, run.end)
  if (view.lane !== undefined && view.lane < run.lanes.length) chosenLane.value = view.lane
  if (view.selection !== undefined && view.selection < run.trace.count) selection.value = view.selection
  if (version !== undefined && version !== VERSION) {
    const same =
      digest === run.result.digest ? 'the run is the same all the same' : 'the run differs from the one that was shared'
    notice.value = `The link was made by version ${version}, this is ${VERSION}: ${same}.`
  } else if (digest !== undefined && digest !== run.result.digest) {
    notice.value = `The link promises digest ${digest}, this run has ${run.result.digest}: it is not the run that was shared.`
  }
}

export function present(): Shareable | undefined {
  const run = model.value
  if (run === undefined || openedFile.value !== undefined) return undefined
  const view = {
    cursor: cursor.value,
    ...timeWindow.value,
    selection: selection.value,
    lane: chosenLane.value,
    tab: dockTab.value,
    axis: axisMode.value,
  }
  return { inquiry: inquiry.value, view, digest: run.result.digest, version: VERSION }
}

/** Keeps the address in step, but not at every movement. */
export function followAddress(): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  effect(() => {
    const shown = present()
    clearTimeout(timer)
    if (shown === undefined) return
    timer = setTimeout(() => {
      if (!isSettled()) return
      void hashOf(shown).then((hash) => {
        if (hash.length <= LONGEST_HASH) history.replaceState(null, '', `#${hash}`)
      })
    }, 400)
  })
  addEventListener('hashchange', () => {
    void open()
  })
}
