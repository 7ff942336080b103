// Repro files (`.repro.yaml`): one violation with everything that is needed to see it again anywhere. Written from a finding, read with the
// same care for mistakes as scenarios, and replayed: what came out this time, and if it is not the same, why.

import { VERSION } from '../base/version.ts'
import type { Nanos } from '../base/time.ts'
import { explain, type Mistake } from '../scenario/mistake.ts'
import { withoutNulls } from '../scenario/normalise.ts'
import { parseScenarioAt, type Issue } from '../scenario/parse.ts'
import { isMap } from '../scenario/path.ts'
import type { Scenario } from '../scenario/schema.ts'
import { shapeOf } from '../scenario/shape.ts'
import { openSource, placed, syntaxIssues } from '../scenario/source.ts'
import { scenarioToYaml, written } from '../scenario/written.ts'
import { stringify } from 'yaml'
import { hunt, type HuntOptions } from './hunt.ts'
import type { Finding, HuntOutcome } from './outcome.ts'
import { mutantsIn, unknownMutants, withMutants } from './repro-mutants.ts'
import { reproFileSchema } from './repro-schema.ts'

export interface Repro {
  readonly version: string
  readonly violation: Pick<Finding, 'invariant' | 'record' | 'at' | 'message' | 'signature'>
  /** Empty when the run ended in a bug. */
  readonly digest: string
  readonly seed: string
  readonly until: Nanos | undefined
  readonly from: string | undefined
  readonly changes: readonly string[]
  readonly command: string
  readonly scenario: Scenario
}

export type ReproResult =
  | { readonly ok: true; readonly repro: Repro }
  /** In the order of the text; never empty. */
  | { readonly ok: false; readonly issues: readonly Issue[] }

/** What a repro says beside scenario and outcome. */
export interface Origin {
  readonly command: string
  readonly from?: string
  readonly changes?: readonly string[]
  readonly seed?: string
  readonly until?: Nanos | undefined
}

/** The repro of one finding of a run of `scenario`. */
export function reproOf(scenario: Scenario, { digest }: Pick<HuntOutcome, 'digest'>, finding: Finding, origin: Origin): Repro {
  const { invariant, record, at, message, signature } = finding
  const { seed = scenario.seed, until, from, changes = [], command } = origin
  const violation = { invariant, record, at, message, signature }
  return { version: VERSION, violation, digest, seed, until, from, changes, command, scenario }
}

/** The text of a repro file. */
export function reproText(repro: Repro): string {
  const { scenario, violation, seed, digest, version, until, from, changes, command } = repro
  const number = Number(seed)
  const head = {
    repro: 1,
    version,
    violation,
    digest,
    seed: Number.isSafeInteger(number) && String(number) === seed ? number : seed,
    ...(until === undefined ? {} : { until }),
    ...(from === undefined ? {} : { from }),
    ...(changes.length === 0 ? {} : { changes }),
    mutants: mutantsIn(scenario),
    command,
  }
  const text = stringify(written(shapeOf(reproFileSchema), head), { lineWidth: 0 })
  const body = scenarioToYaml(scenario).replace(/^(?=.)/gm, '  ')
  return `# A violation, and everything needed to see it again: npx l2tpsim replay FILE\n${text}scenario:\n${body}`
}

/** Reads the text of a repro file. */
export function parseRepro(text: string, fileName: string): ReproResult {
  const source = openSource(text, fileName)
  const syntax = syntaxIssues(source)
  if (syntax.length > 0) return { ok: false, issues: syntax }
  const content: unknown = source.document.toJS()
  if (!isMap(content) || !Object.hasOwn(content, 'repro')) return { ok: false, issues: placed([noRepro], [source]) }
  const shape = shapeOf(reproFileSchema)
  const data = withoutNulls(shape, content)
  const head = reproFileSchema.safeParse(data)
  const mistakes = head.success ? [] : explain(head.error.issues, { data, shape }).map(renamed)
  const inside = isMap(content.scenario) ? parseScenarioAt(source, 'scenario', 'repro') : undefined
  const foreign = inside === undefined ? [noScenario(Object.hasOwn(content, 'scenario'))] : []
  const parsed = inside?.ok === true ? inside.scenario : undefined
  const strange = unknownMutants(parsed, head.data?.mutants)
  const issues = [...placed([...mistakes, ...foreign, ...strange], [source]), ...(inside?.ok === false ? inside.issues : [])]
  if (!head.success || parsed === undefined || issues.length > 0) return { ok: false, issues }
  const { version, violation, digest, seed, until, from, changes, command } = head.data
  const scenario = withMutants(parsed, head.data.mutants)
  return { ok: true, repro: { version, violation, digest, seed, until, from, changes, command, scenario } }
}

const noRepro: Mistake = {
  path: [],
  at: 'value',
  message: 'this is no repro file',
  expected: 'a map with the field `repro`, as `l2tpsim hunt` and `l2tpsim run` write it',
}

const noScenario = (isThere: boolean): Mistake => ({
  path: isThere ? ['scenario'] : [],
  at: 'value',
  message: isThere ? 'a scenario is a map of fields' : 'the scenario is missing',
  expected: 'fields such as `endpoints`, `links` and `tunnels`',
})

/** The words for mistakes are those of scenarios, which name the whole file. */
const renamed = (mistake: Mistake): Mistake => ({ ...mistake, message: mistake.message.replace(/a scenario$/, 'a repro') })

export interface Replay {
  readonly outcome: HuntOutcome
  /** The same kind of violation, the recorded one if it is there. */
  readonly finding: Finding | undefined
  /** It is the run that was recorded, record for record. */
  readonly isSame: boolean
  /** What is different, in words; empty when nothing is. */
  readonly differences: readonly string[]
}

/** Runs a repro again and compares. */
export function replay(repro: Repro, options: Pick<HuntOptions, 'folds'> = {}): Replay {
  const { scenario, seed, until, violation } = repro
  const outcome = hunt(scenario, { ...options, seed, ...(until === undefined ? {} : { until }) })
  const all = [...outcome.findings, ...outcome.weaknesses]
  const finding = all.find(({ signature }) => signature === violation.signature)
  const differences = differencesOf(repro, outcome, finding)
  return { outcome, finding, differences, isSame: outcome.digest === repro.digest }
}

function differencesOf({ version, digest, violation }: Repro, outcome: HuntOutcome, finding: Finding | undefined): readonly string[] {
  const others = outcome.findings.filter((other) => other !== finding)
  return [
    version !== VERSION && `it was recorded with version ${version}, this is ${VERSION}`,
    digest !== outcome.digest && `the digest was ${shown(digest)}, now it is ${shown(outcome.digest)}: the runs are not the same`,
    finding === undefined && `${violation.invariant} is no longer violated`,
    finding !== undefined && finding.record !== violation.record &&
      `it is shown by record ${String(finding.record)}, not by ${String(violation.record)}`,
    finding === undefined && others.length > 0 && `what is violated now: ${others.map(({ signature }) => signature).join('; ')}`,
  ].filter((text) => text !== false)
}

const shown = (digest: string): string => (digest === '' ? 'none (a bug ended the run)' : digest)
