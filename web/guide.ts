// The guided reading: a handful of places in a run of a failover, in their order, each with what happens there and why. The
// places are found in the trace, so the reading fits any run that has them.

import type { RecordKind, TraceRecord } from '../sim/trace/record.ts'
import { kindNumbers } from '../sim/trace/digest.ts'
import { RECOVERY, messageKinds, type RunModel } from './model/model.ts'
import { recordAt } from './trace/columns.ts'

export interface GuideStep {
  readonly title: string
  readonly text: string
  readonly ref: string
  /** Record to show; undefined where the run has none. */
  readonly find: (run: RunModel) => number | undefined
}

function firstRecord<K extends RecordKind>(
  run: RunModel,
  kind: K,
  fits: (record: TraceRecord<K>) => boolean,
): number | undefined {
  const number = kindNumbers[kind]
  for (let seq = 0; seq < run.trace.count; seq++) {
    if (run.trace.kinds[seq] === number && fits(recordAt(run.trace, seq) as unknown as TraceRecord<K>)) return seq
  }
  return undefined
}

function firstMessage({ messages }: RunModel, kind: string, recovery: boolean): number | undefined {
  const place = messageKinds.findIndex((one) => one === kind)
  for (let i = 0; i < messages.count; i++) {
    if (messages.kind[i] === place && ((messages.flags[i]! & RECOVERY) !== 0) === recovery) return messages.seq[i]
  }
  return undefined
}

export const guideSteps: readonly GuideStep[] = [
  {
    title: 'A tunnel full of calls',
    text:
      'You know PPP: here the sessions of many callers ride through one L2TP tunnel, from the LAC that has the lines to ' +
      'the LNS that ends the PPP. Beside the data there is one control connection per tunnel. Its messages carry ' +
      'numbers, Ns and Nr, and both sides count along. The blue bars are the two ends of the tunnel, the steps below ' +
      'them its live sessions, the grey strip the data that arrives.',
    ref: 'RFC 2661 5.8',
    find: (run) => firstRecord(run, 'session', ({ event }) => event === 'established'),
  },
  {
    title: 'The control plane dies',
    text:
      'The process that spoke for the LNS is gone, and with it Ns and Nr. The data plane goes on forwarding: look at ' +
      'the grey strip, nothing is missing. The other side suspects nothing (orange). Without failover it would in the ' +
      'end retransmit in vain, give the tunnel up, and hang up every call.',
    ref: 'RFC 4951 1.1',
    find: (run) => run.faults[0]?.seq,
  },
  {
    title: 'A backup steps in',
    text:
      'Another replica notices and takes over. From the mirrored tables it knows which tunnels and sessions there are, ' +
      'but not the numbers of the control channel: they changed with every message. So it may not simply speak in the ' +
      'old tunnel; whatever it said would look like an old message or one from the future.',
    ref: 'RFC 4951 1.1, 3.2',
    find: (run) => firstRecord(run, 'replica', ({ state, why }) => state === 'active' && why !== 'start'),
  },
  {
    title: 'A second tunnel that speaks for the first',
    text:
      'It opens a recovery tunnel: an ordinary SCCRQ, with one AVP more (Tunnel Recovery, attribute 77) that names the ' +
      'old tunnel by both its numbers. Look at the tree in the inspector. From here on the remote end throws away ' +
      'whatever still comes in the old tunnel.',
    ref: 'RFC 4951 3.2.1, 5.2',
    find: (run) => firstMessage(run, 'SCCRQ', true),
  },
  {
    title: 'Both sides reset the numbers',
    text:
      'The SCCRP answers, and suggests numbers (attribute 78) at which the old control channel may go on. When the ' +
      'handshake is complete on a side, that side resets its channel to them: the notches on the bars. The recovery ' +
      'tunnel has done its work and is closed.',
    ref: 'RFC 4951 3.2.2, 5.3',
    find: (run) => firstRecord(run, 'controlReset', () => true),
  },
  {
    title: 'Do we have the same sessions?',
    text:
      'A call may have begun or ended just when the mirror was not looking. So the recovery endpoint lists its sessions ' +
      'in FSQ messages, in the recovered tunnel, and the other side answers with FSR: this one yes, of that one I know ' +
      'nothing. What only one side knows is cleared.',
    ref: 'RFC 4951 3.3',
    find: (run) => firstMessage(run, 'FSQ', false),
  },
  {
    title: 'As if nothing had happened',
    text:
      'The recovery endpoint has every session confirmed or cleared; the other end follows a moment later. Now it is ' +
      'your turn: move a slider (a second of detection delay, some loss), or right-click a message and drop it. The run ' +
      'is made again at once, with the same seed, so that only what you changed is different.',
    ref: 'RFC 4951 3.3',
    find: (run) => firstRecord(run, 'recovery', ({ step }) => step === 'synchronised'),
  },
]
