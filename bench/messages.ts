// Control messages delivered per second: 100 pairs of endpoints over links of 10 ms with 1 % loss each way, real channels, every
// message encoded by its sender and decoded by its receiver, every datagram in the trace, digest on. Two loads: HELLOs one after the
// other from both ends, each acknowledged by a ZLB (the shape of a stop-and-wait benchmark of bare UDP messages with
// acknowledgements); and FSQ and FSR of 52 octets about two sessions, again and again, with all that synchronisation does behind
// them. Beside it, as yardsticks in the same run: the same number of events of a kernel that do nothing, and datagrams of the same
// sizes bounced over the same links by ports without a protocol, every one in the trace and its digest. That is the most any protocol
// can reach here. Aim: a million a second.

import { address } from '../sim/base/datagram.ts'
import { MILLISECOND, NEVER, SECOND } from '../sim/base/time.ts'
import { Endpoint } from '../sim/endpoint/endpoint.ts'
import { Kernel } from '../sim/kernel/kernel.ts'
import { defaultLcce, type LcceConfig } from '../sim/l2tp/config.ts'
import type { LcceNotice } from '../sim/l2tp/notices.ts'
import { Network } from '../sim/net/network.ts'
import { linkSpec } from '../sim/scenario/links.ts'
import { spent } from './support/processor-time.ts'
import { parseScenario } from '../sim/scenario/parse.ts'
import { Recorder } from '../sim/trace/recorder.ts'

const PAIRS = 100

const parsed = parseScenario(
  `
endpoints: { lac1: { role: LAC }, lns1: { role: LNS } }
links: [{ between: [lac1, lns1], latency: 10ms, loss: 1% }]
`,
  'bench',
)
if (!parsed.ok) throw new Error(parsed.issues.map(({ message }) => message).join('\n'))
const direction = parsed.scenario.links[0]!.forward

/** What keeps the links busy. */
type Load = 'HELLO' | 'FSQ and FSR'

function build(kernel: Kernel, load: Load): Endpoint[] {
  const made: Endpoint[] = []
  const recorder = new Recorder(kernel, [])
  const network = new Network(kernel, recorder)
  const spec = linkSpec(direction, () => 'ordinary')
  for (let i = 0; i < PAIRS; i++) {
    const [a, b] = [endpoint(`lac${String(i)}`, `10.1.0.${String(i + 1)}`), endpoint(`lns${String(i)}`, `10.2.0.${String(i + 1)}`)]
    network.connect({ ip: a.address.ip, name: a.name }, { ip: b.address.ip, name: b.name }, spec, spec)
    a.listener = b.listener = { notice: onNotice, restarted: () => undefined }
    kernel.schedule(0, dial, { a, b })
    if (load === 'FSQ and FSR') kernel.schedule(20 * SECOND, query, a)
    made.push(a, b)
  }
  return made

  function endpoint(name: string, ip: string): Endpoint {
    const config: LcceConfig = {
      ...defaultLcce,
      hostName: name,
      helloInterval: load === 'HELLO' ? 21 * MILLISECOND : 0,
      retransmit: { ...defaultLcce.retransmit, count: 1000 },
    }
    return new Endpoint({
      ...{ name, kernel, network, recorder, address: address(ip, 1701), sourcePort: 1701 },
      config,
      successor: config,
      processor: { serviceTime: 0, queue: 1000 },
      dataPlane: { survivesControlFailure: true, restartTime: 0 },
      backup: { mode: 'none', address: undefined, detectionDelay: 0, takeoverTime: 0, mirror: { lag: 0, carries: 'nothing' } },
      restart: { after: NEVER, persistent: false },
    })
  }

  /** Keeps the exchange going. */
  function onNotice(endpoint: Endpoint, notice: LcceNotice): void {
    if (notice.kind !== 'sync' || notice.outcome !== 'confirmed' || notice.session !== 2 || !endpoint.name.startsWith('lac')) return
    kernel.schedule(kernel.now, query, endpoint)
  }
}

