// The exhaustive search: it comes to an end with the same counts every time, the counterexamples it gives show their violation in an
// ordinary run, and treating sessions alike changes no verdict.

import { deserialize, serialize } from 'node:v8'
import { describe, expect, test } from 'vitest'
import {
  Explorer, counterexample, groundOf, unfit, withFewestFaults, type Bounds, type Counterexample, type Plan, type Property, type SavedSearch,
} from '../../../sim/explore/index.ts'
import { changed } from '../../../sim/hunt/index.ts'
import { mutants, mutantText } from '../../../sim/l2tp/mutants.ts'
import { judgedSetting, scenarioOfPlan } from '../../../sim/explore/plan.ts'
import { run } from '../../../sim/run/run.ts'
import { parseScenario } from '../../../sim/scenario/parse.ts'
import type { Scenario } from '../../../sim/scenario/schema.ts'
import type { Fold } from '../../../sim/trace/record.ts'
import { scenarioToYaml } from '../../../sim/scenario/written.ts'

const BACKUP = '{ mode: same-address, detectionDelay: 200ms, takeoverTime: 300ms }'

function scenario(lac: string, lns: string, sessions = 1): Scenario {
  const text = `
endpoints:
  lac1: { role: LAC${lac} }
  lns1: { role: LNS${lns} }
links: [{ between: [lac1, lns1] }]
tunnels: [{ from: lac1, to: lns1, sessions: { count: ${String(sessions)}, at: 100ms } }]
`
  const parsed = parseScenario(text, 'test.yaml')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues))
  return parsed.scenario
}

const failover = scenario('', `, backup: ${BACKUP}`)
const few: Bounds = { losses: 0, duplicates: 0, delays: 0, crashes: 0, depth: 10_000, states: 1_000_000 }

interface Settings {
  readonly bounds?: Partial<Bounds>
  readonly symmetry?: boolean
  readonly properties?: readonly Property[]
}

function explored(given: Scenario, { bounds = {}, ...settings }: Settings = {}): Explorer {
  const explorer = new Explorer(given, { bounds: { ...few, ...bounds }, ...settings })
  explorer.advance(Infinity)
  return explorer
}

/** The violation that must be there, as a scenario that was run. */
function counterexampleOf(explorer: Explorer): Counterexample {
  const { violation } = explorer
  if (violation === undefined) throw new Error('no violation was found')
  return counterexample(explorer, violation)
}

describe('the whole space', () => {
  test('without faults there is little more than one way, and all of it is looked at', () => {
    const explorer = explored(failover)
    expect(explorer.violation).toBeUndefined()
    expect(explorer.complete).toBe(true)
    expect(explorer.counts.states).toBeLessThan(100)
    expect(explorer.counts.settled).toBeGreaterThan(0)
  })

  test('a crash anywhere loses no session and leaves nothing stuck (R4951-3.2.2-03, R4951-3.3-04)', () => {
    const explorer = explored(failover, { bounds: { crashes: 1 } })
    expect(explorer.violation).toBeUndefined()
    expect(explorer.complete).toBe(true)
    expect(explorer.counts.waiting).toBe(0)
  })

  test.each(['none', 'suspect'])('R4951-AMB-53: a session that one side lost may stay with the other, which is told to ask about: %s', (query) => {
    const incurious = scenario(`, l2tp: { failover: { query: ${query} } }`, `, backup: ${BACKUP}`)
    const explorer = explored(incurious, { bounds: { crashes: 1 }, properties: ['no-bug', 'converges'] })
    expect(explorer.violation).toBeUndefined()
    expect(explorer.complete).toBe(true)
  })

  test('R4951-AMB-53: but not with the other that has asked, or should have', () => {
    const mutant = mutants.find((each) => /^session-sync \d+: queried × FSR-unknown.*clear-silently is missing/.test(mutantText(each)))
    const endpoints = Object.entries(failover.endpoints).map(([name, spec]) => [name, name === 'lac1' ? changed(spec, { mutant }) : spec] as const)
    const explorer = explored(changed(failover, { endpoints: Object.fromEntries(endpoints) }), { bounds: { crashes: 1 }, properties: ['converges'] })
    expect(explorer.violation?.message).toContain('lac1: session 1 of tunnel 1 is established on one side only')
  })

  test('of an endpoint that stays down for good the other is rid in the end, and the bound of the scenario need not allow for it', () => {
    const dead = { ...scenario('', ', restart: { after: never }'), convergenceBound: 1_000_000_000 }
    const explorer = explored(dead, { bounds: { crashes: 1 }, properties: ['no-bug', 'converges'] })
    expect(explorer.violation).toBeUndefined()
    expect(explorer.complete).toBe(true)
  })

  test('a lost, a doubled and a late message each converge', () => {
    for (const bounds of [{ losses: 1 }, { duplicates: 1 }, { delays: 1 }]) {
      const explorer = explored(failover, { bounds })
      expect(explorer.violation).toBeUndefined()
      expect(explorer.complete).toBe(true)
    }
  })

  test('the counts are the same each time', () => {
    const bounds = { crashes: 1, losses: 1, depth: 16 }
    expect(explored(failover, { bounds }).counts).toEqual(explored(failover, { bounds }).counts)
  })

  test('more faults contain fewer ones', () => {
    const none = explored(failover, { bounds: { depth: 12 } }).counts.states
    const one = explored(failover, { bounds: { losses: 1, depth: 12 } }).counts.states
    const two = explored(failover, { bounds: { losses: 2, depth: 12 } }).counts.states
    expect(none).toBeLessThan(one)
    expect(one).toBeLessThan(two)
  })
})

