// The states of single endpoints met so far, and what each did with each input: found out once, by the real endpoint, and remembered.
// A state is known by the inputs that lead to it; to go on from it, they are given again to an endpoint that begins anew.

import { address, type Address } from '../base/datagram.ts'
import type { Nanos } from '../base/time.ts'
import type { Scenario } from '../scenario/schema.ts'
import { outlookOf, type Outlook } from './outlook.ts'
import { portraitOf } from './portrait.ts'
import { Solo, type Sent } from './solo.ts'
import { Fingerprints } from './fingerprints.ts'
import { messageText } from './portrait.ts'
import type { Symmetry } from './symmetry.ts'

/** Inputs of an endpoint: `message` with its number, what is due by itself, a crash, or time in which nothing happens. */
export type LocalInput =
  | { readonly kind: 'start' | 'due' | 'crash' }
  | { readonly kind: 'message'; readonly message: number }
  | { readonly kind: 'age'; readonly by: Nanos }

export interface Local {
  readonly endpoint: number
  readonly parent: number
  readonly input: LocalInput
  /** How long until something happens by itself. */
  readonly due: Nanos
  readonly outlook: Outlook
  /** Classes of equal states, one for each renaming of the sessions. */
  readonly classes: readonly number[]
  /** The same without the numbers of the control channels; only for settled states. */
  readonly restClasses: readonly number[]
}

export interface LocalStep {
  readonly local: number
  /** Numbers of the messages sent. */
  readonly sent: readonly number[]
  /** What was thrown, if anything was: a bug. */
  readonly thrown: string | undefined
}

export interface Message extends Sent {
  /** The endpoint it is for, -1 for none that is known. */
  readonly target: number
  readonly source: number
  readonly classes: readonly number[]
}

export interface LocalsOptions {
  /** For each endpoint: the scenario with what it does by itself. */
  readonly scenarios: readonly Scenario[]
  readonly names: readonly string[]
  /** By IP address, the endpoint that may be found there. */
  readonly byIp: ReadonlyMap<string, number>
  readonly seed: string
  readonly symmetry: Symmetry
}

const again = ({ ip, port }: Address): Address => address(ip, port)

/** More inputs than there can be messages, for keys of the memory. */
const INPUTS = 0x400000
const CODE_DUE = 0
const CODE_CRASH = 1
const CODE_MESSAGE = 2
/** Endpoints kept alive at the state they stand at. */
const KEPT_ALIVE = 2_000

/** Everything that is known, as plain data. */
export interface SavedLocals {
  readonly entries: readonly Local[]
  readonly messages: readonly Message[]
  readonly steps: number
  readonly known: ReadonlyMap<string, number>
  readonly classes: ReadonlyMap<string, number>
  readonly messageNumbers: ReadonlyMap<string, number>
  readonly memory: ReadonlyMap<number, LocalStep>
  readonly ages: ReadonlyMap<number, ReadonlyMap<Nanos, number>>
}

export class Locals {
  entries: Local[] = []
  messages: Message[] = []
  /** Steps that endpoints really made. */
  steps = 0
  private readonly options: LocalsOptions
  private known = new Map<string, number>()
  private readonly classes = new Fingerprints()
  private messageNumbers = new Map<string, number>()
  private memory = new Map<number, LocalStep>()
  private ages = new Map<number, Map<Nanos, number>>()
  private readonly alive = new Map<number, Solo>()

  constructor(options: LocalsOptions) {
    this.options = options
  }

  save(): SavedLocals {
    const { entries, messages, steps, known, classes, messageNumbers, memory, ages } = this
    return { entries, messages, steps, known, classes: classes.classes, messageNumbers, memory, ages }
  }

  restore({ entries, messages, steps, known, classes, messageNumbers, memory, ages }: SavedLocals): void {
    this.entries = [...entries]
    // Addresses are known by what they are, not by what they say.
    this.messages = messages.map((message) => ({ ...message, from: again(message.from), to: again(message.to) }))
    this.steps = steps
    this.known = new Map(known)
    this.classes.classes = new Map(classes)
    this.messageNumbers = new Map(messageNumbers)
    this.memory = new Map(memory)
    this.ages = new Map([...ages].map(([local, aged]) => [local, new Map(aged)]))
    this.alive.clear()
  }

  /** The endpoint as it is at the beginning. */
  start(endpoint: number): number {
    return this.enter(this.begin(endpoint), { endpoint, parent: -1, input: { kind: 'start' } })
  }

  due(local: number): LocalStep {
    return this.remembered(local, CODE_DUE, { kind: 'due' })
  }

  crash(local: number): LocalStep {
    return this.remembered(local, CODE_CRASH, { kind: 'crash' })
  }

