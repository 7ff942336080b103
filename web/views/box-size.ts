// The size of an element, as a signal that follows it: for drawings that choose their layout by the room they have.

import { useSignal, type Signal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Size } from '../draw/pen.ts'

/** A reference to put on the element, and its size in pixels, scroll bars included, so that a drawing never makes its own room smaller;
 *  0 by 0 until it is there. */
export function useBoxSize<T extends HTMLElement>(): { readonly ref: RefObject<T | null>; readonly size: Signal<Size> } {
  const ref = useRef<T>(null)
  const size = useSignal<Size>({ width: 0, height: 0 })
  useLayoutEffect(() => {
    const element = ref.current
    if (element === null) return undefined
    const measure = (): void => {
      const { width, height } = size.peek()
      const { offsetWidth, offsetHeight } = element
      if (width !== offsetWidth || height !== offsetHeight) size.value = { width: offsetWidth, height: offsetHeight }
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => {
      observer.disconnect()
    }
  }, [size])
  return { ref, size }
}
