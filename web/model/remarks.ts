// What the ladder says beside its messages: faults, replicas that step in, resets, recoveries and sessions that end.

import type { Nanos } from '../../sim/base/time.ts'
import { kindNumbers } from '../../sim/trace/digest.ts'
import type { TraceRecord } from '../../sim/trace/record.ts'
import { recordAt } from '../trace/columns.ts'
import type { Lane, RunModel } from './model.ts'

export interface LadderRemark {
  readonly seq: number
  readonly at: Nanos
  /** Endpoint it stands at; '' for all. */
  readonly where: string
  readonly about: 'fault' | 'reset' | 'recovery' | 'session' | 'replica'
  readonly text: string
}

const spoken: ReadonlySet<number> = new Set(
  (['fault', 'replica', 'controlReset', 'recovery', 'tunnel', 'session', 'timer'] as const).map((kind) => kindNumbers[kind]),
)

export interface RemarkChoice {
  readonly endpoints: ReadonlySet<string>
  /** What is said of a tunnel must be said of this one. */
  readonly lane: Lane | undefined
  readonly most: number
}

/** Remarks at these endpoints, in order. */
export function remarksAt(run: RunModel, { endpoints, lane, most }: RemarkChoice): readonly LadderRemark[] {
  const { trace } = run
  const isElsewhere = (record: TraceRecord): boolean =>
    lane !== undefined &&
    'tunnel' in record &&
    'endpoint' in record &&
    !lane.sides.some(({ endpoint, tunnel }) => tunnel === record.tunnel && endpoint === record.endpoint)
  const found: LadderRemark[] = []
  for (let seq = 0; seq < trace.count && found.length < most; seq++) {
    if (!spoken.has(trace.kinds[seq]!)) continue
    const record = recordAt(trace, seq)
    const remark = isElsewhere(record) ? undefined : remarkOn(record, endpoints)
    const last = found.at(-1)
    if (remark === undefined) continue
    if (remark.about === 'session' && last?.about === 'session' && last.at === remark.at && last.where === remark.where) {
      const count = Number(/^(\d+) sessions/.exec(last.text)?.[1] ?? 1) + 1
      found[found.length - 1] = { ...last, text: `${String(count)} sessions cleared${/:.*$/.exec(last.text)?.[0] ?? ''}` }
    } else found.push(remark)
  }
  return found
}

function remarkOn(record: TraceRecord, endpoints: ReadonlySet<string>): LadderRemark | undefined {
  const { seq, at } = record
  if (record.kind === 'fault') {
    const where = endpoints.has(record.target) ? record.target : ''
    const isOurs = where !== '' || record.target.split(/[-–>]/).some((name) => endpoints.has(name.trim()))
    const ends = record.phase === 'end' ? ' ends' : ''
    const detail = record.detail === '' ? '' : ` (${record.detail})`
    return isOurs ? { seq, at, where, about: 'fault', text: `${record.name} ${record.target}${detail}${ends}` } : undefined
  }
  if (!('endpoint' in record) || !endpoints.has(record.endpoint)) return undefined
  const said = sentence(record)
  return said === undefined ? undefined : { seq, at, where: record.endpoint, ...said }
}

function sentence(record: TraceRecord): Pick<LadderRemark, 'about' | 'text'> | undefined {
  switch (record.kind) {
    case 'replica':
      return replicaSentence(record)
    case 'controlReset':
      return { about: 'reset', text: `control channel reset to ${String(record.ns)}/${String(record.nr)}` }
    case 'recovery': {
      const text = steps[record.step]
      return text === undefined ? undefined : { about: 'recovery', text: `${text}${record.why === '' ? '' : `: ${record.why}`}` }
    }
    case 'tunnel':
      if (record.purpose === 'recovery' || record.event !== 'closed') return undefined
      return { about: 'recovery', text: `tunnel ${String(record.tunnel)} cleared: ${record.why}` }
    case 'session':
      if (record.event !== 'closed' || record.why === 'tunnel-closed') return undefined
      return { about: 'session', text: `session ${String(record.session)} cleared: ${record.why}` }
    case 'timer':
      return record.name === 'recovery-time' && record.action !== 'stop'
        ? { about: 'recovery', text: `Recovery Time timer ${record.action === 'fire' ? 'runs out' : 'starts'}` }
        : undefined
    default:
      return undefined
  }
}

function replicaSentence({ replica, state, why }: TraceRecord<'replica'>): Pick<LadderRemark, 'about' | 'text'> | undefined {
  if (why === 'start' || state === 'standby' || state === 'failed') return undefined
  const text = { active: 'serves now', 'taking-over': 'notices, takes over', detecting: 'does not know yet' }[state] ?? state
  return { about: 'replica', text: `${replica} replica ${text}` }
}

const steps: Readonly<Record<string, string>> = {
  refused: 'refuses the recovery',
  'tie-won': 'wins the tie',
  'tie-lost': 'loses the tie',
  'tie-equal': 'finds the tie equal',
  superseded: 'drops the older recovery tunnel',
  aborted: 'ends the recovery attempt',
  recovered: 'recovery tunnel complete',
  synchronised: 'every session confirmed or cleared',
  failed: 'gives the tunnel up',
  'not-attempted': 'does not attempt recovery',
}