  receive(local: number, message: number): LocalStep {
    return this.remembered(local, CODE_MESSAGE + message, { kind: 'message', message })
  }

  /** The state `by` later, if nothing happens until then. */
  age(local: number, by: Nanos): number {
    if (by === 0) return local
    let aged = this.ages.get(local)
    if (aged === undefined) this.ages.set(local, (aged = new Map<Nanos, number>()))
    let found = aged.get(by)
    if (found === undefined) {
      const solo = this.soloAt(local)
      const input: LocalInput = { kind: 'age', by }
      solo.age(by)
      found = this.enter(solo, { endpoint: this.entries[local]!.endpoint, parent: local, input })
      aged.set(by, found)
    }
    return found
  }

  private remembered(local: number, code: number, input: LocalInput): LocalStep {
    const key = local * INPUTS + code
    let step = this.memory.get(key)
    if (step === undefined) this.memory.set(key, (step = this.perform(local, input)))
    return step
  }

  private perform(local: number, input: LocalInput): LocalStep {
    const { endpoint } = this.entries[local]!
    const solo = this.soloAt(local)
    this.steps += 1
    try {
      this.give(solo, input)
    } catch (error) {
      return { local, sent: [], thrown: error instanceof Error ? error.message : String(error) }
    }
    const sent = solo.taken().map((message) => this.numberOf(message, endpoint))
    return { local: this.enter(solo, { endpoint, parent: local, input }), sent, thrown: undefined }
  }

  private give(solo: Solo, input: LocalInput): void {
    if (input.kind === 'message') solo.receive(this.messages[input.message]!)
    else if (input.kind === 'due') solo.wake()
    else if (input.kind === 'crash') solo.crash()
    else if (input.kind === 'age') solo.age(input.by)
  }

  private begin(endpoint: number): Solo {
    const { scenarios, names, seed } = this.options
    return new Solo(scenarios[endpoint]!, names[endpoint]!, seed)
  }

  /** An endpoint that stands at this state, for one use. */
  private soloAt(local: number): Solo {
    const living = this.alive.get(local)
    if (living !== undefined) {
      this.alive.delete(local)
      return living
    }
    const inputs: LocalInput[] = []
    let at = local
    while (at >= 0) {
      const { parent, input } = this.entries[at]!
      inputs.push(input)
      at = parent
    }
    const solo = this.begin(this.entries[local]!.endpoint)
    for (const input of inputs.reverse()) this.give(solo, input)
    solo.taken()
    return solo
  }

  private enter(solo: Solo, origin: Pick<Local, 'endpoint' | 'parent' | 'input'>): number {
    const { endpoint } = origin
    const { symmetry } = this.options
    const parts = [solo.endpoint, solo.world.workload]
    const texts = symmetry.renamings(endpoint).map((renaming) =>
      portraitOf(parts, solo.world.kernel, { renaming, atRest: false }),
    )
    const whole = this.classes.fingerprint(`${String(endpoint)} ${texts[0]!}`)
    const before = this.known.get(whole)
    if (before !== undefined) return before
    const outlook = outlookOf(solo.endpoint)
    const restTexts = outlook.settled
      ? symmetry.renamings(endpoint).map((renaming) => portraitOf(parts, solo.world.kernel, { renaming, atRest: true }))
      : []
    const number = this.entries.length
    const classOf = (text: string): number => this.classes.classOf(`${String(endpoint)} ${text}`)
    this.entries.push({
      ...origin,
      due: solo.due,
      outlook,
      classes: texts.map(classOf),
      restClasses: restTexts.map((text) => classOf(`at rest ${text}`)),
    })
    this.known.set(whole, number)
    this.keepAlive(number, solo)
    return number
  }

  private keepAlive(local: number, solo: Solo): void {
    this.alive.set(local, solo)
    if (this.alive.size <= KEPT_ALIVE) return
    const oldest = this.alive.keys().next().value
    if (oldest !== undefined) this.alive.delete(oldest)
  }

  private numberOf({ from, to, bytes }: Sent, source: number): number {
    const { byIp, symmetry } = this.options
    const key = `${from.text} ${to.text} ${String.fromCharCode(...bytes)}`
    let found = this.messageNumbers.get(key)
    if (found === undefined) {
      found = this.messages.length
      const classes = symmetry
        .renamings(source)
        .map((renaming) => this.classes.classOf(`message ${from.text} ${to.text} ${messageText(bytes, renaming)}`))
      this.messages.push({ from, to, bytes, source, target: byIp.get(to.ip) ?? -1, classes })
      this.messageNumbers.set(key, found)
    }
    return found
  }
}
