// Views whose code is fetched only after the first picture is there, or when one of them is wanted before that.

import { effect, signal } from '@preact/signals'
import type { JSX } from 'preact'
import { failure, model } from '../state.ts'

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

/** Fetches all of them one after the other, when the first run has been drawn and nothing else is to be done. */
export function fetchViews(): void {
  const stop = effect(() => {
    if (model.value === undefined) return
    setTimeout(() => {
      stop()
      void fetchNext(0)
    }, QUIET_MS)
  })
}

const QUIET_MS = 500

async function fetchNext(place: number): Promise<void> {
  await fetches[place]?.()
  if (place + 1 < fetches.length) setTimeout(() => void fetchNext(place + 1), 0)
}
