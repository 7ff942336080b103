// The example dialogues of RFC 4951's appendices, in the letters of the RFC, on the whole simulator.

import { describe, expect, test } from 'vitest'
import { kept } from '../support/dialogue-blocks.ts'
import { expectDialogue } from '../support/dialogue-expect.ts'
import { play, recordsOf } from '../support/dialogue-run.ts'
import { together } from '../support/dialogue.ts'

describe('appendix A', () => {
  test(
    'capabilities, failure, recovery and synchronisation of a tunnel: R4951-A-02, R4951-A-03, R4951-A-04, R4951-A-05, ' +
      'R4951-A-06, R4951-A-07, R4951-A-08, R4951-A-09, R4951-A-10, R4951-3.1-01, R4951-AMB-02, R4951-AMB-72',
    () => {
      const played = play('failover/appendix-a')
      // Session i is s<i> at A and t<i> at R. The RFC suggests 3 and 100; here they are p and q.
      const call = (i: number, n: number, r: number): string => `
        R>A ICRQ [x ${String(r)}/${String(n)}] {14=t${String(i)}}
        A>R ICRP [y t${String(i)} ${String(n)}/${String(r + 1)}] {14=s${String(i)}}
        R>A ICCN [x s${String(i)} ${String(r + 1)}/${String(n + 1)}]
        A>R ZLB [y ${String(n + 1)}/${String(r + 2)}]`
      expectDialogue(played, {
        since: 'start',
        dialogue: [
          `A>R SCCRQ [0 0/0] {9=x,76(CD,60s)}
          R>A SCCRP [x 0/1] {9=y,76(CD,60s)}
          A>R SCCCN [y 1/1]
          R>A ZLB [x 1/2]`,
          [call(1, 2, 1), call(2, 3, 3), call(3, 4, 5)],
          // This node fails.
          `A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}
          R>A SCCRP [z 0/1] {9=w,78(p,q)}
          A reset [x p/q]
          A>R SCCCN [w 1/1]
          R reset [y q/p]
          R>A ZLB [z 1/2]`,
          together(
            `A>R StopCCN [w 2/1] {9=z,1=1}
            R>A ZLB [z 1/3]`,
            `A>R FSQ [y p/q] {79(s1,t1),79(s2,t2),79(s3,t3)}
            R>A FSR [x q/p+1] {79(t1,s1),79(t2,s2),79(t3,s3)}
            A>R ZLB [y p+1/q+1]
            R>A FSQ [x q+1/p+1] {79(t1,s1),79(t2,s2),79(t3,s3)}
            A>R FSR [y p+1/q+2] {79(s1,t1),79(s2,t2),79(s3,t3)}
            R>A ZLB [x q+2/p+2]`,
          ),
        ],
        end: `A tunnel x-y p+2/q+2
          R tunnel y-x q+2/p+2
          ${kept('s1,t1', 's2,t2', 's3,t3')}`,
      })
      // Neither recovery tunnel is left.
      expect(played.result.endpoints.map(({ tunnels }) => tunnels.length)).toEqual([1, 1])
    },
  )
})

describe('appendix B', () => {
  test(
    'double failure, the tie decides: R4951-B-01, R4951-B-02, R4951-B-03, R4951-B-04, R4951-B-05, R4951-B-06, R4951-B-07',
    () => {
      const winner = play('failover/both-ends-fail')
      const [lns, lac] = [recordsOf(winner, 'A', 'recovery'), recordsOf(winner, 'R', 'recovery')]
      const cast = lns.some(({ step }) => step === 'tie-won') ? { P: 'lns1', L: 'lac1' } : { P: 'lac1', L: 'lns1' }
      // L, on the left, has old Tunnel ID A and loses with recovery tunnel C; P has B and wins with D. L's end of D is E.
      const played = play('failover/both-ends-fail', { cast })
      expectDialogue(played, {
        dialogue: [
          together('L>P SCCRQ [0 0/0] {5,9=C,77(A,B)}', 'P>L SCCRQ [0 0/0] {5,9=D,77(B,A)}'),
          `L>P SCCRP [D 0/1] {9=E,78(p,q)}
          P reset [B p/q]
          P>L SCCCN [E 1/1]
          L reset [A q/p]
          L>P ZLB [D 1/2]`,
          together(
            `P>L StopCCN [E 2/1] {9=D,1=1}
            L>P ZLB [D 1/3]`,
            `P>L FSQ [A p/q] {79(b,a)}
            L>P FSR [B q/p+1] {79(a,b)}
            P>L ZLB [A p+1/q+1]
            L>P FSQ [B q+1/p+1] {79(a,b)}
            P>L FSR [A p+1/q+2] {79(b,a)}
            L>P ZLB [B q+2/p+2]`,
          ),
        ],
        end: `L tunnel A-B q+2/p+2
          P tunnel B-A p+2/q+2
          L session a-b
          P session b-a`,
      })
      expect([...lns, ...lac].filter(({ step }) => step === 'tie-lost' || step === 'tie-won')).toHaveLength(2)
      // The winner drops the loser's SCCRQ without a word.
      const dropped = recordsOf(played, 'P', 'handled').filter(({ type, verdict }) => type === 'SCCRQ' && verdict === 'discarded')
      expect(dropped).toHaveLength(1)
    },
  )
})

describe('appendix C', () => {
  test(
    'mismatched Session IDs are cleared by three queries: R4951-C-01, R4951-C-02, R4951-C-03, R4951-C-04, R4951-C-05, ' +
      'R4951-C-06, R4951-C-07, R4951-3.3-22, R4951-AMB-63',
    () => {
      const played = play('failover/session-ids-mispaired')
      const letters = expectDialogue(played, {
        dialogue: [
          // The LAC has lost D and pairs B with C.
          'R cleared session D (table-edit)',
          `A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}
          R>A SCCRP [z 0/1] {9=w,78(p,q)}
          A reset [x p/q]
          A>R SCCCN [w 1/1]
          R reset [y q/p]
          R>A ZLB [z 1/2]`,
          together(
            `A>R StopCCN [w 2/1] {9=z,1=1}
            R>A ZLB [z 1/3]`,
            `A>R FSQ [y p/q] {79(A,B)}
            R>A FSR [x q/p+1] {79(0,A)}
            A cleared session A (unknown-to-peer)
            A>R ZLB [y p+1/q+1]
            +990ms R>A FSQ [x q+1/p+1] {79(B,C)}
            A>R FSR [y p+1/q+2] {79(0,B)}
            R cleared session B (unknown-to-peer)
            R>A ZLB [x q+2/p+2]
            +990ms A>R FSQ [y p+2/q+2] {79(C,D)}
            R>A FSR [x q+2/p+3] {79(0,C)}
            A cleared session C (unknown-to-peer)
            A>R ZLB [y p+3/q+3]`,
          ),
        ],
        end: `A tunnel x-y p+3/q+3
          R tunnel y-x q+3/p+3`,
      })
      const stale = (who: string): readonly number[] =>
        recordsOf(played, who, 'sync').filter(({ outcome }) => outcome === 'stale').map(({ session }) => session)
      expect(stale('R')).toEqual([letters.get('B')?.value])
      expect(stale('A')).toEqual([letters.get('C')?.value])
    },
  )
})
