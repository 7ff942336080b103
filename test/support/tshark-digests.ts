// Which L2TPv3 control messages of a trace are digested with the same nonces: those of one control connection up to its reset, and those
// of a recovered one from its reset on together with those of the recovery tunnel (RFC 4951 3.2.1, R4951-AMB-52). tshark keeps one pair
// of nonces for two addresses, so it can check the digests of one such group at a time.

import { ipOf } from '../../sim/base/datagram.ts'
import { carriesControl, controlMessageIn, demultiplex, type Transport } from '../../sim/l2tp/wire/demultiplex.ts'
import { peekType } from '../../sim/l2tp/wire/header.ts'
import type { TraceRecord } from '../../sim/trace/record.ts'

/** What carries a datagram, by the address it goes to. */
export const transportOf = ({ to }: TraceRecord<'sent'>): Transport => (ipOf(to) === to ? 'ip' : 'udp')

/** Whether it is L2TPv3, control or data. */
export const isVersion3 = (sent: TraceRecord<'sent'>): boolean => demultiplex(sent.bytes, transportOf(sent)).version === 3

const isControl = (sent: TraceRecord<'sent'>): boolean => carriesControl(sent.bytes, transportOf(sent))

const typeOf = (sent: TraceRecord<'sent'>): string | undefined => peekType(controlMessageIn(sent.bytes, transportOf(sent)))

/** Both nonces are in it. */
const hasNonces = (group: readonly TraceRecord<'sent'>[]): boolean => {
  const types = group.map(typeOf)
  return types.includes('SCCRQ') && types.includes('SCCRP')
}

/**
 * The control messages of L2TPv3 by the nonces in their digests, in order of sending. Injected ones belong to none, and without an
 * SCCRP there is but one nonce: of a refusal tshark makes nothing. Nor has the answer to an SCCRQ that somebody else sent again.
 */
export function nonceGroups(records: readonly TraceRecord[]): readonly (readonly TraceRecord<'sent'>[])[] {
  const connections = controlConnections(records)
  const groups = new Map<string, TraceRecord<'sent'>[]>()
  const current = new Map<string, string>()
  for (const record of records) {
    if (record.kind === 'controlReset') {
      const { endpoint, tunnel, recoveryTunnel } = record
      current.set(keyOf(endpoint, tunnel), connections(keyOf(endpoint, recoveryTunnel)))
    }
    if (record.kind !== 'sent' || record.tunnel === 0 || !isVersion3(record) || !isControl(record)) continue
    const key = keyOf(record.endpoint, record.tunnel)
    const group = current.get(key) ?? connections(key)
    groups.set(group, [...(groups.get(group) ?? []), record])
  }
  return [...groups.values()].filter(hasNonces)
}

const keyOf = (endpoint: string, tunnel: number): string => `${endpoint}/${String(tunnel)}`

/** From either side of a control connection to one name for it. A side whose peer does not know it is alone. */
function controlConnections(records: readonly TraceRecord[]): (key: string) => string {
  const owners = new Map(records.flatMap((record) => (record.kind === 'sent' ? [[ipOf(record.from), record.endpoint]] : [])))
  const others = new Map<string, string>()
  for (const record of records) {
    if (record.kind !== 'tunnel' || record.peerTunnel === 0) continue
    others.set(keyOf(record.endpoint, record.tunnel), keyOf(owners.get(ipOf(record.peer)) ?? '', record.peerTunnel))
  }
  return (key) => {
    const other = others.get(key) ?? key
    return others.get(other) === key && other < key ? other : key
  }
}
