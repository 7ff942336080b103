// The topology: endpoints with their replicas and planes, links, and the packets under way at the cursor.

import type { JSX } from 'preact'
import { formatInstant } from '../../sim/base/time.ts'
import { topologyLayout, type NodeBox } from '../layout/topology.ts'
import { underWay } from '../model/message-table.ts'
import { LOST, messageKinds, RECOVERY, type RunModel } from '../model/model.ts'
import { queuesAt, standingAt, type Queues, type Standing } from '../model/standing.ts'
import { chosenLane, cursor, model, select } from '../state.ts'
import { openMenu } from './context-menu.tsx'
import { endpointEntries, linkEntries, menuForMessage, type Menu } from './intervene.ts'

const MOST_PACKETS = 200

function menuOn(menu: () => Menu): { readonly onContextMenu: (event: MouseEvent) => void } {
  return {
    onContextMenu: (event) => {
      event.preventDefault()
      const box = (event.currentTarget as Element).getBoundingClientRect()
      const byKey = event.clientX === 0 && event.clientY === 0
      openMenu(byKey ? { x: box.left + 20, y: box.top + 20 } : { x: event.clientX, y: event.clientY }, menu())
    },
  }
}

const stateWords: Readonly<Record<string, string>> = {
  active: '● serves',
  standby: '○ stands by',
  failed: '✕ failed',
  detecting: '◌ does not know yet',
  'taking-over': '◔ takes over',
  restarting: '◔ restarts',
}

function Endpoint({
  box,
  standing,
  queues,
  run,
}: {
  readonly box: NodeBox
  readonly standing: Standing | undefined
  readonly queues: Queues
  readonly run: RunModel
}): JSX.Element {
  const { x, y, width, height, name } = box
  const endpoint = run.endpoints.find((one) => one.name === name)
  const replicas = [...(standing?.replicas ?? [])]
  const menu = (): Menu => ({
    title: `${name} at ${formatInstant(cursor.peek(), 6)}`,
    entries: endpointEntries(name, cursor.peek()),
  })
  const plane = (word: string, up: boolean, at: number): JSX.Element => (
    <g class={up ? 'plane up' : 'plane down'}>
      <rect x={x + 8 + at * ((width - 24) / 2 + 8)} y={y + height - 26} width={(width - 24) / 2} height={18} rx={3} />
      <text
        x={x + 8 + at * ((width - 24) / 2 + 8) + (width - 24) / 4}
        y={y + height - 16.5}
        text-anchor='middle'
        dominant-baseline='central'
      >
        {`${word} ${up ? 'up' : 'down'}`}
      </text>
    </g>
  )
  return (
    <g class='endpoint' data-endpoint={name} tabIndex={0} role='button' {...menuOn(menu)}>
      <rect x={x} y={y} width={width} height={height} rx={8} />
      <text class='title' x={x + 10} y={y + 17}>
        {name}
      </text>
      <text
        class='muted'
        x={x + width - 10}
        y={y + 17}
        text-anchor='end'
      >{`${endpoint?.role ?? ''} ${endpoint?.addresses[0] ?? ''}`}</text>
      {replicas.map(([replica, state], i) => (
        <text
          key={replica}
          class={`replica ${state}`}
          x={x + 10}
          y={y + 36 + i * 15}
        >{`${replica}: ${stateWords[state] ?? state}`}</text>
      ))}
      <text class='muted' x={x + width - 10} y={y + 36} text-anchor='end'>{`queue ${String(queues.input.get(name) ?? 0)}`}</text>
      <text class='muted' x={x + width - 10} y={y + 51} text-anchor='end'>{`link ${String(queues.link.get(name) ?? 0)} B`}</text>
      {plane('control', standing?.control ?? true, 0)}
      {plane('data', standing?.data ?? true, 1)}
    </g>
  )
}

