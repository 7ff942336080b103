// The page as a whole: header, panel, timelines above, the dock with the other views below, the inspector beside them.

import type { JSX } from 'preact'
import { dialog, dockShare, dockTab, failure, model, notice, panelOpen, type DockTab } from './state.ts'
import { ContextMenu } from './views/context-menu.tsx'
import { openFiles } from './files.ts'
import { Header } from './views/header.tsx'
import { Inspector } from './views/inspector.tsx'
import { Ladder } from './views/ladder.tsx'
import { lazily } from './views/lazily.tsx'
import { Legend } from './views/legend.tsx'
import { Minimap } from './views/minimap.tsx'
import { Panel } from './views/panel.tsx'
import { Timelines } from './views/timelines.tsx'
import { Tooltip } from './views/tooltip.tsx'
import { Tour } from './views/tour.tsx'
import { Transport } from './views/transport.tsx'

const Machines = lazily(async () => (await import('./views/machines.tsx')).Machines)
const Topology = lazily(async () => (await import('./views/topology.tsx')).Topology)
const Metrics = lazily(async () => (await import('./views/metrics.tsx')).Metrics)
const Compare = lazily(async () => (await import('./views/compare.tsx')).Compare)
const Seeds = lazily(async () => (await import('./views/seeds.tsx')).Seeds)
const Study = lazily(async () => (await import('./views/study.tsx')).Study)
const Dialog = lazily(async () => (await import('./views/dialogs.tsx')).Dialogs)

const tabs: readonly (readonly [DockTab, string, () => JSX.Element | null])[] = [
  ['ladder', 'Ladder', Ladder],
  ['machines', 'State machines', Machines],
  ['topology', 'Topology', Topology],
  ['metrics', 'Metrics', Metrics],
  ['compare', 'Two runs', Compare],
  ['seeds', 'Many seeds', Seeds],
  ['study', 'Study', Study],
]

/** Views that need the room of the inspector. */
const wide: readonly DockTab[] = ['compare', 'seeds', 'study']

function Splitter(): JSX.Element {
  const drag = (event: PointerEvent): void => {
    if (event.buttons !== 1) return
    const main = (event.currentTarget as HTMLElement).closest('main')?.getBoundingClientRect()
    if (main !== undefined) dockShare.value = Math.min(0.85, Math.max(0.2, (main.bottom - event.clientY) / main.height))
  }
  const nudge = (event: KeyboardEvent): void => {
    const by = { ArrowUp: 0.05, ArrowDown: -0.05 }[event.key]
    if (by === undefined) return
    event.stopPropagation()
    event.preventDefault()
    dockShare.value = Math.min(0.85, Math.max(0.2, dockShare.value + by))
  }
  return (
    <div
      class='splitter'
      role='separator'
      aria-orientation='horizontal'
      aria-label='Height of the lower views'
      aria-valuenow={Math.round(dockShare.value * 100)}
      tabIndex={0}
      onKeyDown={nudge}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
      }}
      onPointerMove={drag}
    />
  )
}

/** Arrow keys move between tabs, as the pattern for tab lists wants. */
function moveTab(event: KeyboardEvent): void {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
  if (by === undefined) return
  event.stopPropagation()
  event.preventDefault()
  const at = tabs.findIndex(([tab]) => tab === dockTab.value)
  dockTab.value = tabs[(at + by + tabs.length) % tabs.length]![0]
  document.getElementById(`tab-${dockTab.value}`)?.focus()
}

function Dock(): JSX.Element {
  const chosen = tabs.find(([tab]) => tab === dockTab.value) ?? tabs[0]!
  const View = chosen[2]
  return (
    <div class={`dock ${wide.includes(chosen[0]) ? 'wide' : ''}`} style={{ flexBasis: `${String(dockShare.value * 100)}%` }}>
      <section class='dock-main' aria-label='Views'>
        <div class='tabs' role='tablist' aria-label='Views' onKeyDown={moveTab}>
          {tabs.map(([tab, words]) => (
            <button
              key={tab}
              type='button'
              role='tab'
              id={`tab-${tab}`}
              aria-selected={dockTab.value === tab}
              aria-controls='dock-body'
              tabIndex={dockTab.value === tab ? 0 : -1}
              onClick={() => {
                dockTab.value = tab
              }}
            >
              {words}
            </button>
          ))}
        </div>
        <div class='dock-body' id='dock-body' role='tabpanel' aria-labelledby={`tab-${dockTab.value}`}>
          <View />
        </div>
      </section>
      {!wide.includes(chosen[0]) && <Inspector />}
    </div>
  )
}

function Messages(): JSX.Element | null {
  const words = failure.value ?? notice.value
  if (words === undefined) return null
  return (
    <div class={failure.value === undefined ? 'message' : 'message bad'} role='alert'>
      <span>{words}</span>
      <button
        type='button'
        class='tool word'
        onClick={() => {
          failure.value = notice.value = undefined
        }}
      >
        close
      </button>
    </div>
  )
}

function drop(event: DragEvent): void {
  const files = [...(event.dataTransfer?.files ?? [])]
  if (files.length === 0) return
  event.preventDefault()
  void openFiles(files)
}

export function App(): JSX.Element {
  return (
    <div
      class={`app ${panelOpen.value ? '' : 'no-panel'}`}
      onDragOver={(event) => {
        event.preventDefault()
      }}
      onDrop={drop}
    >
      <Header />
      {panelOpen.value && <Panel />}
      <main aria-busy={model.value === undefined}>
        <Messages />
        <Transport />
        <Minimap />
        <Timelines />
        <Legend />
        <Splitter />
        <Dock />
        <Tooltip />
        <ContextMenu />
      </main>
      <Tour />
      {dialog.value !== undefined && <Dialog />}
    </div>
  )
}
