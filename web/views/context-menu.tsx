// The menu of interventions, opened by the right button or the menu key; arrow keys move in it, Escape closes it.

import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Menu } from './intervene.ts'

interface OpenMenu extends Menu {
  readonly x: number
  readonly y: number
}

const opened = signal<OpenMenu | undefined>(undefined)
let before: HTMLElement | undefined

export function openMenu({ x, y }: { readonly x: number; readonly y: number }, menu: Menu): void {
  before = document.activeElement instanceof HTMLElement ? document.activeElement : undefined
  opened.value = menu.entries.length === 0 ? undefined : { x, y, ...menu }
}

/** Whether a menu is asked for by key: browsers then give the middle of what has the focus as the place, which nobody pointed at. */
export function isAskedByKey(event: MouseEvent): boolean {
  const isTouch = 'pointerType' in event && (event.pointerType === 'touch' || event.pointerType === 'pen')
  return event.button !== 2 && !event.ctrlKey && !isTouch
}

function close(): void {
  opened.value = undefined
  before?.focus()
}

export const isMenuOpen = (): boolean => opened.value !== undefined

function keyed(event: KeyboardEvent): void {
  event.stopPropagation()
  const list = event.currentTarget as HTMLElement
  const items = [...list.querySelectorAll<HTMLElement>('[role=menuitem]')]
  const at = items.findIndex((item) => item === document.activeElement)
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key]
  if (event.key === 'Escape' || event.key === 'Tab') close()
  else if (to === undefined) return
  else items[(to + items.length) % items.length]?.focus()
  event.preventDefault()
}

export function ContextMenu(): JSX.Element | null {
  const list = useRef<HTMLDivElement>(null)
  const menu = opened.value
  useEffect(() => {
    if (menu === undefined) return undefined
    list.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus()
    const away = (event: PointerEvent): void => {
      if (list.current?.contains(event.target as Node) === false) opened.value = undefined
    }
    addEventListener('pointerdown', away, true)
    return () => {
      removeEventListener('pointerdown', away, true)
    }
  }, [menu])
  if (menu === undefined) return null
  const height = 40 + menu.entries.length * 27
  const place = {
    left: `${String(Math.min(menu.x, innerWidth - 360))}px`,
    top: `${String(Math.max(4, Math.min(menu.y, innerHeight - height - 8)))}px`,
  }
  return (
    <div class='menu' role='menu' aria-label={menu.title} ref={list} style={place} onKeyDown={keyed}>
      <div class='menu-title' role='presentation'>
        {menu.title}
      </div>
      {menu.entries.map(({ title, act }) => (
        <button
          key={title}
          type='button'
          role='menuitem'
          tabIndex={-1}
          onClick={() => {
            close()
            act()
          }}
        >
          {title}
        </button>
      ))}
    </div>
  )
}
