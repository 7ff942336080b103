// From what a user names on the command line (a study file, `-`, a study that ships, options that change it) to a study with its
// plan. Every mistake is an InputError that says what was expected and what was probably meant.

import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { nearest } from '../scenario/frame.ts'
import { formatIssues } from '../scenario/parse.ts'
import { openBundle, readStudy, type StudyResult } from '../sweep/parse-study.ts'
import { planOf, type Plan } from '../sweep/plan.ts'
import type { NamedText, Study, StudyBundle } from '../sweep/study.ts'
import { packageFolder, readText, shippedScenarios, shortPath } from './installation.ts'
import { InputError, type Shell } from './shell.ts'

export interface StudyRequest {
  readonly reference: string
  /** `path=value`, for all scenarios of the study. */
  readonly set: readonly string[]
  /** Seeds instead of the study's: `20` or `1..20`. */
  readonly seeds: string | undefined
  /** Precision instead of the study's: relative half-width of the main interval. */
  readonly precision?: number
}

export interface LoadedStudy {
  readonly plan: Plan
  /** Name without folder and extension, for the folder of results. */
  readonly slug: string
}

/** What the command line says otherwise than the file; limits and budgets are no part of a plan. */
export interface StudyChanges {
  readonly budget?: Partial<Study['budget']>
  readonly limits?: Partial<Study['limits']>
}

/** The studies that ship, in order of name. */
export function shippedStudies(): readonly { readonly name: string; readonly path: string }[] {
  const folder = join(packageFolder, 'scenarios/studies')
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => /\.ya?ml$/.test(file)) : []
  return files.sort().map((file) => ({ name: `studies/${file.replace(/\.ya?ml$/, '')}`, path: join(folder, file) }))
}

/** Loads and checks a study. */
export async function loadStudy(request: StudyRequest, changes: StudyChanges, shell: Shell): Promise<LoadedStudy> {
  const text = request.reference === '-' ? { fileName: '-', text: await shell.readStdin() } : openStudy(request.reference)
  const folder = request.reference === '-' ? '.' : dirname(text.fileName)
  const { set, seeds, precision } = request
  const scenario = (reference: string): NamedText | { readonly error: string } => openScenario(reference, folder)
  const changed = { ...(seeds === undefined ? {} : { seeds }), ...(precision === undefined ? {} : { precision }) }
  const result = readStudy(text, { scenario, set, ...changed })
  const slug = basename(text.fileName).replace(/\.(ya?ml|json)$/, '')
  return { plan: changedPlan(result, changes), slug: slug === '-' || slug === '' ? 'study' : slug }
}

/** The plan of a study that was loaded before, from the header of its results. */
export function planOfBundle(bundle: StudyBundle): Plan {
  return changedPlan(openBundle(bundle), {})
}

function changedPlan(result: StudyResult, changes: StudyChanges): Plan {
  if (!result.ok) {
    const { length } = result.issues
    throw new InputError(`${formatIssues(result.issues)}${length === 1 ? '' : `\n\n${String(length)} mistakes`}`)
  }
  const { study } = result
  const limits = { ...study.limits, ...changes.limits }
  const budget = { ...study.budget, ...changes.budget }
  const plan = planOf({ ...study, limits, budget })
  if ('error' in plan) throw new InputError(plan.error)
  return plan
}

function openStudy(reference: string): NamedText {
  const isFile = existsSync(reference) && !statSync(reference).isDirectory()
  const name = reference.replace(/^(\.\/)?scenarios\//, '').replace(/\.ya?ml$/, '')
  const shipped = shippedStudies().find((study) => study.name === name || study.name === `studies/${name}`)
  const path = isFile ? reference : shipped?.path
  if (path === undefined) throw new InputError(noStudy(reference))
  return textAt(path)
}

function noStudy(reference: string): string {
  const names = shippedStudies().map(({ name }) => name)
  const short = names.map((name) => basename(name))
  const byLast = short.indexOf(nearest(basename(reference), short) ?? '')
  const near = names[byLast]
  const meant = near === undefined ? '' : `\n  did you mean \`${near}\`?`
  return `no study ${reference}: neither a file nor the name of one that ships${meant}\n  \`l2tpsim sweep --list\` lists those that ship`
}

function textAt(path: string): NamedText {
  const content = readText(path)
  if ('error' in content) throw new InputError(`cannot read ${path}: ${content.error.message}`)
  return { fileName: shortPath(path), text: content.text }
}

/** A file beside the study, else a scenario that ships. */
function openScenario(reference: string, folder: string): NamedText | { readonly error: string } {
  for (const path of [join(folder, reference), reference]) {
    if (existsSync(path) && !statSync(path).isDirectory()) return textAt(path)
  }
  const name = reference.replace(/\.ya?ml$/, '')
  const shipped = shippedScenarios()
  const found = shipped.find((scenario) => scenario.name === name)
  if (found !== undefined) return textAt(found.path)
  const near = nearest(
    name,
    shipped.map((scenario) => scenario.name),
  )
  const meant = near === undefined ? '' : `; did you mean \`${near}\`?`
  return { error: `no scenario \`${reference}\`: neither a file beside the study nor the name of one that ships${meant}` }
}
