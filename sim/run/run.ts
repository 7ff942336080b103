// One run of a scenario: builds the world, lets simulated time pass in slices of the caller's choice, and gives the result. Metrics
// and invariants are folds over the trace; so is whatever the caller adds.

import { assert } from '../base/assert.ts'
import { NEVER, type Nanos } from '../base/time.ts'
import { VERSION } from '../base/version.ts'
import { scenarioHash } from '../scenario/canonical.ts'
import { expandEndpoints } from '../scenario/expand.ts'
import type { Expectation, Scenario } from '../scenario/schema.ts'
import { World } from '../scenario/world.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import { NO_CAUSE, type Fold } from '../trace/record.ts'
import type { RunContext } from './context.ts'
import { observeAll, type Observations } from './observe.ts'
import type { CheckedExpectation, EndpointTables, RunResult } from './result.ts'

export interface RunOptions {
  /** Instead of the scenario's. */
  readonly seed?: string
  /** Simulated time at which to stop, if before the scenario's duration. */
  readonly until?: Nanos
  /** Further folds over the trace. They see every record of the kinds they name, `run … end` included; `end` is left to the caller. */
  readonly folds?: readonly Fold<unknown>[]
  /** Leaves metrics and invariants out, for measuring what the simulation itself costs. */
  readonly unobserved?: boolean
}

const contexts = new WeakMap<Scenario, RunContext>()
const hashes = new WeakMap<Scenario, string>()

/** What folds may know before the run; the same object for the same scenario. */
export function contextOf(scenario: Scenario): RunContext {
  return remembered(contexts, scenario, makeContext)
}

/** Worked out once for each scenario, however often it is run. */
function remembered<T>(known: WeakMap<Scenario, T>, scenario: Scenario, make: (scenario: Scenario) => T): T {
  let found = known.get(scenario)
  if (found === undefined) known.set(scenario, (found = make(scenario)))
  return found
}

function makeContext(scenario: Scenario): RunContext {
  return {
    endpoints: expandEndpoints(scenario).map(({ name, address, backupAddress, l2tp, successor }) => ({
      name,
      ips: backupAddress === undefined ? [address] : [address, backupAddress],
      // Of an endpoint that is configured now in one way and now in another no single configuration is true.
      config: l2tp === successor ? l2tp : undefined,
    })),
    convergenceBound: scenario.convergenceBound,
    duration: scenario.duration,
    choosesRouterIds: scenario.tunnels.some(({ peerRouterId }) => peerRouterId !== 'known' && peerRouterId !== 'unknown'),
    faultCount: scenario.faults.length,
  }
}

export class Run {
  readonly scenario: Scenario
  readonly seed: string
  private stopAt: Nanos
  private readonly world: World
  private readonly observations: Fold<Observations> | undefined
  private ended: RunResult['ended'] | undefined

  constructor(scenario: Scenario, options: RunOptions = {}) {
    this.scenario = scenario
    this.seed = options.seed ?? scenario.seed
    this.stopAt = Math.min(options.until ?? NEVER, scenario.duration)
    this.observations = options.unobserved === true ? undefined : observeAll(contextOf(scenario))
    const folds = this.observations === undefined ? [] : [this.observations]
    this.world = new World(scenario, { seed: this.seed, folds: [...folds, ...(options.folds ?? [])] })
  }

  /** Simulated time at which the run ends at the latest. */
  get end(): Nanos {
    return this.stopAt
  }

  /** Has the run end at `at`, not in the past, if not before: all is as if RunOptions had said so. */
  endBy(at: Nanos): void {
    assert(at >= this.now, 'a run cannot end in its past')
    this.stopAt = Math.min(this.stopAt, at)
  }

  get now(): Nanos {
    return this.world.kernel.now
  }

  /** Kernel events executed so far. */
  get events(): number {
    return this.world.kernel.events
  }

  /** Trace records so far: the number of the next one. */
  get records(): number {
    return this.world.recorder.count
  }

  /** Digest of the records so far; of the whole trace when the run has ended. */
  get digest(): string {
    return this.world.recorder.digest()
  }

  /** Why the run ended; undefined while it goes on. */
  get ending(): RunResult['ended'] | undefined {
    return this.ended
  }

