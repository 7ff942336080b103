// Timers as data: the table of one owner, and the order of many, checked against a plain sorted list.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Agenda, Deadlines } from '../../../sim/base/deadlines.ts'
import { NEVER } from '../../../sim/base/time.ts'

describe('deadlines of one owner', () => {
  test('are off at first', () => {
    const deadlines = new Deadlines(3)
    expect([deadlines.next, deadlines.get(0), deadlines.get(2)]).toEqual([NEVER, NEVER, NEVER])
  })

  test('the earliest is known after every change, and a change of it is told', () => {
    const deadlines = new Deadlines(3)
    expect([deadlines.set(1, 50), deadlines.next]).toEqual([true, 50])
    expect([deadlines.set(0, 70), deadlines.next]).toEqual([false, 50])
    expect([deadlines.set(2, 50), deadlines.next]).toEqual([false, 50])
    expect([deadlines.set(1, 50), deadlines.next]).toEqual([false, 50])
    expect([deadlines.set(1, 90), deadlines.next]).toEqual([false, 50])
    expect([deadlines.set(2, NEVER), deadlines.next]).toEqual([true, 70])
    expect([deadlines.set(0, NEVER), deadlines.next]).toEqual([true, 90])
    expect([deadlines.set(1, NEVER), deadlines.next]).toEqual([true, NEVER])
  })

  test('the earliest is the smallest of all slots, whatever is set', () => {
    const instant = fc.oneof(fc.nat(20), fc.constant(NEVER))
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(4), instant)), (changes) => {
        const deadlines = new Deadlines(5)
        const plain = new Array<number>(5).fill(NEVER)
        for (const [slot, at] of changes) {
          const before = Math.min(...plain)
          plain[slot] = at
          const changed = deadlines.set(slot, at)
          expect([changed, deadlines.next]).toEqual([before !== Math.min(...plain), Math.min(...plain)])
        }
        expect(plain.map((_, slot) => deadlines.get(slot))).toEqual(plain)
      }),
    )
  })
})

/** An agenda of owners named by number, with their deadlines. */
function agendaOf(instants: readonly number[]): { readonly agenda: Agenda<number>; readonly all: readonly Deadlines[] } {
  const agenda = new Agenda<number>()
  const all = instants.map((at, owner) => {
    const deadlines = new Deadlines(1)
    deadlines.set(0, at)
    agenda.add(owner, deadlines)
    return deadlines
  })
  return { agenda, all }
}

/** Owners in the order in which the agenda serves them: each is switched off when its turn comes. */
function served(agenda: Agenda<number>, all: readonly Deadlines[]): number[] {
  const order: number[] = []
  while (agenda.next !== NEVER) {
    const owner = agenda.first ?? -1
    order.push(owner)
    const deadlines = all[owner]
    if (deadlines?.set(0, NEVER) === true) agenda.moved(deadlines)
  }
  return order
}

describe('an agenda', () => {
  test('without owners, or with none that waits, has nothing next', () => {
    expect([new Agenda().next, new Agenda().first]).toEqual([NEVER, undefined])
    expect(agendaOf([NEVER, NEVER]).agenda.next).toBe(NEVER)
  })

  test('serves the earliest first, and of equals the one that joined first', () => {
    const { agenda, all } = agendaOf([5, 3, 5, 1, 3])
    expect(served(agenda, all)).toEqual([3, 1, 4, 0, 2])
  })

  test('removing takes an owner out, also twice and also the last one', () => {
    const { agenda, all } = agendaOf([5, 3, 1])
    for (const owner of [2, 2, 0]) agenda.remove(all[owner]!)
    expect(all[2]?.position).toBe(-1)
    expect([agenda.first, agenda.next]).toEqual([1, 3])
    agenda.remove(all[1]!)
    expect([agenda.first, agenda.next]).toEqual([undefined, NEVER])
    // Timers of an owner that has left disturb nobody.
    if (all[0]!.set(0, 0)) agenda.moved(all[0]!)
    expect(agenda.next).toBe(NEVER)
  })

  test('agrees with a sorted list under any sequence of joining, changing and leaving', () => {
    const instant = fc.oneof(fc.nat(9), fc.constant(NEVER))
    const change = fc.record({ owner: fc.nat(30), at: instant, leaves: fc.nat(4) })
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 30 }), fc.array(change, { maxLength: 120 }), (instants, changes) => {
        const { agenda, all } = agendaOf(instants)
        const present = new Set(instants.keys())
        for (const { owner, at, leaves } of changes) {
          const deadlines = all[owner]
          if (deadlines === undefined) continue
          if (leaves === 0) {
            agenda.remove(deadlines)
            present.delete(owner)
          } else if (deadlines.set(0, at)) agenda.moved(deadlines)
          const dueAt = (one: number): number => all[one]!.next
          const sorted = [...present].sort((a, b) => (dueAt(a) === dueAt(b) ? a - b : dueAt(a) - dueAt(b)))
          expect(agenda.next).toBe(sorted[0] === undefined ? NEVER : dueAt(sorted[0]))
          expect(agenda.first).toBe(sorted[0])
        }
      }),
      { numRuns: 300 },
    )
  })
})
