// One endpoint of a scenario alone, alive: the same endpoint object as in a run, on a kernel of its own, whose peers are down and whose
// messages go nowhere but into a list. It is handed messages and instants by the search, and begins anew whenever an earlier state is
// wanted again.

import { address, type Address, type Datagram } from '../base/datagram.ts'
import { NEVER, type Nanos } from '../base/time.ts'
import { Endpoint } from '../endpoint/endpoint.ts'
import type { Scenario } from '../scenario/schema.ts'
import { World } from '../scenario/world.ts'
import { NO_CAUSE, type Fold, type TraceRecord } from '../trace/record.ts'

/** A message is one thing, whenever and however often it is sent. */
export interface Sent {
  readonly from: Address
  readonly to: Address
  readonly bytes: Uint8Array
}

/** Events of one instant; more means that they never end. */
const EVENTS_AT_ONCE = 10_000

function addressIn(text: string): Address {
  const colon = text.indexOf(':')
  return colon < 0 ? address(text, 0) : address(text.slice(0, colon), Number(text.slice(colon + 1)))
}

/** Takes down what the endpoint sends. */
class Outbox implements Fold<undefined> {
  readonly kinds = ['sent'] as const
  readonly sent: Sent[] = []
  private readonly endpoint: string

  constructor(endpoint: string) {
    this.endpoint = endpoint
  }

  see(record: TraceRecord): void {
    if (record.kind !== 'sent' || record.endpoint !== this.endpoint) return
    this.sent.push({ from: addressIn(record.from), to: addressIn(record.to), bytes: record.bytes.slice() })
  }

  end(): undefined {
    return undefined
  }
}

export class Solo {
  readonly world: World
  readonly endpoint: Endpoint
  private readonly outbox: Outbox
  private packets = 0

  /** `scenario`: with the tunnels only that this endpoint dials, and no faults. */
  constructor(scenario: Scenario, name: string, seed: string) {
    this.outbox = new Outbox(name)
    this.world = new World(scenario, { seed, folds: [this.outbox] })
    for (const [other, endpoint] of this.world.endpoints) if (other !== name) endpoint.stop({ control: true, data: true }, 'explore')
    const endpoint = this.world.endpoints.get(name)
    if (endpoint === undefined) throw new TypeError(`no endpoint ${name}`)
    this.endpoint = endpoint
  }

  /** How long until something happens by itself; NEVER for never. */
  get due(): Nanos {
    const { kernel } = this.world
    let next = this.endpoint.control?.deadline ?? NEVER
    for (const { at, subject } of kernel.waiting()) if (!(subject instanceof Endpoint) && at < next) next = at
    return Math.max(0, next - kernel.now)
  }

  /** What was sent since this was last asked. */
  taken(): readonly Sent[] {
    return this.outbox.sent.splice(0)
  }

  /** Lets time pass in which nothing happens by itself; what is due at the end of it stays due. */
  age(by: Nanos): void {
    const { kernel } = this.world
    const until = kernel.now + by
    while (kernel.next < until) kernel.run(kernel.next, 1)
    kernel.skipTo(until)
  }

  /** What is due now happens. */
  wake(): void {
    const { kernel } = this.world
    kernel.run(kernel.now, EVENTS_AT_ONCE)
  }

  /** A message arrives now; one for an address where the endpoint is not (any more) goes astray. */
  receive({ from, to, bytes }: Sent): void {
    if (to.ip !== this.endpoint.address.ip) return
    const datagram: Datagram = { from, to, bytes, padding: 0 }
    this.packets += 1
    this.endpoint.receive({ datagram, packet: this.packets, copy: 0, flippedBit: -1, cause: NO_CAUSE })
    // A backlog at the control processor is served in time; what happens at once belongs to this step.
    if (this.world.kernel.next === this.world.kernel.now) this.wakeAtOnce()
  }

  /** Events that the message has scheduled for this instant, unless a timer was due at it anyway. */
  private wakeAtOnce(): void {
    const { control } = this.endpoint
    if ((control?.deadline ?? NEVER) > this.world.kernel.now) this.wake()
  }

  crash(): void {
    this.endpoint.crash('control')
  }
}
