// What one can do to a run at a place in it: each entry asks the same question with one more fault, or with one packet treated otherwise.
// The entries are scenario faults and link scripts, so a run with them can be repeated on the command line.

import type { Nanos } from '../../sim/base/time.ts'
import { formatDuration, formatInstant } from '../../sim/base/time.ts'
import { withoutFaults, type Waiting } from '../../sim/hunt/faults-list.ts'
import { duration } from '../../sim/scenario/units.ts'
import { LOST, messageKinds, NOBODY, RECOVERY, type Lane, type RunModel } from '../model/model.ts'
import { ask, inquiry, otherInquiry, type Inquiry, type Intervention } from '../state.ts'

export interface MenuEntry {
  readonly title: string
  readonly act: () => void
}

export interface Menu {
  readonly title: string
  readonly entries: readonly MenuEntry[]
}

const written = (at: Nanos): string => String(duration.write(at))

function withIntervention(question: Inquiry, intervention: Intervention): Inquiry {
  return { ...question, interventions: [...question.interventions, intervention] }
}

function intervene(intervention: Intervention): void {
  ask(withIntervention(inquiry.peek(), intervention))
}

/** The chip removed. */
export function withdraw(place: number): void {
  ask(without(inquiry.peek(), place))
}

/** The question without one of its interventions. A fault that waited for it waits no longer for anything before its message. */
export function without(question: Inquiry, place: number): Inquiry {
  const { interventions } = question
  const rest = interventions.filter((_, i) => i !== place)
  if (interventions[place]?.list !== 'faults') return { ...question, interventions: rest }
  const gone = interventions.slice(0, place).filter(isFault).length
  const faults = withoutFaults(interventions.filter(isFault).map(dataOf), new Set([gone])).values()
  return { ...question, interventions: rest.map((each) => (isFault(each) ? withData(each, faults.next().value) : each)) }
}

const isFault = ({ list }: Intervention): boolean => list === 'faults'

/** What a fault says. Those of a repro are written as JSON; no other waits for one, so nothing of it matters here. */
function dataOf({ value }: Intervention): Waiting {
  try {
    return JSON.parse(value) as Waiting
  } catch {
    return {}
  }
}

const withData = (fault: Intervention, data: Waiting | undefined): Intervention =>
  data?.when === undefined ? fault : { ...fault, value: JSON.stringify(data) }

/** The present run beside the same with an intervention more, or one less. */
export function fork(other: Inquiry): void {
  otherInquiry.value = other
}

function fault(title: string, value: string): MenuEntry {
  return {
    title,
    act: () => {
      intervene({ list: 'faults', value, label: title })
    },
  }
}

const tidy = (at: Nanos): string => formatInstant(at, 3)

/** Faults of one endpoint from an instant on. */
export function endpointEntries(endpoint: string, at: Nanos): readonly MenuEntry[] {
  const base = `endpoint: ${endpoint}, at: ${written(at)}`
  return [
    fault(`Crash the control plane of ${endpoint} at ${tidy(at)}`, `{ kind: crash, ${base}, plane: control }`),
    fault(`Crash the data plane of ${endpoint} at ${tidy(at)}`, `{ kind: crash, ${base}, plane: data }`),
    fault(`Crash both planes of ${endpoint} at ${tidy(at)}`, `{ kind: crash, ${base}, plane: both }`),
    fault(`Restart ${endpoint} at ${tidy(at)}`, `{ kind: restart, ${base} }`),
    fault(`Switch ${endpoint} over at ${tidy(at)}`, `{ kind: switchover, ${base} }`),
    fault(`Pause ${endpoint} for 1 s at ${tidy(at)}`, `{ kind: pause, ${base}, for: 1s }`),
  ]
}

