// The network as endpoints meet it: who gets a datagram and when, what the trace says of it, and that what is idle changes
// nothing.

import { describe, expect, test } from 'vitest'
import { address, type Datagram } from '../../../sim/base/datagram.ts'
import { MILLISECOND, NEVER, SECOND } from '../../../sim/base/time.ts'
import { Kernel } from '../../../sim/kernel/kernel.ts'
import { idealLink, type LinkSpec } from '../../../sim/net/link.ts'
import { Network, type Arrival } from '../../../sim/net/network.ts'
import { NO_CAUSE, type Fold, type TraceRecord } from '../../../sim/trace/record.ts'
import { Recorder } from '../../../sim/trace/recorder.ts'

const LAC = address('10.0.0.1', 1701)
const LNS = address('10.0.0.2', 1701)
const SPARE = address('10.0.0.3', 1701)
const about = { endpoint: 'lac1', plane: 'control', tunnel: 5, session: 0, attempt: 1 } as const

const datagram = (from = LAC, to = LNS, octets: readonly number[] = [1, 2, 3]): Datagram => ({
  from,
  to,
  bytes: Uint8Array.from(octets),
  padding: 0,
})

class Keep implements Fold<undefined> {
  readonly records: TraceRecord[] = []

  see(record: TraceRecord): void {
    this.records.push(record)
  }

  end(): undefined {
    return undefined
  }
}

/** Two endpoints, a link, and everything that arrives anywhere. */
function net(
  forward: Partial<LinkSpec> = {},
  backward: Partial<LinkSpec> = {},
): {
  kernel: Kernel
  network: Network
  recorder: Recorder
  records: readonly TraceRecord[]
  arrivals: { readonly ip: string; readonly at: number; readonly arrival: Arrival }[]
  listen: (ip: string) => void
} {
  const kernel = new Kernel('1')
  const keep = new Keep()
  const recorder = new Recorder(kernel, [keep])
  const network = new Network(kernel, recorder)
  const arrivals: { ip: string; at: number; arrival: Arrival }[] = []
  const listen = (ip: string): void => {
    network.attach(ip, { receive: (arrival) => arrivals.push({ ip, at: kernel.now, arrival }) })
  }
  listen(LAC.ip)
  listen(LNS.ip)
  network.connect(
    { ip: LAC.ip, name: 'lac1' },
    { ip: LNS.ip, name: 'lns1' },
    { ...idealLink, ...forward },
    { ...idealLink, ...backward },
  )
  return { kernel, network, recorder, records: keep.records, arrivals, listen }
}

const run = (kernel: Kernel): void => {
  kernel.run(NEVER, Infinity)
}

describe('delivery', () => {
  test('each direction has its own latency', () => {
    const { kernel, network, arrivals } = net(
      { latency: { kind: 'constant', latency: 10 } },
      { latency: { kind: 'constant', latency: 30 } },
    )
    network.send(datagram(), about)
    network.send(datagram(LNS, LAC), { ...about, endpoint: 'lns1' })
    run(kernel)
    expect(arrivals.map(({ ip, at }) => [ip, at])).toEqual([
      [LNS.ip, 10],
      [LAC.ip, 30],
    ])
  })

  test('the arrival is the datagram sent, with its packet number and the record that caused it', () => {
    const { kernel, network, arrivals, records } = net()
    const sent = datagram()
    expect(network.send(sent, about)).toBe(1)
    expect(network.send(sent, about)).toBe(2)
    run(kernel)
    expect(arrivals.map(({ arrival }) => arrival.datagram)).toEqual([sent, sent])
    expect(arrivals[0]?.arrival.datagram).toBe(sent)
    expect(arrivals.map(({ arrival: { packet, copy, flippedBit, cause } }) => [packet, copy, flippedBit, cause])).toEqual([
      [1, 0, -1, 0],
      [2, 0, -1, 1],
    ])
    expect(records.map(({ kind }) => kind)).toEqual(['sent', 'sent'])
  })

  test('whatever the UDP port, the address receives', () => {
    const { kernel, network, arrivals } = net()
    network.send(datagram(address(LAC.ip, 50_000), address(LNS.ip, 40_000)), about)
    run(kernel)
    expect(arrivals).toHaveLength(1)
  })

  test('copies are numbered', () => {
    const { kernel, network, arrivals } = net({ duplication: 1, duplicateDelay: { kind: 'constant', latency: 5 } })
    network.send(datagram(), about)
    run(kernel)
    expect(arrivals.map(({ at, arrival }) => [at, arrival.copy, arrival.packet])).toEqual([
      [0, 0, 1],
      [5, 1, 1],
    ])
  })

  test('who attaches later gets what is under way; who has left does not', () => {
    const { kernel, network, arrivals, records, listen } = net({ latency: { kind: 'constant', latency: 10 } })
    network.detach(LNS.ip)
    network.send(datagram(), about)
    run(kernel)
    expect(records.at(-1)).toMatchObject({ kind: 'dropped', packet: 1, copy: 0, where: LNS.ip, why: 'no-host', cause: 0, at: 10 })
    network.send(datagram(), about)
    listen(LNS.ip)
    run(kernel)
    expect(arrivals).toHaveLength(1)
  })
})