describe('bounds', () => {
  test('a depth that is reached leaves states that were not gone on from', () => {
    const explorer = explored(failover, { bounds: { crashes: 1, depth: 5 } })
    expect(explorer.complete).toBe(false)
    expect(explorer.counts.depth).toBe(5)
    expect(explorer.counts.waiting).toBeGreaterThan(0)
  })

  test('no more states are kept than allowed', () => {
    const explorer = explored(failover, { bounds: { losses: 2, crashes: 1, states: 50 } })
    expect(explorer.counts.states).toBe(50)
    expect(explorer.full).toBe(true)
    expect(explorer.complete).toBe(false)
  })
})

describe('symmetry of sessions', () => {
  const two = scenario('', `, backup: ${BACKUP}`, 2)

  test('no more states, the same verdict', () => {
    const bounds = { losses: 1 }
    const reduced = explored(two, { bounds })
    const full = explored(two, { bounds, symmetry: false })
    expect(reduced.complete).toBe(true)
    expect(full.complete).toBe(true)
    expect(reduced.counts.states).toBeLessThanOrEqual(full.counts.states)
  })

  test('a violation is found as deep with it as without it', () => {
    const forgetful = scenario(', l2tp: { helloInterval: 0 }', ', l2tp: { helloInterval: 0 }, restart: { persistent: false }', 2)
    const bounds = { crashes: 1 }
    const [reduced, full] = [explored(forgetful, { bounds }), explored(forgetful, { bounds, symmetry: false })]
    expect(reduced.violation?.property).toBe('converges')
    expect(full.violation?.property).toBe('converges')
    expect(reduced.counts.depth).toBe(full.counts.depth)
  })
})

describe('counterexamples', () => {
  test('a peer that forgot and is never asked: the tunnel stays on one side, in the run as well', () => {
    const forgetful = scenario(', l2tp: { helloInterval: 0 }', ', l2tp: { helloInterval: 0 }, restart: { persistent: false }')
    const explorer = explored(forgetful, { bounds: { crashes: 1 } })
    expect(explorer.violation?.property).toBe('converges')
    const { scenario: found, shown } = counterexampleOf(explorer)
    expect(shown?.invariant).toBe('tunnels-converge')
    const again = parseScenario(scenarioToYaml(found), 'found.yaml')
    expect(again.ok && run(again.scenario).verdict).toBe('fail')
  })

  test('a backup that knows no sessions loses those that the peer still has', () => {
    const bare = scenario('', `, backup: { mode: same-address, mirror: { carries: tunnels } }`)
    const explorer = explored(bare, { bounds: { crashes: 1 }, properties: ['no-bug', 'converges'] })
    expect(explorer.violation).toBeUndefined()
    expect(explorer.complete).toBe(true)
  })

  test('the path begins at the beginning and its scenario holds no fault that it does not need', async () => {
    const forgetful = scenario(', l2tp: { helloInterval: 0 }', ', l2tp: { helloInterval: 0 }, restart: { persistent: false }')
    const explorer = explored(forgetful, { bounds: { crashes: 1, losses: 1, duplicates: 1 } })
    const { scenario: found } = counterexampleOf(await withFewestFaults(explorer, (fewer) => Promise.resolve(!fewer.advance(Infinity))))
    expect(found.faults.map(({ kind }) => kind)).toEqual(['crash'])
    expect(found.links[0]?.forward.script).toEqual([])
  })
})