/** Cuts of one link. */
export function linkEntries([one, other]: readonly [string, string], at: Nanos): readonly MenuEntry[] {
  const base = `kind: cut, link: [${one}, ${other}], at: ${written(at)}`
  return [
    fault(`Cut ${one} – ${other} for 1 s at ${tidy(at)}`, `{ ${base}, for: 1s }`),
    fault(`Cut ${one} – ${other} for 10 s at ${tidy(at)}`, `{ ${base}, for: 10s }`),
    fault(`Cut ${one} → ${other} only, for 5 s at ${tidy(at)}`, `{ ${base}, direction: forward, for: 5s }`),
    fault(`Cut ${other} → ${one} only, for 5 s at ${tidy(at)}`, `{ ${base}, direction: backward, for: 5s }`),
  ]
}

/** Everything that can be done at an instant, near a tunnel. */
export function menuForInstant(run: RunModel, at: Nanos, lane: Lane | undefined): Menu {
  const names = lane?.group.split(' ⇄ ') ?? run.endpoints.slice(0, 2).map(({ name }) => name)
  const ends = run.links.find((link) => names.includes(link.ends[0]) && names.includes(link.ends[1]))?.ends
  const known = names.filter((name) => run.endpoints.some((endpoint) => endpoint.name === name))
  const entries = [...known.flatMap((name) => endpointEntries(name, at)), ...(ends === undefined ? [] : linkEntries(ends, at))]
  return { title: `At ${formatInstant(at, 6)}`, entries }
}

/** What picks exactly this packet: its kind, its sender, and which of them it is on its link. */
interface PacketPick {
  readonly link: number
  readonly message: string
  readonly from: string
  readonly nth: number
}

function pickOf(run: RunModel, message: number): PacketPick | undefined {
  const { messages, endpoints, links } = run
  const [from, to, kind] = [messages.from[message]!, messages.to[message]!, messages.kind[message]!]
  if (from === NOBODY || to === NOBODY) return undefined
  const [sender, receiver] = [endpoints[from]!.name, endpoints[to]!.name]
  const link = links.find(({ ends }) => ends.includes(sender) && ends.includes(receiver))
  const type = messageKinds[kind]!
  if (link === undefined || type === '?') return undefined
  let nth = 0
  for (let i = 0; i <= message; i++) {
    if (messages.kind[i] === kind && messages.from[i] === from && messages.to[i] === to) nth += 1
  }
  return { link: link.place, message: type, from: sender, nth }
}

/** What can be done to one packet. */
export function menuForMessage(run: RunModel, message: number): Menu {
  const pick = pickOf(run, message)
  const { messages, endpoints } = run
  const at = messages.sentAt[message]!
  const kind = messageKinds[messages.kind[message]!]!
  const track = (messages.flags[message]! & RECOVERY) === 0 ? '' : ' of the recovery tunnel'
  const title = `${kind}${track} sent at ${formatInstant(at, 6)}`
  if (pick === undefined) return { title, entries: [] }
  const words = `${kind} no. ${String(pick.nth)} from ${pick.from}`
  const base = `message: ${pick.message}, from: ${pick.from}, nth: ${String(pick.nth)}`
  const script = (verb: string, label: string, more = ''): MenuEntry => ({
    title: label,
    act: () => {
      intervene({ list: `links[${String(pick.link)}].script`, value: `{ ${verb}: { ${base}${more} } }`, label })
    },
  })
  const later = [200e6, 2e9].map((by) => script('delay', `Delay ${words} by ${formatDuration(by)}`, `, by: ${written(by)}`))
  const lost = (messages.flags[message]! & LOST) !== 0
  const receiver = endpoints[messages.to[message]!]!.name
  return {
    title,
    entries: [
      ...(lost ? [] : [script('drop', `Drop ${words}`)]),
      ...later,
      script('duplicate', `Duplicate ${words}`, ', by: 5ms'),
      script('corrupt', `Flip a bit of ${words}`),
      ...[pick.from, receiver].map((name) => endpointEntries(name, at)[0]!),
    ],
  }
}
