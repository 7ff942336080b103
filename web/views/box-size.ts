// The size of an element, as a signal that follows it: for drawings that choose their layout by the room they have.

import { useSignal, type Signal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useCallback, useRef } from 'preact/hooks'
import type { Size } from '../draw/pen.ts'

export interface BoxSize {
  /** To be put on the element, which may come and go. */
  readonly ref: (element: HTMLElement | null) => void
  /** In pixels, scroll bars included, so that a drawing never makes its own room smaller; 0 by 0 until the element is there. */
  readonly size: Signal<Size>
  readonly element: RefObject<HTMLElement | null>
}

export function useBoxSize(): BoxSize {
  const size = useSignal<Size>({ width: 0, height: 0 })
  const element = useRef<HTMLElement | null>(null)
  const observer = useRef<ResizeObserver | undefined>(undefined)
  const ref = useCallback((found: HTMLElement | null) => {
    element.current = found
    observer.current?.disconnect()
    if (found === null) return
    const measure = (): void => {
      const { width, height } = size.peek()
      const { offsetWidth, offsetHeight } = found
      if (width !== offsetWidth || height !== offsetHeight) size.value = { width: offsetWidth, height: offsetHeight }
    }
    measure()
    observer.current = new ResizeObserver(measure)
    observer.current.observe(found)
  }, [size])
  return { ref, size, element }
}
