// Random valid scenarios as files have them, made from the schema itself: every field may be there, in any of its forms.

import fc from 'fast-check'
import { endpointDefaultsSchema } from '../../../sim/scenario/schema-endpoint.ts'
import { directionSchema } from '../../../sim/scenario/schema-link.ts'
import { tunnelSchema } from '../../../sim/scenario/schema-tunnel.ts'
import { type Field, type Shape, shapeOf } from '../../../sim/scenario/shape.ts'

type Data = Record<string, unknown>

const quantities: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  duration: fc.oneof(
    fc.integer({ min: 1, max: 5000 }).map((ms) => `${ms}ms`),
    fc.integer({ min: 1, max: 90 }).map((s) => `${s}s`),
  ),
  size: fc.oneof(fc.integer({ min: 68, max: 65_000 }), fc.integer({ min: 1, max: 65 }).map((kB) => `${kB}kB`)),
  bandwidth: fc.constantFrom('1bit/s', '9.6kbit/s', '10Mbit/s', '1Gbit/s'),
  probability: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(1000).map((permille) => `${permille / 10}%`)),
  rate: fc.oneof(fc.constantFrom('none', 0), fc.integer({ min: 1, max: 1000 }).map((rate) => `${rate}/s`)),
}

function anyOf(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.type) {
    case 'object':
      return anyFields(shape.fields)
    case 'list':
      return fc.array(anyOf(shape.item), { maxLength: 3 })
    case 'tuple':
      return fc.tuple(...shape.items.map(anyOf))
    case 'choice':
      return fc.oneof(...shape.options.map(anyOf))
    case 'quantity': {
      const word = /; or `(\w+)`$/.exec(shape.quantity.form)?.[1]
      const base = quantities[shape.quantity.name]!
      return word === undefined ? base : fc.oneof(base, fc.constant(word))
    }
    case 'words':
      return fc.constantFrom(...shape.values)
    case 'number':
      return anyNumber(shape.min, Math.min(shape.max, 1_000_000), shape.integer)
    case 'flag':
      return fc.boolean()
    case 'text':
      return shape.noun === 'text' ? fc.string({ minLength: 1, maxLength: 20 }) : fc.constantFrom('10.4.0.1')
    case 'record':
      return fc.constant({})
  }
}

function anyNumber(min: number, max: number, integer: boolean): fc.Arbitrary<number> {
  return integer ? fc.integer({ min, max }) : fc.double({ min, max, noNaN: true })
}

function anyFields(fields: ReadonlyMap<string, Field>): fc.Arbitrary<Data> {
  const own = [...fields].map(([name, { shape, presence, nullable }]) => {
    const value = nullable ? fc.option(anyOf(shape)) : anyOf(shape)
    return [name, presence === 'required' ? value : fc.option(value, { nil: undefined, freq: 1 })] as const
  })
  return fc.record(Object.fromEntries(own)).map(
    (data) => Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined)),
  )
}

const map = (value: unknown): Data => ({ ...(value as Data | undefined) })

/** What the rules between fields ask for, which the schema of single fields does not know. */
function lawfulEndpoint(data: Data, own: Data): Data {
  const l2tp = map(data['l2tp'])
  const { retransmit, failover, v3, ...rest } = l2tp
  const { recoveryTime: _, allowedRecoveryEndpoints, ...kept } = map(failover)
  const lawful = {
    ...kept,
    controlChannel: true,
    ...(allowedRecoveryEndpoints === null ? {} : { allowedRecoveryEndpoints: ['lns', '10.9.9.9'] }),
  }
  const backup = map(data['backup'])
  delete backup['address']
  const limits = { maxSessionsPerTunnel: 65535, maxTunnels: 65535 }
  return {
    ...data,
    ...own,
    backup,
    l2tp: {
      ...rest,
      ...limits,
      // Every tunnel may ask for either version, and hidden AVPs ask for a digest.
      version: 'both',
      v3: { ...map(v3), pseudowireTypes: [7, 5], digest: 'HMAC-SHA-1' },
      secret: 'x',
      retransmit: { ...map(retransmit), initial: '1s', cap: '90s' },
      failover: lawful,
    },
  }
}

