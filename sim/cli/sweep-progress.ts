// How a study gets on: one bar on a terminal, a line now and then where there is none.

import cliProgress from 'cli-progress'
import type { Progress } from './campaign.ts'
import type { Shell } from './shell.ts'

export interface SweepProgress {
  see(progress: Progress): void
  stop(): void
}

/** Milliseconds between two lines where there is no terminal, and between two steps of the bar. */
const CALM_MS = 10_000
const STEP_MS = 100

export function sweepProgress(shell: Shell): SweepProgress {
  return shell.stderr.isTerminal ? progressBar(shell) : progressLines(shell)
}

/** `3 min 20 s`. */
export function clockTime(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${String(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${String(minutes)} min ${String(seconds % 60)} s`
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`
}

function speedOf({ performed, done, wanted }: Progress, elapsedMs: number): { readonly rate: string; readonly left: string } {
  const perSecond = elapsedMs > 0 ? (performed * 1000) / elapsedMs : 0
  const left = perSecond > 0 ? clockTime(((wanted - done) / perSecond) * 1000) : '?'
  return { rate: perSecond >= 10 ? String(Math.round(perSecond)) : perSecond.toFixed(1), left }
}

function troubleOf({ failed, violated }: Progress): string {
  const parts = [failed > 0 && `${String(failed)} failed`, violated > 0 && `${String(violated)} with violations`]
  return parts
    .filter((part) => part !== false)
    .map((part) => `, ${part}`)
    .join('')
}

function progressBar(shell: Shell): SweepProgress {
  const { stderr } = shell
  const now = (): number => shell.now()
  const format = `  ${stderr.colours.cyan('{bar}')} {percentage}%  {value} of {total} runs  {rate}/s  {left} left{trouble}`
  const options = { format, stream: process.stderr, clearOnComplete: true, hideCursor: true, barsize: 30 }
  const bar = new cliProgress.SingleBar(options, cliProgress.Presets.shades_classic)
  const started = now()
  let shown = -Infinity
  let begun = false
  return {
    see(progress) {
      if (now() - shown < STEP_MS && progress.done < progress.wanted) return
      shown = now()
      const payload = { ...speedOf(progress, now() - started), trouble: troubleOf(progress) }
      if (!begun) bar.start(progress.wanted, progress.done, payload)
      begun = true
      bar.setTotal(progress.wanted)
      bar.update(progress.done, payload)
    },
    stop() {
      if (begun) bar.stop()
    },
  }
}

function progressLines(shell: Shell): SweepProgress {
  const { stderr } = shell
  const now = (): number => shell.now()
  const started = now()
  let shown = started
  return {
    see(progress) {
      if (now() - shown < CALM_MS) return
      shown = now()
      const { rate, left } = speedOf(progress, now() - started)
      const { done, wanted } = progress
      stderr.write(`l2tpsim: ${String(done)} of ${String(wanted)} runs, ${rate}/s, ${left} left${troubleOf(progress)}\n`)
    },
    stop: () => undefined,
  }
}
