// Views, and what pointer and wheel do, whose code is fetched only after the first picture is there, or when a view is wanted before that.

import { effect, signal } from '@preact/signals'
import type { JSX } from 'preact'
import { fetchShipped } from '../inquiries.ts'
import { failure, model } from '../state.ts'
import type { brushWindow } from './time-brush.ts'
import type { zoomScrolled, zoomTime } from './time-zoom.ts'

type View = () => JSX.Element | null

const fetches: (() => Promise<void>)[] = []

/** The view that `load` gives, once it is there; until then, room for it. */
export function lazily(load: () => Promise<View>): View {
  const loaded = signal<{ readonly View: View } | undefined>(undefined)
  let loading: Promise<void> | undefined
  const fetchOnce = (): Promise<void> => (loading ??= take())
  const take = async (): Promise<void> => {
    try {
      loaded.value = { View: await load() }
    } catch (error) {
      loading = undefined
      failure.value = `A part of the page could not be fetched: ${String(error)}`
    }
  }
  fetches.push(fetchOnce)
  return function Lazy() {
    if (loaded.value === undefined) {
      void fetchOnce()
      return <div class='hint' aria-busy='true' />
    }
    const { View } = loaded.value
    return <View />
  }
}

export interface Gestures {
  readonly zoomTime: typeof zoomTime
  readonly zoomScrolled: typeof zoomScrolled
  readonly brushWindow: typeof brushWindow
}

/** What pointer and wheel do with the window of time, once that is there. */
export const gestures = signal<Gestures | undefined>(undefined)

async function fetchGestures(): Promise<void> {
  try {
    await fetchShipped()
    gestures.value = { ...(await import('./time-zoom.ts')), ...(await import('./time-brush.ts')) }
  } catch (error) {
    failure.value = `A part of the page could not be fetched: ${String(error)}`
  }
}

/** When the first run has been drawn, the gestures; when nothing else is to be done, all views one after the other. */
export function fetchViews(): void {
  const stop = effect(() => {
    if (model.value === undefined) return
    queueMicrotask(() => {
      stop()
    })
    setTimeout(() => void fetchGestures(), DRAWN_MS)
    setTimeout(() => void fetchNext(0), QUIET_MS)
  })
}

const DRAWN_MS = 50
const QUIET_MS = 500

async function fetchNext(place: number): Promise<void> {
  await fetches[place]?.()
  if (place + 1 < fetches.length) setTimeout(() => void fetchNext(place + 1), 0)
}
