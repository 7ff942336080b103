// From what a user names on the command line (a file, `-`, a scenario that ships, `--set` and `--until`) to a scenario. Every
// mistake is an InputError that says what was expected and what was probably meant.

import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Nanos } from '../base/time.ts'
import { nearest } from '../scenario/frame.ts'
import { formatIssues, parseScenario, type Override } from '../scenario/parse.ts'
import type { Scenario } from '../scenario/schema.ts'
import { duration } from '../scenario/units.ts'
import { readText, shippedScenarios, shortPath } from './installation.ts'
import { InputError, type Shell } from './shell.ts'

export interface LoadedScenario {
  readonly scenario: Scenario
  /** What to name on the command line to load it again. */
  readonly reference: string
  /** For messages: the path of the file, or `standard input`. */
  readonly fileName: string
}

export interface ScenarioRequest {
  readonly reference: string
  /** `path=value`. */
  readonly set: readonly string[]
  /** Names that expectations may use. */
  readonly knownMetrics: readonly string[]
}

/** Loads and checks a scenario. */
export async function loadScenario({ reference, set, knownMetrics }: ScenarioRequest, shell: Shell): Promise<LoadedScenario> {
  const overrides = set.map(overrideOf)
  const source = reference === '-' ? { fileName: '-', text: await shell.readStdin() } : openReference(reference)
  const parsed = parseScenario(source.text, source.fileName, overrides, { knownMetrics })
  if (!parsed.ok) throw new InputError(problems(formatIssues(parsed.issues), parsed.issues.length))
  return { scenario: parsed.scenario, reference, fileName: reference === '-' ? 'standard input' : source.fileName }
}

function problems(text: string, count: number): string {
  return count === 1 ? text : `${text}\n\n${String(count)} mistakes`
}

function overrideOf(text: string): Override {
  const equals = text.indexOf('=')
  if (equals <= 0) throw new InputError(`--set ${text}: expected path=value, such as links[0].loss=1%`)
  return { path: text.slice(0, equals), value: text.slice(equals + 1) }
}

/** An existing file, else a scenario that ships by its name. */
function openReference(reference: string): { readonly fileName: string; readonly text: string } {
  const path = isFile(reference) ? reference : shippedScenarios().find(({ name }) => name === withoutExtension(reference))?.path
  if (path === undefined) throw new InputError(notFound(reference))
  const content = readText(path)
  if ('error' in content) throw new InputError(`cannot read ${path}: ${content.error.message}`)
  return { fileName: shortPath(path), text: content.text }
}

function isFile(path: string): boolean {
  return existsSync(path) && !statSync(path).isDirectory()
}

function withoutExtension(reference: string): string {
  return reference.replace(/^(\.\/)?scenarios\//, '').replace(/\.ya?ml$/, '')
}

function notFound(reference: string): string {
  const isFolder = existsSync(reference)
  const wrong = isFolder
    ? `${reference} is a folder`
    : `no scenario ${reference}: neither a file nor the name of one that ships`
  const near = nearestScenario(reference)
  const meant = near === undefined ? '' : `\n  did you mean \`${near}\`?`
  return `${wrong}${meant}\n  \`l2tpsim scenarios\` lists those that ship`
}

/** The nearest of the names that ship, by whole name or last part, and of the files beside the one that is missing. */
function nearestScenario(reference: string): string | undefined {
  const names = shippedScenarios().map(({ name }) => name)
  const wanted = withoutExtension(reference)
  const byLastPart = nearest(
    basename(wanted),
    names.map((name) => basename(name)),
  )
  const folder = dirname(reference)
  const files =
    existsSync(folder) && statSync(folder).isDirectory()
      ? readdirSync(folder).filter((file) => /\.(ya?ml|json)$/.test(file))
      : []
  const file = nearest(basename(reference), files)
  if (file !== undefined) return join(folder, file)
  return nearest(wanted, names) ?? names.find((name) => basename(name) === byLastPart)
}

/** `--until 20s` as an instant. */
export function readInstant(option: string, text: string): Nanos {
  const reading = duration.read(text)
  if (reading.ok && reading.value > 0) return reading.value
  const why = reading.ok ? 'is not after the start' : reading.why
  const meant = reading.ok || reading.suggestion === undefined ? '' : `\n  did you mean \`${reading.suggestion}\`?`
  throw new InputError(`${option} ${text}: ${why}\n  expected: ${duration.form}${meant}`)
}
