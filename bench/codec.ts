// What encoding and decoding a control message costs: nanoseconds per operation, beside copying the same octets in the same run.
// Run: node --import tsx bench/codec.ts

import { decodeBody, encodeMessage } from '../sim/l2tp/wire/codec.ts'
import { decodeControlHeader, encodeZlb, hasBody, peekType } from '../sim/l2tp/wire/header.ts'
import type { ControlMessage } from '../sim/l2tp/wire/messages.ts'

const ROUNDS = 60
const ROUND_MS = 8

const sccrq: ControlMessage = {
  type: 'SCCRQ',
  protocolVersion: { version: 1, revision: 0 },
  hostName: 'lac1.example.net',
  framingCapabilities: 3,
  assignedTunnelId: 4711,
  bearerCapabilities: 3,
  receiveWindowSize: 4,
  vendorName: 'l2tp-failover-sim',
  failoverCapability: { control: true, data: true, recoveryTimeMs: 60_000 },
}

const fsq = (count: number): ControlMessage => ({
  type: 'FSQ',
  failoverSessionStates: Array.from({ length: count }, (_, i) => ({ sessionId: i + 1, remoteSessionId: 40_000 + i })),
})

const messages: readonly (readonly [string, ControlMessage])[] = [
  ['HELLO', { type: 'HELLO' }],
  ['SCCRQ, 8 AVPs', sccrq],
  ['FSQ, 1 FSS', fsq(1)],
  ['FSQ, 90 FSS', fsq(90)],
]

/** Results end here, so that no loop is optimised away. */
let sink = 0

/** Nanoseconds per call in the best of the rounds; `run` calls n times. */
function nanosPerCall(run: (calls: number) => void): number {
  let calls = 1000
  run(calls)
  let best = Infinity
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    run(calls)
    const elapsedMs = performance.now() - start
    best = Math.min(best, (elapsedMs * 1e6) / calls)
    calls = Math.max(100, Math.round((calls * ROUND_MS) / Math.max(elapsedMs, 0.01)))
  }
  return best
}

function decodeOnce(bytes: Uint8Array): number {
  const header = decodeControlHeader(bytes)
  if (typeof header === 'string') throw new Error(header)
  if (!hasBody(header)) return header.ns
  const body = decodeBody(bytes, header, undefined)
  if (!body.ok) throw new Error(body.fault.text)
  return body.message.type.length
}

function measure(name: string, bytes: Uint8Array, encode: () => Uint8Array): readonly (string | number)[] {
  const copy = nanosPerCall((calls) => {
    for (let i = 0; i < calls; i++) sink += new Uint8Array(bytes).length
  })
  const encoded = nanosPerCall((calls) => {
    for (let i = 0; i < calls; i++) sink += encode().length
  })
  const decoded = nanosPerCall((calls) => {
    for (let i = 0; i < calls; i++) sink += decodeOnce(bytes)
  })
  const peeked = nanosPerCall((calls) => {
    for (let i = 0; i < calls; i++) sink += peekType(bytes).length
  })
  return [name, bytes.length, copy, encoded, decoded, peeked, (encoded + decoded) / copy]
}

const rows = [
  measure('ZLB', encodeZlb(1, 2, 3), () => encodeZlb(1, 2, 3)),
  ...messages.map(([name, message]) => measure(name, encodeMessage(message), () => encodeMessage(message))),
]

console.log('message        octets  copy ns  encode ns  decode ns  peek ns  (encode+decode)/copy')
for (const [name, octets, ...figures] of rows) {
  const columns = figures.map((figure, i) => Number(figure).toFixed(i === 4 ? 1 : 0).padStart([7, 9, 9, 7, 20][i] ?? 8))
  console.log(`${String(name).padEnd(14)} ${String(octets).padStart(6)}  ${columns.join('  ')}`)
}
if (sink === 0) throw new Error('nothing was measured')
