// The trace as a pcapng capture: a fold that writes blocks to a sink, for Wireshark and tshark. One interface per endpoint, raw
// IPv4 with synthesised IPv4 and UDP headers, nanosecond time stamps counted from the start of the run. Payload filler that the
// simulator does not store counts in the original length only, as a capture cut by a snap length would have it. Not a reader;
// the layout of blocks and headers is in pcapng-blocks.ts.

import { formatDuration, type Nanos } from '../base/time.ts'
import { concatenated, enhancedPacket, interfaceDescription, sectionHeader, type CapturedPacket } from './pcapng-blocks.ts'
import type { Fold, TraceRecord } from './record.ts'

export interface PcapngOptions {
  /**
   * `sender`: every transmission once, when and where it was sent, its fate in the comment.
   * `receiver`: what arrived, when and where: duplicates twice, lost ones never, flipped bits flipped.
   */
  readonly view: 'sender' | 'receiver'
  /** Program and version, for the section header. */
  readonly application: string
  /** What the capture shows, for the section header. */
  readonly comment: string
  readonly sink: (chunk: Uint8Array) => void
}

export interface PcapngSummary {
  /** Packets written. */
  readonly packets: number
  /** `receiver` only: packets that arrived so late that their content was no longer at hand. */
  readonly forgotten: number
}

/** Packets remembered after their fate is known, so that a late duplicate still gets into the comment. */
const WINDOW = 4096
/** Packets remembered at most; older ones are written with what is known of them. */
const LIMIT = 131_072
const CHUNK_OCTETS = 65_536
const NO_REMARKS: readonly string[] = []

type Sent = TraceRecord<'sent'>

interface Pending {
  readonly sent: Sent
  settled: boolean
  remarks: readonly string[]
}

/** Writes the trace to `options.sink`. `end` completes the file; calling it again changes nothing. */
export function pcapngWriter(options: PcapngOptions): Fold<PcapngSummary> {
  return new PcapngWriter(options)
}

class PcapngWriter implements Fold<PcapngSummary> {
  readonly kinds = ['sent', 'dropped', 'delivered'] as const
  private readonly options: PcapngOptions
  private readonly interfaces = new Map<string, number>()
  /** Packets whose fate is awaited, by number; and in order of sending, from `first` on. */
  private readonly pending = new Map<number, Pending>()
  private order: Pending[] = []
  private first = 0
  private chunk: Uint8Array[] = []
  private chunkOctets = 0
  private packets = 0
  private forgotten = 0

  constructor(options: PcapngOptions) {
    this.options = options
    this.push(sectionHeader(options.application, options.comment))
  }

  see(record: TraceRecord): void {
    if (record.kind === 'sent') this.hold(record)
    else if (record.kind === 'dropped') this.drop(record)
    else if (record.kind === 'delivered') this.deliver(record)
  }

  end(at: Nanos): PcapngSummary {
    for (const packet of this.order.slice(this.first)) {
      if (!packet.settled) packet.remarks = [...packet.remarks, `still under way when the trace ends at ${formatDuration(at)}`]
      this.release(packet)
    }
    this.order = []
    this.first = 0
    this.flush()
    return { packets: this.packets, forgotten: this.forgotten }
  }

  private hold(sent: Sent): void {
    const remarks = sent.attempt > 1 ? [`retransmission ${String(sent.attempt - 1)}`] : NO_REMARKS
    const packet: Pending = { sent, settled: false, remarks }
    this.pending.set(sent.packet, packet)
    this.order.push(packet)
    for (let oldest = this.order[this.first]; oldest !== undefined; oldest = this.order[this.first]) {
      if (this.pending.size <= (oldest.settled ? WINDOW : LIMIT)) break
      this.release(oldest)
      this.first++
    }
    if (this.first < WINDOW) return
    this.order = this.order.slice(this.first)
    this.first = 0
  }

  private drop(record: TraceRecord<'dropped'>): void {
    const packet = this.pending.get(record.packet)
    if (packet === undefined) return
    if (record.copy === 0) packet.settled = true
    packet.remarks = [...packet.remarks, `${record.copy === 0 ? 'lost' : 'duplicate lost'}: ${record.why} at ${record.where}`]
  }

  private deliver(record: TraceRecord<'delivered'>): void {
    const packet = this.pending.get(record.packet)
    if (packet === undefined) {
      this.forgotten++
      return
    }
    if (record.copy === 0) packet.settled = true
    const remarks = arrivalRemarks(record)
    if (this.options.view === 'receiver') this.writeArrival(packet.sent, record, remarks)
    else if (remarks.length > 0) packet.remarks = [...packet.remarks, ...remarks]
  }

  private release(packet: Pending): void {
    this.pending.delete(packet.sent.packet)
    if (this.options.view === 'receiver') return
    this.write({
      endpoint: packet.sent.endpoint,
      at: packet.sent.at,
      sent: packet.sent,
      remarks: packet.remarks,
      flippedBit: -1,
    })
  }

  private writeArrival(sent: Sent, record: TraceRecord<'delivered'>, remarks: readonly string[]): void {
    const all = sent.attempt > 1 ? [`retransmission ${String(sent.attempt - 1)}`, ...remarks] : remarks
    this.write({ endpoint: record.endpoint, at: record.at, sent, remarks: all, flippedBit: record.flippedBit })
  }

  private write(packet: CapturedPacket): void {
    let index = this.interfaces.get(packet.endpoint)
    if (index === undefined) {
      this.interfaces.set(packet.endpoint, (index = this.interfaces.size))
      this.push(interfaceDescription(packet.endpoint))
    }
    this.push(enhancedPacket(index, packet, this.options.view === 'sender' ? 'outbound' : 'inbound'))
    this.packets++
  }

  private push(block: Uint8Array): void {
    this.chunk.push(block)
    this.chunkOctets += block.length
    if (this.chunkOctets >= CHUNK_OCTETS) this.flush()
  }

  private flush(): void {
    if (this.chunkOctets === 0) return
    this.options.sink(concatenated(this.chunk))
    this.chunk = []
    this.chunkOctets = 0
  }
}

function arrivalRemarks(record: TraceRecord<'delivered'>): readonly string[] {
  if (record.copy === 0 && record.flippedBit < 0) return NO_REMARKS
  const remarks: string[] = []
  if (record.copy > 0) remarks.push(`duplicate ${String(record.copy)}`)
  if (record.flippedBit >= 0) remarks.push(`bit ${String(record.flippedBit)} of the UDP payload flipped on the way`)
  return remarks
}
