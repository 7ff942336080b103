// An LCCE that is not as the RFCs want it: what quirks and mutants replace in its tables, its guards and actions, its rules and its
// numbers. Everything is replaced while the machinery is put together, once for each combination; nothing asks for it afterwards.

import type { LcceConfig } from './config.ts'
import { compile, type AnyMachine, type Build } from './fsm.ts'
import type { Rules } from './rules.ts'
import type { CallArgument, Machinery, RecoveryArgument, RemoteArgument, Session, Tunnel } from './tunnel.ts'
import type { AnyMessage } from './wire/messages.ts'

/** What each machine is about, and what comes with its events. */
interface Subjects {
  readonly 'control-connection': readonly [Tunnel, AnyMessage | undefined]
  readonly 'incoming-call-lac': readonly [Session, CallArgument]
  readonly 'incoming-call-lns': readonly [Session, CallArgument]
  readonly 'outgoing-call-lac': readonly [Session, CallArgument]
  readonly 'outgoing-call-lns': readonly [Session, CallArgument]
  readonly 'recovery-endpoint': readonly [Tunnel, RecoveryArgument]
  readonly 'remote-endpoint': readonly [Tunnel, RemoteArgument]
  readonly 'session-sync': readonly [Session, undefined]
}

type Part<M extends keyof Subjects, R> = (...of: Subjects[M]) => R

/** By machine and name: from the function of the RFC the one that takes its place. */
type Replacements<R> = { readonly [M in keyof Subjects]?: Readonly<Record<string, (original: Part<M, R>) => Part<M, R>>> }

export interface Alteration {
  /** Numbers of its configuration, which peers and records do not see changed. */
  readonly config?: (config: LcceConfig) => LcceConfig
  readonly table?: (table: AnyMachine) => AnyMachine
  readonly guards?: Replacements<boolean>
  readonly actions?: Replacements<void>
  readonly rules?: (rules: Rules) => Partial<Rules>
  readonly says?: Machinery['says']
  readonly spells?: Machinery['spells']
  readonly hears?: (original: Machinery['hears']) => Machinery['hears']
}

type Functions<R> = Readonly<Record<string, (subject: never, argument: never) => R>>

function replaced<R>(functions: Functions<R>, by: Readonly<Record<string, unknown>> | undefined): Functions<R> {
  if (by === undefined) return functions
  const changed = { ...functions }
  for (const [name, replacement] of Object.entries(by)) {
    const original = functions[name]
    if (original !== undefined) changed[name] = (replacement as (original: unknown) => Functions<R>[string])(original)
  }
  return changed
}

/** Compiles tables as they are with these alterations, one after the other. */
export function alteredBuild(alterations: readonly Alteration[]): Build {
  return (machine, behaviour, version) => {
    let table: AnyMachine = machine
    let { guards, actions } = behaviour as unknown as { guards: Functions<boolean>; actions: Functions<void> }
    const name = machine.name as keyof Subjects
    for (const alteration of alterations) {
      table = alteration.table?.(table) ?? table
      guards = replaced(guards, alteration.guards?.[name])
      actions = replaced(actions, alteration.actions?.[name])
    }
    return compile(table as typeof machine, { ...behaviour, guards, actions } as unknown as typeof behaviour, version)
  }
}

/** The rules that these alterations leave. */
export function alteredRules(standard: Rules, alterations: readonly Alteration[]): Rules {
  return alterations.reduce<Rules>((rules, { rules: change }) => (change === undefined ? rules : { ...rules, ...change(rules) }), standard)
}
