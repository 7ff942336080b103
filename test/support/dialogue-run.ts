// Plays a shipped scenario on the whole simulator and gives what was said, what both sides' tables hold at the end, and the
// result of the run. A test names the endpoints by the letters of the notation: A for the one that fails, R for the other.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Fold, RecordKind, TraceRecord } from '../../sim/trace/record.ts'
import { parseScenario } from '../../sim/scenario/parse.ts'
import type { Scenario } from '../../sim/scenario/schema.ts'
import { run } from '../../sim/run/run.ts'
import type { RunResult } from '../../sim/run/result.ts'
import { transcript } from '../../sim/run/transcript.ts'
import type { Said } from './dialogue.ts'

/** Letter → endpoint. */
export type Cast = Readonly<Record<string, string>>

/** The LNS fails. */
export const LNS_FAILS: Cast = { A: 'lns1', R: 'lac1' }
/** The LAC fails. */
export const LAC_FAILS: Cast = { A: 'lac1', R: 'lns1' }

export interface Played {
  readonly cast: Cast
  readonly records: readonly TraceRecord[]
  readonly result: RunResult
}

export interface PlayOptions {
  /** LNS_FAILS unless given. */
  readonly cast?: Cast
  readonly seed?: string
  /** As `--set`: path → value. */
  readonly set?: Readonly<Record<string, string>>
  readonly change?: (scenario: Scenario) => Scenario
}

const folder = join(import.meta.dirname, '../../scenarios')

/** A scenario that ships: `failover/lns-control-failure`. */
export function shipped(name: string, set: Readonly<Record<string, string>> = {}): Scenario {
  const overrides = Object.entries(set).map(([path, value]) => ({ path, value }))
  const parsed = parseScenario(readFileSync(join(folder, `${name}.yaml`), 'utf8'), `${name}.yaml`, overrides)
  if (!parsed.ok) throw new Error(parsed.issues.map(({ path, message }) => `${path}: ${message}`).join('\n'))
  return parsed.scenario
}

/** Runs a shipped scenario to its end. */
export function play(name: string, { cast = LNS_FAILS, seed, set, change }: PlayOptions = {}): Played {
  const scenario = shipped(name, set)
  const records: TraceRecord[] = []
  const keep: Fold<undefined> = { see: (record) => void records.push(record), end: () => undefined }
  const options = seed === undefined ? { folds: [keep] } : { folds: [keep], seed }
  return { cast, records, result: run(change === undefined ? scenario : change(scenario), options) }
}

/** The records of one kind that the endpoint of this letter left. */
export function recordsOf<K extends RecordKind>({ records, cast }: Played, letter: string, kind: K): readonly TraceRecord<K>[] {
  const found = records.filter((record) => record.kind === kind && 'endpoint' in record && record.endpoint === cast[letter])
  return found as unknown as readonly TraceRecord<K>[]
}

/** The control messages and what the endpoints did on their own, from the first fault on, or from the beginning. */
export function saidIn({ cast, records }: Played, since: 'fault' | 'start' = 'fault'): readonly Said[] {
  const letters = new Map(Object.entries(cast).map(([letter, endpoint]) => [endpoint, letter]))
  const letterOf = (endpoint: string): string => letters.get(endpoint) ?? endpoint
  const messages = transcript(records)
  const from = since === 'start' ? 0 : records.findIndex(({ kind }) => kind === 'fault')
  let spoken = 0
  return records.flatMap((record, i) => {
    const message = record.kind === 'sent' && record.plane === 'control' ? messages[spoken++] : undefined
    const text = message === undefined ? deed(record, letterOf) : withLetters(message, letterOf)
    return text === undefined || i < from || from < 0 ? [] : [{ at: record.at, text }]
  })
}

type LetterOf = (endpoint: string) => string

function withLetters(message: string, letterOf: LetterOf): string {
  return message.replace(/^([^\s>]+)>(\S+)/, (_, sender: string, receiver: string) => `${letterOf(sender)}>${letterOf(receiver)}`)
}

/** Resets of control channels, and tunnels and sessions that end, in the words of the notation. */
function deed(record: TraceRecord, letterOf: LetterOf): string | undefined {
  switch (record.kind) {
    case 'controlReset': {
      const { endpoint, tunnel, ns, nr } = record
      return `${letterOf(endpoint)} reset [${String(tunnel)} ${String(ns)}/${String(nr)}]`
    }
    case 'session':
      if (record.event !== 'closed') return undefined
      return `${letterOf(record.endpoint)} cleared session ${String(record.session)} (${record.why})`
    case 'tunnel':
      if (record.event !== 'closed' || record.purpose !== 'ordinary') return undefined
      return `${letterOf(record.endpoint)} cleared tunnel ${String(record.tunnel)} (${record.why})`
    default:
      return undefined
  }
}

/** The tables of both sides at the end: `A tunnel x-y p/q`, `R session b-a`, with what is unusual: `unsynchronised`. */
export function tablesOf({ cast, result }: Played): readonly string[] {
  return Object.entries(cast).flatMap(([letter, name]) => {
    const tables = result.endpoints.find(({ endpoint }) => endpoint === name)
    const tunnels = (tables?.tunnels ?? []).map(({ tunnel, peerTunnel, ns, nr, state }) => {
      const numbers = `${String(tunnel)}-${String(peerTunnel)} ${String(ns)}/${String(nr)}`
      return `${letter} tunnel ${numbers}${state === 'established' ? '' : ` ${state}`}`
    })
    const sessions = (tables?.sessions ?? []).map(({ session, peerSession, state, synchronised }) => {
      const unusual = [...(state === 'established' ? [] : [` ${state}`]), ...(synchronised ? [] : [' unsynchronised'])]
      return `${letter} session ${String(session)}-${String(peerSession)}${unusual.join('')}`
    })
    return [...tunnels, ...sessions]
  })
}
