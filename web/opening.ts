// What the page opens with: the run its address names, a trace it is told to show, or the default scenario. And back: the address follows
// what is shown.

import { effect } from '@preact/signals'
import { VERSION } from '../sim/base/version.ts'
import { LONGEST_HASH, hashOf, readHash, type Shareable } from './address.ts'
import { DEFAULT_SCENARIO, shipped } from './shipped.ts'
import { isSettled } from './session.ts'
import {
  axisMode,
  chosenLane,
  cursor,
  dockTab,
  inquiry,
  model,
  notice,
  openedFile,
  selection,
  timeWindow,
  tourStep,
  type Inquiry,
} from './state.ts'
import { read } from './theme.ts'

const NOTHING = { changes: [], interventions: [], seed: undefined } as const

/** The question that a shipped scenario stands for. */
export function inquiryFor(name: string): Inquiry {
  const found =
    shipped.find((scenario) => scenario.name === name) ?? shipped.find((scenario) => scenario.name === DEFAULT_SCENARIO)
  const known = found?.name ?? ''
  return { shipped: known, text: found?.text ?? '', fileName: `${known}.yaml`, ...NOTHING }
}

export function inquiryOfText(text: string, fileName: string): Inquiry {
  return { shipped: undefined, text, fileName, ...NOTHING }
}

/** Asks what the address says, and puts the view where it says once the run is there. */
export async function open(): Promise<void> {
  const file = new URLSearchParams(location.search).get('trace')
  if (file !== null && (await openTrace(file))) return
  const address = await readHash(location.hash)
  const { inquiry: asked } = address
  const base = asked.text === undefined ? inquiryFor(asked.shipped ?? DEFAULT_SCENARIO) : inquiryOfText(asked.text, 'shared.yaml')
  if (asked.shipped !== undefined && base.shipped !== asked.shipped) notice.value = `There is no scenario ${asked.shipped} here.`
  if (address.view.axis !== undefined) axisMode.value = address.view.axis
  if (address.view.tab !== undefined) dockTab.value = address.view.tab
  inquiry.value = { ...base, changes: asked.changes, interventions: asked.interventions, seed: asked.seed }
  const stop = effect(() => {
    const run = model.value
    if (run === undefined) return
    queueMicrotask(() => {
      stop()
      arrive(address)
    })
  })
  if (location.hash === '' && read('l2tpsim-guided') === undefined) tourStep.value = 0
}

/** A trace served beside the page, which is what `l2tpsim view FILE` does. */
async function openTrace(name: string): Promise<boolean> {
  if (!/^[\w.-]+$/.test(name)) return false
  const response = await fetch(name)
  if (!response.ok) {
    notice.value = `The trace could not be fetched: ${String(response.status)} ${response.statusText}`
    return false
  }
  const file = await response.blob()
  if (/\.ya?ml$/.test(name)) inquiry.value = inquiryOfText(await file.text(), name)
  else openedFile.value = { name, file }
  return true
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