describe('the trace', () => {
  test('a sent record says all there is, with the ambient cause', () => {
    const { network, recorder, records } = net({ bandwidth: 8000 })
    recorder.cause = 17
    network.send(datagram(), about)
    recorder.cause = NO_CAUSE
    network.send({ ...datagram(), padding: 50 }, { ...about, plane: 'data', session: 9, attempt: 0 })
    network.send(datagram(), about)
    const common = {
      kind: 'sent',
      at: 0,
      endpoint: 'lac1',
      from: '10.0.0.1:1701',
      to: '10.0.0.2:1701',
      tunnel: 5,
      bytes: Uint8Array.of(1, 2, 3),
    }
    expect(records).toEqual([
      { ...common, seq: 0, cause: 17, packet: 1, plane: 'control', session: 0, attempt: 1, backlog: 0, padding: 0 },
      { ...common, seq: 1, cause: NO_CAUSE, packet: 2, plane: 'data', session: 9, attempt: 0, backlog: 0, padding: 50 },
      { ...common, seq: 2, cause: NO_CAUSE, packet: 3, plane: 'control', session: 0, attempt: 1, backlog: 81, padding: 0 },
    ])
  })

  test('a loss is recorded at the instant of sending, caused by the sending', () => {
    const { network, records } = net({ loss: 1 })
    network.send(datagram(), about)
    expect(records[1]).toEqual({ kind: 'dropped', seq: 1, at: 0, cause: 0, packet: 1, copy: 0, where: 'lac1>lns1', why: 'loss' })
  })

  test('where no link leads', () => {
    const { network, records } = net()
    network.send(datagram(LAC, SPARE), about)
    network.send(datagram(SPARE, LAC), about)
    expect(records.filter(({ kind }) => kind === 'dropped')).toMatchObject([
      { where: 'lac1', why: 'no-route' },
      { where: 'lac1', why: 'no-route' },
    ])
  })
})

describe('corruption', () => {
  test('R2661-8.1-04, R3931-4.1.2.3-02: with a checksum the receiver drops it when it arrives', () => {
    const { kernel, network, arrivals, records } = net({ corruption: 1, latency: { kind: 'constant', latency: 10 } })
    network.send(datagram(), about)
    expect(records).toHaveLength(1)
    run(kernel)
    expect(arrivals).toEqual([])
    expect(records[1]).toMatchObject({ kind: 'dropped', at: 10, where: 'lac1>lns1', why: 'checksum', cause: 0 })
  })

  test('without one exactly that bit arrives flipped, in a copy', () => {
    const { kernel, network, arrivals } = net({ corruption: 1, checksum: false })
    const sent = datagram(LAC, LNS, [0, 0, 0, 0])
    for (let i = 0; i < 200; i++) network.send(sent, about)
    run(kernel)
    expect(sent.bytes).toEqual(new Uint8Array(4))
    for (const { arrival } of arrivals) {
      const bit = arrival.flippedBit
      const expected = new Uint8Array(4)
      expected[bit >> 3] = 0x80 >> (bit & 7)
      expect(arrival.datagram.bytes).toEqual(expected)
    }
    expect(new Set(arrivals.map(({ arrival }) => arrival.flippedBit)).size).toBe(32)
  })

  test('a flip in filler changes no stored octet, but is told', () => {
    const { kernel, network, arrivals } = net({ corruption: 1, checksum: false })
    for (let i = 0; i < 50; i++) network.send({ ...datagram(LAC, LNS, [9]), padding: 1000 }, about)
    run(kernel)
    const inFiller = arrivals.filter(({ arrival }) => arrival.flippedBit >= 8)
    expect(inFiller.length).toBeGreaterThan(40)
    for (const { arrival } of inFiller) expect(arrival.datagram.bytes).toEqual(Uint8Array.of(9))
  })
})