const dial = ({ a, b }: { a: Endpoint; b: Endpoint }): void => {
  a.command({ name: 'open-tunnel', local: a.address, peer: b.address })
  a.command({ name: 'place-call', tunnel: 1, call: 'incoming', sequenced: false })
  a.command({ name: 'place-call', tunnel: 1, call: 'incoming', sequenced: false })
}

const query = (endpoint: Endpoint): void => {
  endpoint.command({ name: 'query-sessions', tunnel: 1 })
}

/** Control messages accepted by all endpoints so far: what their channels expect next, since numbers begin at 0. */
function accepted(endpoints: readonly Endpoint[]): number {
  let total = 0
  for (const { control } of endpoints) for (const { channel } of control?.tunnels() ?? []) total += channel.received
  return total
}

function measure(load: Load): void {
  const kernel = new Kernel('1')
  const endpoints = build(kernel, load)
  kernel.run(60 * SECOND, Infinity)
  const before = { messages: accepted(endpoints), events: kernel.events }
  const start = process.cpuUsage()
  kernel.run(kernel.now + 300 * SECOND, Infinity)
  const seconds = spent(start) / 1000
  const messages = accepted(endpoints) - before.messages
  const events = kernel.events - before.events
  console.log(`${load.padEnd(12)} messages delivered    ${(messages / seconds).toFixed(0)} /s   (aim 1000000)`)
  console.log(`${load.padEnd(12)} kernel events         ${(events / seconds).toFixed(0)} /s, ${(events / messages).toFixed(1)} a message`)
  console.log(`${load.padEnd(12)} empty kernel events   ${(events / idle(events)).toFixed(0)} /s`)
}

/** Seconds of processor time for as many events that only schedule the next, 200 pending. */
function idle(events: number): number {
  const kernel = new Kernel('1')
  const again = (delay: number): void => {
    kernel.schedule(kernel.now + delay, again, delay)
  }
  for (let i = 0; i < 2 * PAIRS; i++) kernel.schedule(i, again, 10_000 + i)
  kernel.run(Infinity, events)
  const start = process.cpuUsage()
  kernel.run(Infinity, events)
  return spent(start) / 1000
}

/** Datagrams a second that ports answer at once, without reading them: links, records and digest, and nothing else. */
function bounced(octets: number): number {
  const kernel = new Kernel('1')
  const recorder = new Recorder(kernel, [])
  const network = new Network(kernel, recorder)
  const spec = { ...linkSpec(direction, () => 'ordinary'), loss: 0 }
  for (let i = 0; i < PAIRS; i++) {
    const ends = [address(`10.1.0.${String(i + 1)}`, 1701), address(`10.2.0.${String(i + 1)}`, 1701)] as const
    network.connect({ ip: ends[0].ip, name: `lac${String(i)}` }, { ip: ends[1].ip, name: `lns${String(i)}` }, spec, spec)
    ends.forEach((own, side) => {
      const endpoint = `${side === 0 ? 'lac' : 'lns'}${String(i)}`
      const about = { endpoint, plane: 'control', tunnel: 1, session: 0, attempt: 1 } as const
      const answer = { from: own, to: ends[1 - side]!, bytes: new Uint8Array(octets), padding: 0 }
      network.attach(own.ip, {
        receive: ({ packet, copy, flippedBit, cause }) => {
          recorder.cause = recorder.delivered(endpoint, packet, copy, flippedBit, 0, cause)
          network.send(answer, about)
        },
      })
      network.send(answer, about)
    })
  }
  kernel.run(20 * SECOND, Infinity)
  const before = kernel.events
  const start = process.cpuUsage()
  kernel.run(kernel.now + 60 * SECOND, Infinity)
  return ((kernel.events - before) * 1000) / spent(start)
}

measure('HELLO')
measure('FSQ and FSR')
for (const octets of [20, 52]) console.log(`${String(octets)} octets, no protocol     ${bounced(octets).toFixed(0)} datagrams/s`)