describe('plans', () => {
  const plansOf = (bounds: Partial<Bounds>): { readonly explorer: Explorer; readonly plans: readonly Plan[] } => {
    const explorer = explored(failover, { bounds })
    return { explorer, plans: explorer.proposed().map(({ plan }) => plan) }
  }

  test('none is made where invariants are not demanded', () => {
    const explorer = explored(failover, { bounds: { crashes: 1 }, properties: ['no-bug', 'converges'] })
    expect(explorer.proposed()).toEqual([])
    expect(explorer.counts.runs).toBe(0)
  })

  test('without faults there is one, and it does nothing', () => {
    const { plans } = plansOf({})
    expect(plans.map(({ interferences, faults }) => [interferences, faults])).toEqual([[[], []]])
  })

  test('every message that is sent undisturbed is lost in one of them, and no two are the same', () => {
    const { explorer, plans } = plansOf({ losses: 1 })
    const drops = plans.map(({ interferences }) => JSON.stringify(interferences))
    expect(new Set(drops).size).toBe(plans.length)
    expect(plans.length).toBe(explorer.counts.runs)
    for (const message of ['SCCRQ', 'SCCRP', 'SCCCN', 'ICRQ', 'ICRP', 'ICCN', 'HELLO', 'ZLB']) {
      expect(drops.filter((text) => text.includes(`"drop":{"message":"${message}"`)).length, message).toBeGreaterThan(0)
    }
  })

  test('every fault of a plan happens in its run', () => {
    const { explorer, plans } = plansOf({ losses: 1, crashes: 1, depth: 14 })
    const ground = groundOf(explorer.preparation)
    expect(plans.length).toBeGreaterThan(50)
    for (const plan of plans) {
      const seen = { lost: 0, crashes: 0 }
      const fold: Fold<undefined> = {
        kinds: ['dropped', 'fault'],
        see: (record) => {
          if (record.kind === 'dropped' && record.why === 'scripted') seen.lost += 1
          if (record.kind === 'fault' && record.phase === 'begin') seen.crashes += 1
        },
        end: () => undefined,
      }
      run(scenarioOfPlan(ground, plan, judgedSetting(ground, '')), { folds: [fold], unobserved: true })
      expect(seen).toEqual({ lost: plan.interferences.filter(({ step }) => 'drop' in step).length, crashes: plan.faults.length })
    }
  })

  test('the first that breaks something decides, with the counts of when it was made', () => {
    const { explorer } = plansOf({ losses: 1, crashes: 1, depth: 12 })
    const again = new Explorer(failover, { bounds: { ...few, losses: 1, crashes: 1, depth: 12 } })
    while (again.advance(1)) if (again.counts.runs >= 5) break
    const fifth = again.proposed()[4]!
    const found = { invariant: 'some', ref: '', at: 0, record: 0, message: 'thing', signature: 'some: thing' }
    again.advance(Infinity)
    expect(again.counts).toEqual(explorer.counts)
    again.found(fifth, found)
    expect(again.counts).toEqual(fifth.counts)
    expect(again.violation).toMatchObject({ property: 'invariants', message: 'some: thing' })
    expect(again.violation?.moves.length).toBe(again.counts.depth + 1)
  })
})

describe('a search that goes on from where another stopped', () => {
  test('finds, counts and proposes the same, wherever it stopped', () => {
    const bounds = { ...few, losses: 1, crashes: 1, depth: 11 }
    const whole = new Explorer(failover, { bounds })
    whole.advance(Infinity)
    const all = whole.proposed().map(({ plan }) => plan)
    for (const share of [1, 100, 333]) {
      const plans: Plan[] = []
      let explorer = new Explorer(failover, { bounds })
      while (explorer.advance(share)) {
        plans.push(...explorer.proposed().map(({ plan }) => plan))
        const next = new Explorer(failover, { bounds })
        if (plans.length % 7 === 0) next.restore(deserialize(serialize(explorer.save())) as SavedSearch)
        if (plans.length % 7 === 0) explorer = next
      }
      expect([...plans, ...explorer.proposed().map(({ plan }) => plan)]).toEqual(all)
      expect(explorer.counts).toEqual(whole.counts)
    }
  })
})

describe('what cannot be explored', () => {
  test('says why', () => {
    const parsed = parseScenario(
      `
endpoints: { lac: { role: LAC, count: 5 }, lns1: { role: LNS } }
links: [{ between: [lac, lns1] }]
tunnels: [{ from: lac, to: lns1, sessions: { call: outgoing } }]
`,
      'many.yaml',
    )
    expect(parsed.ok && unfit(parsed.scenario).join('\n')).toMatch(/6 endpoints[^]*outgoing calls/)
    expect(unfit(failover)).toEqual([])
  })
})