describe('partitions', () => {
  test('a cut is one-way, and spares what is under way', () => {
    const { kernel, network, arrivals, records } = net({ latency: { kind: 'constant', latency: 10 } })
    network.send(datagram(), about)
    network.link(LAC.ip, LNS.ip)?.cut()
    network.send(datagram(), about)
    network.send(datagram(LNS, LAC), about)
    run(kernel)
    expect(arrivals.map(({ ip }) => ip)).toEqual([LAC.ip, LNS.ip])
    expect(records.at(-2)).toMatchObject({ kind: 'dropped', why: 'cut' })
    network.link(LAC.ip, LNS.ip)?.heal()
    network.send(datagram(), about)
    run(kernel)
    expect(arrivals).toHaveLength(3)
  })
})

describe('second addresses', () => {
  test('share the links of the first, and have a port of their own', () => {
    const { kernel, network, arrivals, records, listen } = net({ latency: { kind: 'constant', latency: 10 } })
    network.send(datagram(LAC, SPARE), about)
    network.alias(SPARE.ip, LNS.ip)
    network.send(datagram(LAC, SPARE), about)
    run(kernel)
    expect(records.filter(({ kind }) => kind === 'dropped')).toMatchObject([
      { why: 'no-route' },
      { why: 'no-host', where: SPARE.ip },
    ])
    listen(SPARE.ip)
    network.send(datagram(LAC, SPARE), about)
    network.send(datagram(SPARE, LAC), about)
    run(kernel)
    expect(arrivals.map(({ ip }) => ip)).toEqual([LAC.ip, SPARE.ip])
    expect(network.link(LAC.ip, SPARE.ip)).toBe(network.link(LAC.ip, LNS.ip))
  })

  test('may be named before the links are laid', () => {
    const kernel = new Kernel('1')
    const network = new Network(kernel, new Recorder(kernel, []))
    network.alias(SPARE.ip, LNS.ip)
    network.connect({ ip: LAC.ip, name: 'lac1' }, { ip: LNS.ip, name: 'lns1' }, idealLink, idealLink)
    expect(network.link(SPARE.ip, LAC.ip)?.name).toBe('lns1>lac1')
  })
})

describe('independence', () => {
  const lossy: Partial<LinkSpec> = {
    loss: 0.3,
    latency: { kind: 'exponential', minimum: MILLISECOND, mean: 20 * MILLISECOND },
    reordering: true,
  }

  /** What arrives at the LNS of 500 datagrams, with more of the world built around. */
  function story(around: (network: Network, kernel: Kernel) => void): readonly (readonly number[])[] {
    const { kernel, network, arrivals } = net(lossy)
    around(network, kernel)
    for (let i = 0; i < 500; i++) kernel.schedule(i * SECOND, () => network.send(datagram(), about), undefined)
    run(kernel)
    return arrivals.filter(({ ip }) => ip === LNS.ip).map(({ at, arrival }) => [at, arrival.datagram.bytes[0]!])
  }

  const alone = story(() => undefined)

  test('an idle link changes nothing', () => {
    const withIdle = story((network) => {
      network.connect(
        { ip: '10.9.0.1', name: 'x' },
        { ip: '10.9.0.2', name: 'y' },
        { ...idealLink, ...lossy },
        { ...idealLink, ...lossy },
      )
    })
    expect(withIdle).toEqual(alone)
  })

  test('nor does a busy one', () => {
    const withBusy = story((network, kernel) => {
      network.connect({ ip: LAC.ip, name: 'lac1' }, { ip: '10.9.0.2', name: 'y' }, { ...idealLink, ...lossy }, idealLink)
      const other = datagram(LAC, address('10.9.0.2', 1701))
      for (let i = 0; i < 300; i++) kernel.schedule(i * MILLISECOND, () => network.send(other, about), undefined)
    })
    expect(withBusy).toEqual(alone)
  })

  test('another seed does', () => {
    const kernel = new Kernel('2')
    expect(kernel.rng('link:lac1>lns1/loss').double()).not.toBe(new Kernel('1').rng('link:lac1>lns1/loss').double())
  })
})