interface PacketProps {
  readonly run: RunModel
  readonly message: number
  readonly from: { readonly x: number; readonly y: number }
  readonly to: { readonly x: number; readonly y: number }
}

function Packet({ run, message, from, to }: PacketProps): JSX.Element {
  const { messages } = run
  const [sent, end] = [messages.sentAt[message]!, messages.endAt[message]!]
  // Kept off the boxes, where it would be hidden.
  const share = 0.05 + 0.9 * ((cursor.value - sent) / Math.max(1, end - sent))
  const kind = messageKinds[messages.kind[message]!]!
  const flags = messages.flags[message]!
  const isLost = (flags & LOST) !== 0
  const [x, y] = [from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share]
  const isData = kind === 'data'
  const look = isData ? 'data' : (flags & RECOVERY) === 0 ? 'ordinary' : 'recovery'
  const width = kind.length * 7 + 12
  return (
    <g
      class={`packet ${look} ${isLost ? 'lost' : ''}`}
      onClick={() => {
        select(messages.seq[message]!)
      }}
      {...menuOn(() => menuForMessage(run, message))}
    >
      <title>{`${kind}${isLost ? ', will be lost' : ''}`}</title>
      {isData ? (
        <circle cx={x} cy={y} r={3.5} />
      ) : (
        <rect x={x - width / 2} y={y - 9} width={width} height={18} rx={look === 'recovery' ? 9 : 3} />
      )}
      {!isData && (
        <text x={x} y={y} text-anchor='middle' dominant-baseline='central'>
          {isLost ? `${kind} ✕` : kind}
        </text>
      )}
    </g>
  )
}

export function Topology(): JSX.Element {
  const run = model.value
  if (run === undefined) return <p class='hint'>No run yet.</p>
  const at = cursor.value
  const ends = run.lanes[chosenLane.value]?.group.split(' ⇄ ') ?? []
  const layout = topologyLayout(run, ends)
  const standing = standingAt(run, at)
  const queues = queuesAt(run, at)
  const boxes = new Map(layout.boxes.map((box) => [box.name, box]))
  const name = (place: number): string => run.endpoints[place]?.name ?? ''
  const more = layout.left > 0 ? [`${String(layout.left)} more endpoints`] : []
  const packets = underWay(run.messages, at, MOST_PACKETS)
  return (
    <div class='topology' data-view='topology'>
      <svg
        viewBox={`0 0 ${String(layout.width)} ${String(layout.height)}`}
        role='group'
        aria-label={`Endpoints and links at ${formatInstant(at, 6)}`}
      >
        {layout.links.map(({ ends: [one, other], from, to }) => {
          const menu = (): Menu => ({
            title: `${one} – ${other} at ${formatInstant(cursor.peek(), 6)}`,
            entries: linkEntries([one, other], cursor.peek()),
          })
          const label = `Link ${one} – ${other}, menu key to intervene`
          return (
            <g
              key={`${one} ${other}`}
              class='link-line'
              tabIndex={0}
              role='button'
              aria-label={label}
              data-link={`${one}-${other}`}
              {...menuOn(menu)}
            >
              <line class='grip' x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
              <line x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
            </g>
          )
        })}
        {[...boxes.values()].map((box) => (
          <Endpoint key={box.name} box={box} standing={standing.get(box.name)} queues={queues} run={run} />
        ))}
        {packets.map((message) => {
          const [one, other] = [name(run.messages.from[message]!), name(run.messages.to[message]!)]
          const link = layout.links.find((l) => l.ends.includes(one) && l.ends.includes(other))
          if (link === undefined) return null
          const forward = link.ends[0] === one
          return (
            <Packet
              key={message}
              run={run}
              message={message}
              from={forward ? link.from : link.to}
              to={forward ? link.to : link.from}
            />
          )
        })}
      </svg>
      <p class='muted corner'>{[formatInstant(at, 6), `${String(packets.length)} packets under way`, ...more].join(' · ')}</p>
    </div>
  )
}