  /**
   * Lets simulated time pass until `until` at most, executing at most `maxEvents` events in this call. False when the run has
   * ended; how it is divided into calls makes no difference to its trace.
   */
  advance(until: Nanos, maxEvents: number = Infinity): boolean {
    if (this.hasEnded) return false
    const { kernel } = this.world
    const target = Math.min(until, this.end)
    const left = this.scenario.maxEvents - kernel.events
    const stop = kernel.run(Math.max(target, kernel.now), Math.min(maxEvents, left))
    if (stop === 'idle') this.finish('idle')
    else if (stop === 'event-cap' && kernel.events >= this.scenario.maxEvents) this.finish('event-cap')
    else if (stop === 'until' && target >= this.end) this.finish('until')
    return !this.hasEnded
  }

  private get hasEnded(): boolean {
    return this.ended !== undefined
  }

  /** Until when the run has been observed: where nothing is left to happen, time passes without a trace until the end. */
  get observedUntil(): Nanos {
    return this.ended === 'idle' ? Math.max(this.end, this.now) : this.now
  }

  /** Ends the run here. */
  interrupt(): void {
    if (this.ended === undefined) this.finish('interrupted')
  }

  private finish(why: RunResult['ended']): void {
    this.ended = why
    this.world.recorder.emit({ kind: 'run', phase: 'end', detail: why }, NO_CAUSE)
  }

  /** The result; ends the run if it has not ended yet. */
  result(): RunResult {
    this.interrupt()
    const { recorder, kernel, endpoints } = this.world
    const observed = this.observations?.end(this.observedUntil) ?? { metrics: {}, violations: [], goals: [] }
    const expectations = this.scenario.expect.map((expectation) => check(expectation, observed.metrics))
    const held = observed.violations.length === 0 && expectations.every((expectation) => expectation.held)
    return {
      scenario: this.scenario.name,
      scenarioHash: remembered(hashes, this.scenario, scenarioHash),
      seed: this.seed,
      version: VERSION,
      digest: recorder.digest(),
      simulatedNs: kernel.now,
      events: kernel.events,
      records: recorder.count,
      ended: this.ended ?? 'interrupted',
      // A run cut off by its own cap has shown nothing.
      verdict: held && this.ended !== 'event-cap' ? 'pass' : 'fail',
      metrics: observed.metrics,
      expectations,
      violations: observed.violations,
      goals: observed.goals,
      endpoints: [...endpoints.values()].map(tablesOf),
    }
  }
}

/** Runs a scenario to its end. */
export function run(scenario: Scenario, options: RunOptions = {}): RunResult {
  const started = new Run(scenario, options)
  started.advance(NEVER)
  return started.result()
}

function check(expectation: Expectation, metrics: RunResult['metrics']): CheckedExpectation {
  const { metric, equals, atLeast, atMost, between } = expectation
  const actual = metrics[metric] ?? null
  const bounds: [string, boolean][] = []
  const value = actual ?? NaN
  if (equals !== undefined) bounds.push([`equals ${String(equals)}`, value === equals])
  if (atLeast !== undefined) bounds.push([`at least ${String(atLeast)}`, value >= atLeast])
  if (atMost !== undefined) bounds.push([`at most ${String(atMost)}`, value <= atMost])
  if (between !== undefined) {
    const [least, most] = between
    bounds.push([`between ${String(least)} and ${String(most)}`, value >= least && value <= most])
  }
  return { metric, expected: bounds.map(([text]) => text).join(', '), actual, held: bounds.every(([, held]) => held) }
}

function tablesOf({ name, control, data }: Endpoint): EndpointTables {
  const tunnels = control === undefined ? [] : [...control.tunnels()].filter(({ closing }) => !closing)
  return {
    endpoint: name,
    controlPlane: control === undefined ? 'down' : 'up',
    dataPlane: data === undefined ? 'down' : 'up',
    tunnels: tunnels.map(({ localTunnelId, peerTunnelId, peer, state, sessions, channel }) => ({
      tunnel: localTunnelId,
      peerTunnel: peerTunnelId,
      peer: peer.text,
      state,
      sessions: sessions.size,
      ns: channel.nextNs,
      nr: channel.expected,
    })),
    sessions: tunnels.flatMap(({ localTunnelId, sessions }) =>
      [...sessions.values()].map(({ localSessionId, peerSessionId, state, sync }) => ({
        tunnel: localTunnelId,
        session: localSessionId,
        peerSession: peerSessionId,
        state,
        synchronised: sync === 'synchronised',
      })),
    ),
  }
}
