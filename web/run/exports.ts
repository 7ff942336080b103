// Files made from a run: pcapng, JSON Lines, Perfetto, Mermaid and the scenario itself. A run is made again for it, which gives the
// same records; a trace that was read from a file is read once more.

import { NEVER } from '../../sim/base/time.ts'
import { VERSION } from '../../sim/base/version.ts'
import { mermaid } from '../../sim/run/mermaid.ts'
import { contextOf, Run } from '../../sim/run/run.ts'
import { scenarioHash } from '../../sim/scenario/canonical.ts'
import { formatIssues, parseScenario } from '../../sim/scenario/parse.ts'
import type { Scenario } from '../../sim/scenario/schema.ts'
import { scenarioToYaml } from '../../sim/scenario/written.ts'
import { digestOf } from '../../sim/trace/digest.ts'
import { jsonlWriter, type TraceHeader } from '../../sim/trace/jsonl.ts'
import { pcapngWriter } from '../../sim/trace/pcapng.ts'
import type { Fold } from '../../sim/trace/record.ts'
import { perfettoWriter } from './perfetto.ts'
import { parseQuestion } from './parse-question.ts'
import type { ExportFormat, ExportSource, Question } from './protocol.ts'
import { readFile } from './trace-file.ts'

export interface ExportedFile {
  readonly name: string
  readonly blob: Blob
}

/** Records once more, from wherever they come. */
interface Replay {
  readonly header: TraceHeader
  readonly scenario: Scenario
  /** Lets a fold see all records; gives the end and digest of the run. */
  play(fold: Fold<unknown>): { readonly at: number; readonly digest: string; readonly ended: string }
}

const mimes: Readonly<Record<ExportFormat, readonly [extension: string, mime: string]>> = {
  pcapng: ['pcapng', 'application/octet-stream'],
  jsonl: ['jsonl', 'application/x-ndjson'],
  perfetto: ['perfetto.json', 'application/json'],
  mermaid: ['mmd', 'text/plain'],
  yaml: ['yaml', 'application/yaml'],
}

/** Makes the file; rejects when the scenario or the trace cannot be read. */
export async function exported(source: ExportSource, format: ExportFormat): Promise<ExportedFile> {
  const replay = 'question' in source ? replayOfRun(source.question) : await replayOfFile(source.file)
  const [extension, mime] = mimes[format]
  const name = `${slug(replay.header.scenario)}-${slug(replay.header.seed)}.${extension}`
  return { name, blob: new Blob(chunksOf(replay, format), { type: mime }) }
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
}

function chunksOf(replay: Replay, format: ExportFormat): BlobPart[] {
  const { header, scenario } = replay
  const chunks: BlobPart[] = []
  const sink = (chunk: string | Uint8Array): void => {
    chunks.push(typeof chunk === 'string' ? chunk : new Uint8Array(chunk))
  }
  switch (format) {
    case 'jsonl': {
      const writer = jsonlWriter(header, sink)
      writer.finish(replay.play(writer))
      break
    }
    case 'pcapng': {
      const comment = `${header.scenario}, seed ${header.seed}, scenario ${header.scenarioHash}, as seen by the senders`
      const writer = pcapngWriter({ view: 'sender', application: `l2tpsim ${VERSION}`, comment, sink })
      writer.end(replay.play(writer).at)
      break
    }
    case 'mermaid': {
      const writer = mermaid({ endpointOf: namerOf(header), title: `${header.scenario}, seed ${header.seed}` })
      sink(writer.end(replay.play(writer).at))
      break
    }
    case 'perfetto': {
      const writer = perfettoWriter(namerOf(header))
      sink(writer.end(replay.play(writer).at))
      break
    }
    case 'yaml':
      sink(scenarioToYaml(scenario))
  }
  return chunks
}

function namerOf({ endpoints }: TraceHeader): (address: string) => string {
  const names = new Map(endpoints.map(({ endpoint, address }) => [address, endpoint]))
  return (address) => names.get(address.split(':')[0] ?? '') ?? address
}

function replayOfRun(question: Question): Replay {
  const { seed } = question
  const { parsed } = parseQuestion(question)
  if (!parsed.ok) throw new Error(formatIssues(parsed.issues))
  const { scenario } = parsed
  const header: TraceHeader = {
    version: VERSION,
    scenario: scenario.name,
    scenarioHash: scenarioHash(scenario),
    seed: seed ?? scenario.seed,
    scenarioText: scenarioToYaml(seed === undefined ? scenario : { ...scenario, seed }),
    endpoints: contextOf(scenario).endpoints.flatMap(({ name, ips }) => ips.map((address) => ({ endpoint: name, address }))),
  }
  return {
    header,
    scenario: seed === undefined ? scenario : { ...scenario, seed },
    play(fold) {
      const again = new Run(scenario, { seed: header.seed, folds: [fold], unobserved: true })
      again.advance(NEVER)
      const { digest, ended } = again.result()
      return { at: again.now, digest, ended }
    },
  }
}

async function replayOfFile(file: Blob): Promise<Replay> {
  const reading = await readFile(file)
  if (!reading.ok) throw new Error(`line ${String(reading.line)}: ${reading.message}`)
  const { header, records, trailer } = reading
  const parsed = parseScenario(header.scenarioText, 'trace.yaml')
  if (!parsed.ok) throw new Error(formatIssues(parsed.issues))
  return {
    header,
    scenario: parsed.scenario,
    play(fold) {
      for (const record of records) if (fold.kinds?.includes(record.kind) ?? true) fold.see(record)
      return { at: trailer?.at ?? records.at(-1)?.at ?? 0, digest: digestOf(records), ended: trailer?.ended ?? 'interrupted' }
    },
  }
}
