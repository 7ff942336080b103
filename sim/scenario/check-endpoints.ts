// Rules about endpoints: settings that contradict each other or an RFC, and addresses and names that clash.

import { MILLISECOND, SECOND } from '../base/time.ts'
import { LAST_ADDRESS, type Range, addressNumber, addressText } from './addresses.ts'
import { instanceNames } from './expand.ts'
import { type Judged, isAddress, lookUp } from './judged.ts'
import { quote } from './mistake.ts'
import type { EndpointSpec, Scenario } from './schema.ts'
import { duration } from './units.ts'

/** Endpoints in all, templates expanded. */
const MOST_ENDPOINTS = 1_000_000

export function checkEndpoints(judged: Judged): void {
  const { endpoints } = judged.scenario
  const total = Object.values(endpoints).reduce((sum, { count }) => sum + count, 0)
  if (total > MOST_ENDPOINTS) {
    judged.report(
      ['endpoints'],
      `${String(total)} endpoints are too many`,
      { expected: `at most ${String(MOST_ENDPOINTS)}` },
    )
  }
  for (const [name, spec] of Object.entries(endpoints)) {
    checkSecret(judged, name, spec)
    checkDigest(judged, name, spec)
    checkNames(judged, name, spec)
    checkFailover(judged, name, spec)
    checkRetransmit(judged, name, spec)
    checkAllowed(judged, name, spec)
  }
  checkInstanceNames(judged)
  checkAddresses(judged)
}

function checkSecret({ report }: Judged, name: string, { l2tp }: EndpointSpec): void {
  if (l2tp.secret !== undefined) return
  if (l2tp.v3.nextSecret !== undefined) {
    const path = ['endpoints', name, 'l2tp']
    report([...path, 'v3', 'nextSecret'], '`nextSecret` is what a `secret` is changed for (RFC 3931 5.4.1)', {
      at: 'key',
      expected: 'a `secret` too',
      about: [[...path, 'secret']],
    })
  }
  for (const use of ['challenge', 'hideAvps'] as const) {
    const path = ['endpoints', name, 'l2tp']
    const finding = { at: 'key' as const, about: [[...path, 'secret']] }
    if (l2tp[use]) report([...path, use], `\`${use}\` needs a \`secret\` (RFC 2661 5.1.1, 4.3)`, finding)
  }
}

/** RFC 3931 5.4.3: the names that L2TPv3 sends are US-ASCII. */
function checkNames({ report }: Judged, name: string, { l2tp }: EndpointSpec): void {
  if (l2tp.version === 2) return
  for (const use of ['hostName', 'vendorName'] as const) {
    if (/^[ -~]*$/.test(l2tp[use] ?? '')) continue
    report(['endpoints', name, 'l2tp', use], `\`${use}\` of L2TPv3 is US-ASCII (RFC 3931 5.4.3)`, {
      about: [['endpoints', name, 'l2tp', 'version']],
    })
  }
}

/** RFC 3931 4.3, 5.3: what needs a digest, where there is none; and what L2TPv3 does not have. */
function checkDigest({ report }: Judged, name: string, { l2tp }: EndpointSpec): void {
  const path = ['endpoints', name, 'l2tp']
  const about = [[...path, 'version'], [...path, 'v3', 'digest']]
  const finding = { at: 'key', about } as const
  if (l2tp.v3.digest === 'none' && l2tp.v3.integrity) {
    report([...path, 'v3', 'integrity'], '`integrity` needs a `digest` (RFC 3931 4.3)', finding)
  }
  if (l2tp.v3.digest === 'none' && l2tp.hideAvps && l2tp.version !== 2) {
    report([...path, 'hideAvps'], 'in L2TPv3 `hideAvps` needs a `digest` (RFC 3931 5.3)', finding)
  }
  if (l2tp.v3.digest === 'none' && l2tp.v3.nextSecret !== undefined && l2tp.secret !== undefined) {
    report([...path, 'v3', 'nextSecret'], '`nextSecret` needs a `digest` (RFC 3931 5.4.1)', finding)
  }
  if (l2tp.challenge && l2tp.version === 3) {
    const expected = 'a `secret` alone, which L2TPv3 authenticates with'
    report([...path, 'challenge'], 'L2TPv3 has no Challenge (RFC 3931 4.3)', { ...finding, expected })
  }
}

