// RFC 3931 7, row for row, as conversations: a core is led into each state by real messages, meets each event, and must send and
// become what the RFC's table says. Then every row that our tables have for L2TPv3 must have fired.

import { describe, expect, test } from 'vitest'
import { tableCases, type TableCase } from '../support/state-tables.ts'
import { stimuli3 } from '../support/state-walks-v3.ts'
import { toldSince } from '../support/state-walks.ts'
import { unreachedRows, walkRow, type Ways } from '../support/table-walks.ts'

const ways: Ways = { version: 3, stimuli: stimuli3 }

/** The connection that loses a tie always ends; where the row leads is told by the one that the SCCRQ asks for. */
const losesConnection = ({ machine, on }: TableCase): boolean => machine === 'control-connection' && on === 'lose-tie'

describe('the tables of RFC 3931 7 on the wire', () => {
  const verdict = ({ acceptable }: TableCase): string => (acceptable === false ? ', not acceptable' : '')
  const cases = tableCases(3931).map((one) => [`${one.requirement} ${one.machine}: ${one.state} × ${one.on}${verdict(one)}`, one] as const)
  test.each(cases)('%s', (_, one) => {
    const { expected, actual, first, walk } = walkRow(ways, one)
    expect(actual).toEqual(expected)
    expect(first).toMatchObject({ from: one.state, to: losesConnection(one) ? 'idle' : one.next })
    if (!losesConnection(one)) return
    const last = toldSince(walk).findLast((notice) => notice.kind === 'transition')
    expect(last).toMatchObject({ machine: 'control-connection', from: 'idle', on: 'rcv-SCCRQ', to: one.next })
  })
})

/**
 * Rows that no conversation under RFC 3931 alone can reach, and why.
 * - An SCCCN of L2TPv3 says nothing to which one could object: what is not authentic is dropped (4.3), what is malformed is `invalid-message`.
 * - `silent-clear` of a connection is what RFC 4951 3.2.1 adds: a recovery that failed.
 */
const beyondRfc3931 = [
  'control-connection: wait-ctl-conn × rcv-SCCCN (R2661-7.2.1-11)',
  'control-connection: wait-ctl-reply|wait-ctl-conn|established × silent-clear (R4951-3.2.1-28)',
]

test('every row of the five tables has fired', () => {
  expect(unreachedRows(ways)).toEqual(beyondRfc3931)
})
