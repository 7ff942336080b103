// Which rows of the state tables have fired: fed with the notices of any number of conversations, it lists those that never did.

import { listed, type AnyMachine } from '../../sim/l2tp/fsm.ts'
import type { LcceNotice } from '../../sim/l2tp/notices.ts'

export class RowCoverage {
  private readonly fired = new Map<string, Set<number>>()

  /** Takes the notices of a conversation into account; others than transitions do not matter. */
  see(notices: Iterable<LcceNotice>): void {
    for (const notice of notices) {
      if (notice.kind !== 'transition') continue
      const rows = this.fired.get(notice.machine)
      if (rows === undefined) this.fired.set(notice.machine, new Set([notice.row]))
      else rows.add(notice.row)
    }
  }

  /** The rows of a machine, as one protocol version has it, that never fired, as `machine: from × on [if guard] (reference)`. */
  unreached(machine: AnyMachine, version: 2 | 3 = 2): string[] {
    const fired = this.fired.get(machine.name)
    return machine.rows.flatMap((row, index) => {
      if (fired?.has(index) === true || (row.version ?? version) !== version) return []
      const guard = row.if === undefined ? '' : ` [${row.if}]`
      return [`${machine.name}: ${listed(row.from).join('|')} × ${listed(row.on).join('|')}${guard} (${row.ref})`]
    })
  }
}
