// In which order the scenarios that ship are read: by folder, from what works to what fails in earnest, then by name. Not where they are.

/** The folders under `scenarios/` whose files are scenarios to look at. */
export const scenarioFolders: readonly string[] = [
  'basic',
  'failover',
  'v3',
  'faults',
  'timers',
  'refusals',
  'quirks',
  'hostile',
  'stress',
]

/** The folder of a name such as `failover/lns-control-failure`. */
export const folderOf = (name: string): string => name.split('/')[0] ?? ''

/** Negative when the scenario `a` is read before `b`. */
export function byReadingOrder(a: string, b: string): number {
  const [one, other] = [scenarioFolders.indexOf(folderOf(a)), scenarioFolders.indexOf(folderOf(b))]
  if (one !== other) return one - other
  return a < b ? -1 : Number(a > b)
}
