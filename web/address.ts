// The address of the page as the whole state of a view: scenario, changes, seed, interventions, cursor, selection, views, and the digest of
// the run that was seen. Reading one gives the same run again, or says in which way it is another.

import type { AxisMode } from './layout/time-axis.ts'
import type { DockTab, Inquiry, Intervention } from './state.ts'

export interface ViewState {
  readonly cursor: number
  readonly from: number
  readonly to: number
  readonly selection: number | undefined
  readonly lane: number
  readonly tab: DockTab
  readonly axis: AxisMode
}

export interface Address {
  readonly inquiry: Omit<Inquiry, 'text' | 'fileName'> & { readonly text: string | undefined }
  readonly view: Partial<ViewState>
  readonly digest: string | undefined
  readonly version: string | undefined
}

export interface Shareable {
  readonly inquiry: Inquiry
  readonly view: ViewState
  readonly digest: string
  readonly version: string
}

const tabs: readonly DockTab[] = ['ladder', 'machines', 'topology', 'metrics', 'compare', 'seeds', 'study']

/** The part of the address after `#`. */
export async function hashOf({ inquiry, view, digest, version }: Shareable): Promise<string> {
  const parts = new URLSearchParams()
  if (inquiry.shipped === undefined) parts.set('x', await packed(inquiry.text))
  else parts.set('s', inquiry.shipped)
  for (const { path, value } of inquiry.changes) parts.append('set', `${path}=${value}`)
  for (const { list, value, label } of inquiry.interventions) parts.append('add', `${list}|${value}|${label}`)
  if (inquiry.seed !== undefined) parts.set('seed', inquiry.seed)
  parts.set('t', String(view.cursor))
  parts.set('w', `${String(view.from)}-${String(view.to)}`)
  if (view.selection !== undefined) parts.set('r', String(view.selection))
  if (view.lane !== 0) parts.set('l', String(view.lane))
  if (view.tab !== 'ladder') parts.set('v', view.tab)
  if (view.axis !== 'folded') parts.set('a', view.axis)
  parts.set('d', digest)
  parts.set('ver', version)
  return parts.toString().replace(/%2F/g, '/').replace(/%3A/g, ':').replace(/%2C/g, ',')
}

/** What a hash says; unknown parts are passed over, and anything may be missing. */
export async function readHash(hash: string): Promise<Address> {
  const parts = new URLSearchParams(hash.replace(/^#/, ''))
  const text = parts.get('x')
  const [from, to] = (parts.get('w') ?? '').split('-').map(Number)
  const tab = tabs.find((known) => known === parts.get('v'))
  const view: { -readonly [K in keyof ViewState]?: ViewState[K] } = {
    ...numberPart(parts, 't', 'cursor'),
    ...numberPart(parts, 'r', 'selection'),
    ...numberPart(parts, 'l', 'lane'),
  }
  if (from !== undefined && to !== undefined && to > from) Object.assign(view, { from, to })
  if (tab !== undefined) view.tab = tab
  if (parts.get('a') === 'linear') view.axis = 'linear'
  return {
    inquiry: {
      shipped: parts.get('s') ?? undefined,
      text: text === null ? undefined : await unpacked(text),
      changes: parts.getAll('set').flatMap(changeOf),
      interventions: parts.getAll('add').flatMap(interventionOf),
      seed: parts.get('seed') ?? undefined,
    },
    view,
    digest: parts.get('d') ?? undefined,
    version: parts.get('ver') ?? undefined,
  }
}

function numberPart<K extends string>(parts: URLSearchParams, key: string, name: K): Partial<Record<K, number>> {
  const value = parts.get(key)
  return value === null || !/^\d+$/.test(value) ? {} : ({ [name]: Number(value) } as Record<K, number>)
}

function changeOf(text: string): Inquiry['changes'] {
  const equals = text.indexOf('=')
  return equals <= 0 ? [] : [{ path: text.slice(0, equals), value: text.slice(equals + 1) }]
}

function interventionOf(text: string): readonly Intervention[] {
  const [list, value, ...label] = text.split('|')
  const isList = list === 'faults' || /^links\[\d+\]\.script$/.test(list ?? '')
  return isList && value !== undefined && list !== undefined
    ? [{ list, value, label: label.length === 0 ? value : label.join('|') }]
    : []
}

/** Text, deflated, in the letters of an address. */
async function packed(text: string): Promise<string> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'))
  const octets = new Uint8Array(await new Response(stream).arrayBuffer())
  return btoa(String.fromCharCode(...octets))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')
}

async function unpacked(letters: string): Promise<string | undefined> {
  try {
    const octets = Uint8Array.from(atob(letters.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0))
    const stream = new Blob([octets]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
    return await new Response(stream).text()
  } catch {
    return undefined
  }
}
