// The network: ports at IP addresses, and a link for each direction between two of them. It records what is sent and what is
// lost, and hands arrivals to ports at their instant. It carries octets and knows nothing of what they mean.

import { ipSize, type Address, type Datagram } from '../base/datagram.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { DropReason } from '../trace/record.ts'
import type { About, Recorder } from '../trace/recorder.ts'
import { Link, type LinkSpec } from './link.ts'

/** A datagram, or a copy of it, as it reaches a port. */
export interface Arrival {
  /** With a flipped bit it is a changed copy of the one sent. */
  readonly datagram: Datagram
  readonly packet: number
  /** 0 for the original, 1.. for its duplicates. */
  readonly copy: number
  /** Bit of the UDP payload that was flipped on the way, 0 first on the wire; -1 when intact. */
  readonly flippedBit: number
  /** The `sent` record. */
  readonly cause: number
}

export interface Port {
  receive(arrival: Arrival): void
}

/** An end of a link: its address, and its name as it stands in the names of links and of their random streams. */
export interface End {
  readonly ip: string
  readonly name: string
}

/** One place in the network, of one or more addresses that share its links. */
interface Site {
  readonly links: Map<Site, Link>
}

/** What belongs to an address: its place, and who listens there. */
interface Host {
  readonly site: Site
  port: Port | undefined
}

/** The way from one address to another; without a link there is none. */
interface Route {
  readonly link: Link | undefined
  readonly host: Host | undefined
}

/** A datagram under way. */
class Flight implements Arrival {
  datagram: Datagram
  readonly packet: number
  readonly copy: number
  readonly flippedBit: number
  readonly cause: number
  readonly network: Network
  readonly route: Route

  // eslint-disable-next-line max-params -- one for each datagram sent, so no options object
  constructor(
    network: Network,
    route: Route,
    datagram: Datagram,
    packet: number,
    copy: number,
    flippedBit: number,
    cause: number,
  ) {
    this.datagram = datagram
    this.packet = packet
    this.copy = copy
    this.flippedBit = flippedBit
    this.cause = cause
    this.network = network
    this.route = route
  }
}

export class Network {
  private readonly kernel: Kernel
  private readonly recorder: Recorder
  private readonly hosts = new Map<string, Host>()
  /** Ways found so far, by sender and receiver. */
  private readonly routes = new Map<Address, Map<Address, Route>>()
  private packets = 0

  constructor(kernel: Kernel, recorder: Recorder) {
    this.kernel = kernel
    this.recorder = recorder
  }

  /** From now on arrivals at this address go to `port`, whatever its UDP port. */
  attach(ip: string, port: Port): void {
    this.hostAt(ip).port = port
  }

  /** Arrivals at this address are dropped from now on. */
  detach(ip: string): void {
    this.hostAt(ip).port = undefined
  }

  /** Joins two addresses, anew if they were joined. Each direction is a link `a>b` of its own, with its own random streams. */
  connect(a: End, b: End, forward: LinkSpec, backward: LinkSpec): void {
    this.join(a, b, forward)
    this.join(b, a, backward)
  }

  private join(from: End, to: End, spec: LinkSpec): void {
    const link = new Link(`${from.name}>${to.name}`, spec, (name) => this.kernel.rng(name))
    this.hostAt(from.ip).site.links.set(this.hostAt(to.ip).site, link)
    this.routes.clear()
  }

  /** Makes `ip` another address of the same place: the same links lead from and to it. What listens there is attached apart. */
  alias(ip: string, sameRoutesAs: string): void {
    const { site } = this.hostAt(sameRoutesAs)
    const before = this.hosts.get(ip)
    if (before?.site === site) return
    this.hosts.set(ip, { site, port: before?.port })
    this.routes.clear()
  }

  /** The link in the direction from one address to another. */
  link(fromIp: string, toIp: string): Link | undefined {
    const from = this.hosts.get(fromIp)
    const to = this.hosts.get(toIp)
    return from && to && from.site.links.get(to.site)
  }

  /**
   * Sends a datagram now; gives its packet number, from 1. Records `sent` and, for what is lost on the way, `dropped` at this
   * instant, also where the loss would happen later. A blackout or a cut loses what is sent in it, not what is under way.
   */
  send(datagram: Datagram, about: About): number {
    const { kernel, recorder } = this
    const { now } = kernel
    const route = this.routeOf(datagram)
    const { link } = route
    const packet = ++this.packets
    const cause = recorder.sent(datagram, about, packet, link === undefined ? 0 : link.backlog(now))
    if (link === undefined) {
      this.drop({ packet, copy: 0, cause }, about.endpoint, 'no-route')
      return packet
    }
    const fates = link.fates(ipSize(datagram), datagram.bytes, now, datagram.to.port === 0)
    for (let copy = 0; copy < fates.length; copy++) {
      const fate = fates[copy]!
      if (fate.fate === 'deliver') {
        kernel.schedule(fate.at, arrive, new Flight(this, route, datagram, packet, copy, fate.flipBit, cause))
      } else this.drop({ packet, copy, cause }, link.name, fate.why)
    }
    return packet
  }

  /** Ends a flight. */
  deliver(flight: Flight): void {
    const { link, host } = flight.route
    if (flight.flippedBit >= 0) {
      if (link?.spec.checksum === true && flight.datagram.to.port !== 0) {
        this.drop(flight, link.name, 'checksum')
        return
      }
      flight.datagram = flipped(flight.datagram, flight.flippedBit)
    }
    if (host?.port === undefined) this.drop(flight, flight.datagram.to.ip, 'no-host')
    else host.port.receive(flight)
  }

  private drop(
    lost: { readonly packet: number; readonly copy: number; readonly cause: number },
    where: string,
    why: DropReason,
  ): void {
    this.recorder.emit({ kind: 'dropped', packet: lost.packet, copy: lost.copy, where, why }, lost.cause)
  }

  private routeOf({ from, to }: Datagram): Route {
    return this.routes.get(from)?.get(to) ?? this.findRoute(from, to)
  }

  private findRoute(from: Address, to: Address): Route {
    const route = { link: this.link(from.ip, to.ip), host: this.hosts.get(to.ip) }
    let known = this.routes.get(from)
    if (known === undefined) this.routes.set(from, (known = new Map<Address, Route>()))
    known.set(to, route)
    return route
  }

  private hostAt(ip: string): Host {
    let host = this.hosts.get(ip)
    if (host === undefined) {
      host = { site: { links: new Map<Site, Link>() }, port: undefined }
      this.hosts.set(ip, host)
      this.routes.clear()
    }
    return host
  }
}

function arrive(flight: Flight): void {
  flight.network.deliver(flight)
}

/** The datagram with one bit of its payload flipped; in filler, which is not stored, that changes nothing one could see. */
function flipped(datagram: Datagram, bit: number): Datagram {
  const { from, to, padding } = datagram
  const octet = bit >> 3
  if (octet >= datagram.bytes.length) return datagram
  const bytes = datagram.bytes.slice()
  bytes[octet] = bytes[octet]! ^ (0x80 >> (bit & 7))
  return { from, to, bytes, padding }
}
