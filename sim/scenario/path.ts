// Paths into a scenario: `endpoints.lns1.l2tp.failover.recoveryTime`, `links[0].loss`, `links[wan].loss`.

/** Keys of maps and indices of lists, from the root. */
export type Path = readonly (string | number)[]

/** As a user writes it. */
export function pathText(path: Path): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${String(step)}]` : i === 0 ? step : `.${step}`)).join('')
}

/** What stands at `path` in plain data; undefined where nothing does. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = Reflect.get(value, step)
  }
  return value
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function startsWith(path: Path, prefix: Path): boolean {
  return prefix.length <= path.length && prefix.every((step, i) => step === path[i])
}