function lawfulDirection(data: Data): Data {
  const { latency, blackouts, script, ...rest } = data
  const disorderly = typeof latency === 'object' && latency !== null && ('uniform' in latency || 'quantiles' in latency)
  const windows = Array.isArray(blackouts) ? { blackouts: blackouts.map((window) => ({ ...map(window), end: '10h' })) } : {}
  const anyEnd = (step: Data): Data => Object.fromEntries(
    Object.entries(step).map(([kind, pick]) => [kind, { ...map(pick), from: 'lac' }]),
  )
  const steps = Array.isArray(script) ? { script: (script as Data[]).map(anyEnd) } : {}
  return {
    ...rest,
    ...(disorderly || latency === undefined ? { latency: { uniform: ['1ms', '2ms'] } } : { latency }),
    ...windows,
    ...steps,
  }
}

function lawfulTunnel(data: Data): Data {
  const { sessions, name: _, pairing, spacing: __, version, ...rest } = data
  const groups = (Array.isArray(sessions) ? (sessions as Data[]) : []).map((group) => ({
    ...group,
    count: 2,
    traffic: { ...map(group['traffic']), end: 'never' },
  }))
  const ends = { from: 'lac', to: 'lns', count: 3, sessions: [{ count: 2 }, ...groups] }
  const spoken = version === undefined || rest['transport'] === 'ip' ? {} : { version }
  return { ...rest, ...spoken, ...(pairing === undefined ? {} : { pairing }), ...ends }
}

const anyEndpoint = anyOf(shapeOf(endpointDefaultsSchema)) as fc.Arbitrary<Data>
const anyDirection = anyOf(shapeOf(directionSchema)) as fc.Arbitrary<Data>
const anyTunnel = anyOf(shapeOf(tunnelSchema)) as fc.Arbitrary<Data>

/** Faults and expectations of every kind; the numbers suit the tunnels above. */
const faults = [
  { name: 'one', kind: 'crash', endpoint: 'lns', plane: 'both', at: '10s' },
  {
    kind: 'restart',
    endpoint: 'lac2',
    when: { endpoint: 'lns', receives: 'SCCRP', tunnel: 'recovery', nth: 2, after: 'one' },
    delay: '1.5s',
  },
  { kind: 'cut', link: ['lac', 'lns'], direction: 'backward', at: '1s', for: '2s' },
  { kind: 'pause', endpoint: 'lac', at: 0, for: 'forever' },
  { kind: 'call', endpoint: 'lns', call: 'outgoing', at: '1s' },
  { kind: 'hang-up', endpoint: 'lac1', session: 'all', at: '1s' },
  { kind: 'forget-sessions', endpoint: 'lac1', sessions: [1, 2], at: '1s' },
  { kind: 'mispair-session', endpoint: 'lac1', peerSessionId: 7, at: '1s' },
  { kind: 'query-sessions', endpoint: 'lac1', at: '1s' },
  { kind: 'close-tunnel', endpoint: 'lac1', at: '1s' },
  { kind: 'inject', from: '10.9.9.9', to: 'lns', hex: 'c8 02', at: '1s' },
] as const

const expectations = [
  { metric: 'a', equals: -3.5 },
  { metric: 'b', between: ['1%', '2s'] },
  { metric: 'c', atLeast: 0, atMost: '64kB' },
] as const

/** Plain data that `parseScenarioData` must accept. */
export const anyScenario: fc.Arbitrary<Data> = fc
  .record({
    lac: anyEndpoint,
    lns: anyEndpoint,
    both: anyDirection,
    forward: anyDirection,
    tunnel: anyTunnel,
    faults: fc.subarray([...faults]),
    expect: fc.subarray([...expectations]),
    seed: fc.oneof(fc.integer(), fc.string({ minLength: 1 })),
    shows: fc.string(),
    rfc: fc.array(fc.string({ minLength: 1 }), { maxLength: 2 }),
    name: fc.string({ minLength: 1 }),
  })
  .map(({ lac, lns, both, forward, tunnel, faults: some, expect, seed, shows, rfc, name }) => ({
    ...{ seed, shows, rfc, name, expect },
    endpoints: { lac: lawfulEndpoint(lac, { role: 'LAC', count: 3 }), lns: lawfulEndpoint(lns, { role: 'LNS' }) },
    links: [{ between: ['lac', 'lns'], ...lawfulDirection(both), forward: lawfulDirection(forward) }],
    tunnels: [lawfulTunnel(tunnel)],
    faults: some.some(({ kind }) => kind === 'restart') ? [faults[0], ...some.filter(({ kind }) => kind !== 'crash')] : some,
  }))