function checkFailover({ report }: Judged, name: string, { l2tp: { failover } }: EndpointSpec): void {
  const path = ['endpoints', name, 'l2tp', 'failover']
  if (failover.enabled && !failover.controlChannel && !failover.dataChannel) {
    report([...path, 'controlChannel'], 'AVP 76 is never sent with both C = 0 and D = 0 (RFC 4951 5.1)', {
      at: 'key',
      expected: '`controlChannel` or `dataChannel` true, or `enabled: false`',
      about: [[...path, 'dataChannel'], [...path, 'enabled']],
    })
  }
  if (failover.recoveryTime % MILLISECOND !== 0) {
    report([...path, 'recoveryTime'], 'the Recovery Time is sent in whole milliseconds (RFC 4951 5.1)', {
      suggestion: String(duration.write(Math.ceil(failover.recoveryTime / MILLISECOND) * MILLISECOND)),
    })
  }
}

function checkRetransmit({ report, scenario }: Judged, name: string, { l2tp: { retransmit } }: EndpointSpec): void {
  const own = ['endpoints', name, 'l2tp', 'retransmit']
  const path = [...own, 'cap']
  if (retransmit.cap < retransmit.initial) {
    report(
      path,
      `the cap ${show(retransmit.cap)} is below the first interval ${show(retransmit.initial)}`,
      { about: [[...own, 'initial']] },
    )
  } else if (retransmit.cap < 8 * SECOND && !scenario.allow.includes('short-retransmit-cap')) {
    report(path, `the cap ${show(retransmit.cap)} is below the 8 s that RFC 2661 5.8 asks for`, {
      expected: '8s or more, or `allow: [short-retransmit-cap]` in the scenario',
      about: [['allow']],
    })
  }
}

function show(nanos: number): string {
  return `\`${String(duration.write(nanos))}\``
}

function checkAllowed(judged: Judged, name: string, { l2tp: { failover } }: EndpointSpec): void {
  failover.allowedRecoveryEndpoints?.forEach((allowed, i) => {
    if (!isAddress(allowed)) lookUp(judged, allowed, ['endpoints', name, 'l2tp', 'failover', 'allowedRecoveryEndpoints', i])
  })
}

function checkInstanceNames({ report, scenario }: Judged): void {
  const entries = Object.entries(scenario.endpoints)
  const templates = entries.filter(([, { count }]) => count > 1)
  if (templates.length === 0) return
  const owners = new Map<string, string>()
  for (const [entry, { count }] of entries) {
    for (const name of instanceNames(entry, count)) {
      const owner = owners.get(name)
      if (owner !== undefined) {
        report(
          ['endpoints', entry],
          `the endpoint ${quote(name)} comes from ${quote(owner)} as well as from ${quote(entry)}`,
          { at: 'key' },
        )
        break
      }
      owners.set(name, entry)
    }
  }
}

interface Owned extends Range {
  readonly path: readonly (string | number)[]
  readonly owner: string
}

function checkAddresses({ report, scenario }: Judged): void {
  let furthest: Owned | undefined
  for (const range of ownedRanges(scenario).toSorted((a, b) => a.first - b.first)) {
    if (range.first + range.count - 1 > LAST_ADDRESS) {
      report(range.path, `${range.count} addresses from ${quote(addressText(range.first))} on do not exist`)
    }
    if (furthest !== undefined && furthest.first + furthest.count > range.first) {
      report(range.path, `${quote(addressText(range.first))} is an address of ${quote(furthest.owner)} too`)
    }
    if (furthest === undefined || range.first + range.count > furthest.first + furthest.count) furthest = range
  }
}

function ownedRanges(scenario: Scenario): readonly Owned[] {
  return Object.entries(scenario.endpoints).flatMap(([name, { address, count, backup }]) => {
    const own: Owned = { first: addressNumber(address), count, path: ['endpoints', name, 'address'], owner: name }
    if (backup.mode !== 'own-address' || backup.address === undefined) return [own]
    const first = addressNumber(backup.address)
    return [own, { first, count, path: ['endpoints', name, 'backup', 'address'], owner: `the backup of ${name}` }]
  })
}
