// The scenarios that ship, as the page offers them: in reading order, with what each shows.

/// <reference types="vite/client" />

const files = import.meta.glob<string>(['../scenarios/*/*.yaml', '!../scenarios/studies/*.yaml'], {
  query: '?raw',
  import: 'default',
  eager: true,
})

export interface Shipped {
  /** `failover/lns-control-failure`. */
  readonly name: string
  readonly group: string
  readonly title: string
  readonly text: string
}

const GROUPS = ['basic', 'failover', 'v3', 'faults', 'timers', 'refusals', 'quirks', 'hostile', 'stress']

function byGroup(a: Shipped, b: Shipped): number {
  const [one, other] = [GROUPS.indexOf(a.group), GROUPS.indexOf(b.group)]
  return one === other ? (a.name < b.name ? -1 : 1) : one - other
}

export const shipped: readonly Shipped[] = Object.entries(files)
  .map(([path, text]): Shipped => {
    const name = path.replace('../scenarios/', '').replace(/\.yaml$/, '')
    return {
      name,
      group: name.split('/')[0]!,
      title: /^name:\s*(.+)$/m.exec(text)?.[1]?.replace(/^['"]|['"]$/g, '') ?? name,
      text,
    }
  })
  .sort((a, b) => byGroup(a, b))

export const DEFAULT_SCENARIO = 'failover/lns-control-failure'
