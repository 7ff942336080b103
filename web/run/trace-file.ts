// Reads a trace file chunk by chunk, so that a file of any size never stands in memory as one text.

import { TraceReader, type TraceReading } from '../../sim/trace/jsonl-reader.ts'

export async function readFile(file: Blob): Promise<TraceReading> {
  const reader = new TraceReader()
  const decoder = new TextDecoder()
  const chunks = file.stream().getReader()
  let rest = ''
  const take = (text: string): string | undefined => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const fault = reader.push(line)
      if (fault !== undefined) return fault
    }
    return undefined
  }
  for (;;) {
    const { done, value } = await chunks.read()
    const fault = take(done ? decoder.decode() : decoder.decode(value, { stream: true }))
    if (fault !== undefined) return { ok: false, line: reader.line, message: fault }
    if (done) break
  }
  const fault = rest === '' ? undefined : reader.push(rest)
  return fault === undefined ? reader.end() : { ok: false, line: reader.line, message: fault }
}
