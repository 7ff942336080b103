// A stored trace is the run: what is read back equals what was written, and a file that is not whole says where and why.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readTrace, TraceReader } from '../../../sim/trace/jsonl-reader.ts'
import { jsonlWriter, TRACE_FORMAT_VERSION, type TraceHeader } from '../../../sim/trace/jsonl.ts'
import type { TraceRecord } from '../../../sim/trace/record.ts'
import { anyTrace } from '../../support/arbitrary-records.ts'
import { failoverTrace } from '../../support/trace-fixture.ts'

const header: TraceHeader = {
  version: '1.2.3',
  scenario: 'failover/by-hand',
  scenarioHash: 'c0ffee',
  seed: '007',
  scenarioText: 'name: by hand\n"quotes" and ünicode\n',
  endpoints: [{ endpoint: 'lac1', address: '10.0.0.1:1701' }],
}

function written(records: readonly TraceRecord[], finished = true): string {
  let text = ''
  const writer = jsonlWriter(header, (chunk) => (text += chunk))
  for (const record of records) writer.see(record)
  writer.end(60)
  if (finished) writer.finish({ at: 60, digest: 'd1935t', ended: 'until' })
  return text
}

function read(text: string): ReturnType<typeof readTrace> {
  return readTrace(text.split('\n'))
}

describe('a whole file', () => {
  test('gives back header, records and trailer', () => {
    const { records } = failoverTrace()
    const reading = read(written(records))
    expect(reading).toMatchObject({ ok: true, header, records, torn: false })
    expect(reading).toMatchObject({ trailer: { at: 60, digest: 'd1935t', ended: 'until', records: records.length } })
  })

  test('gives back any record of any kind, octets, text and instants that never come included', () => {
    fc.assert(
      fc.property(anyTrace, (records) => {
        const reading = read(written(records))
        expect(reading.ok && reading.records).toEqual(records)
      }),
    )
  })

  test('is JSON Lines: one object a line, hexadecimal octets, no cause where there is none', () => {
    const lines = written(failoverTrace().records).trimEnd().split('\n')
    const objects = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(objects[0]).toMatchObject({ format: 'l2tpsim-trace', formatVersion: TRACE_FORMAT_VERSION })
    expect(objects[1]).toEqual({ seq: 0, at: 0, kind: 'run', phase: 'begin', detail: '' })
    expect(objects.find((object) => object['kind'] === 'sent')?.['bytes']).toMatch(/^c802004b[0-9a-f]+$/)
    expect(objects.at(-1)).toMatchObject({ end: true, digest: 'd1935t' })
  })

  test('reaches the sink in chunks while the run is under way, and can be followed line by line', () => {
    const chunks: string[] = []
    const writer = jsonlWriter(header, (chunk) => chunks.push(chunk))
    for (let i = 0; i < 3000; i++) writer.see({ ...failoverTrace().records[0], seq: i } as TraceRecord)
    expect(chunks.length).toBeGreaterThan(0)
    writer.end(0)
    const reader = new TraceReader()
    for (const line of chunks.join('').trimEnd().split('\n')) expect(reader.push(line)).toBeUndefined()
    const reading = reader.end()
    expect(reading.ok && reading.records.length).toBe(3000)
  })
})

describe('a file that is cut', () => {
  const { records } = failoverTrace()
  const text = written(records)

  test('loses the cut line only, and says so', () => {
    const lines = text.split('\n')
    const torn = [...lines.slice(0, 11), lines[11]?.slice(0, 20)].join('\n')
    expect(read(torn)).toMatchObject({ ok: true, torn: true, trailer: undefined, records: records.slice(0, 10) })
  })

  test('is readable wherever it is cut after the header', () => {
    const start = text.indexOf('\n') + 1
    fc.assert(
      fc.property(fc.integer({ min: start, max: text.length }), (length) => {
        const reading = read(text.slice(0, length))
        expect(reading.ok && reading.records).toEqual(records.slice(0, reading.ok ? reading.records.length : 0))
        expect(reading.ok && reading.trailer !== undefined).toBe(length >= text.length - 1)
      }),
    )
  })

  test('has no trailer when the writer was stopped between two lines', () => {
    expect(read(written(records, false))).toMatchObject({ ok: true, torn: false, trailer: undefined, records })
  })
})

describe('a file that is wrong is refused with its line', () => {
  const lines = written(failoverTrace().records).trimEnd().split('\n')
  const change = (line: number, edit: (text: string) => string): ReturnType<typeof readTrace> =>
    readTrace(lines.map((text, i) => (i === line - 1 ? edit(text) : text)))

  test.each([
    ['something else', 1, () => '{"hello":1}', 'not a trace: "format" is not "l2tpsim-trace"'],
    ['not JSON at all', 1, () => '# notes', 'not a trace: the first line must be a JSON object with "format":"l2tpsim-trace"'],
    [
      'a later format',
      1,
      (text: string) => text.replace('"formatVersion":1', '"formatVersion":2'),
      'trace format version 2; this program reads version 1',
    ],
    ['a header without seed', 1, (text: string) => text.replace('"seed"', '"sead"'), 'the header has no text "seed"'],
    [
      'a kind nobody knows',
      3,
      (text: string) => text.replace('"kind":"tunnel"', '"kind":"tunel"'),
      'unknown kind of record "tunel"',
    ],
    [
      'a field of another type',
      3,
      (text: string) => text.replace('"tunnel":17', '"tunnel":"17"'),
      '"tunnel" of a "tunnel" record is not of type int',
    ],
    [
      'octets that are not hexadecimal',
      4,
      (text: string) => text.replace('c802', 'x802'),
      '"bytes" of a "sent" record is not of type bytes',
    ],
    ['a missing record', 5, (text: string) => text.replace('"seq":3', '"seq":4'), 'record 4 where 3 was expected'],
    ['time running backwards', 5, (text: string) => text.replace(/"at":\d+/, '"at":1'), 'time runs backwards'],
    [
      'a cause that comes later',
      5,
      (text: string) => text.replace('"kind"', '"cause":99,"kind"'),
      'the cause is not an earlier record',
    ],
    ['a line cut in the middle', 5, (text: string) => text.slice(0, 30), 'not a JSON object'],
  ] as const)('%s', (_, line, edit, message) => {
    expect(change(line, edit)).toEqual({ ok: false, line, message })
  })

  test('a trailer that counts other records', () => {
    const without = lines.filter((_, i) => i !== lines.length - 2)
    expect(readTrace(without)).toMatchObject({
      ok: false,
      line: without.length,
      message: expect.stringContaining('the trailer counts') as string,
    })
  })

  test('an empty file', () => {
    expect(readTrace([])).toEqual({ ok: false, line: 1, message: 'no trace header: the file is empty or cut' })
  })
})
