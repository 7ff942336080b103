// The topology: endpoints with their replicas and planes, links, and the packets under way at the cursor. What has a menu opens it by the
// right button, by the menu key, and by Enter.

import type { JSX } from 'preact'
import { formatInstant } from '../../sim/base/time.ts'
import { packetPlaces, type PacketPlace, type Wayfarer } from '../layout/packet-places.ts'
import { LINE, topologyLayout, type LinkLine, type NodeBox } from '../layout/topology.ts'
import { underWay } from '../model/message-table.ts'
import { LOST, messageKinds, RECOVERY, type RunModel } from '../model/model.ts'
import { queuesAt, standingAt, type Queues, type Standing } from '../model/standing.ts'
import { chosenLane, cursor, model, select } from '../state.ts'
import { useBoxSize } from './box-size.ts'
import { isAskedByKey, openMenu } from './context-menu.tsx'
import { endpointEntries, linkEntries, menuForMessage, type Menu } from './intervene.ts'

const MOST_PACKETS = 200

/** Room in which nothing need be larger than it is. */
const ROOMY = { width: 1100, height: 520 } as const
const LARGEST = 1.4
/** So many links are drawn thin. */
const MANY = 12

interface Handlers {
  readonly onContextMenu: (event: MouseEvent) => void
  readonly onKeyDown: (event: KeyboardEvent) => void
}

/** `enter` is what Enter and the space bar do; the menu, when left out. */
function menuOn(menu: () => Menu, enter?: () => void): Handlers {
  const under = (element: EventTarget | null): { readonly x: number; readonly y: number } => {
    const { left, top } = (element as Element).getBoundingClientRect()
    return { x: left + 20, y: top + 20 }
  }
  return {
    onContextMenu: (event) => {
      event.preventDefault()
      const byKey = isAskedByKey(event)
      openMenu(byKey ? under(event.currentTarget) : { x: event.clientX, y: event.clientY }, menu())
    },
    onKeyDown: (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return
      event.preventDefault()
      event.stopPropagation()
      if (enter === undefined) openMenu(under(event.currentTarget), menu())
      else enter()
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

interface EndpointProps {
  readonly box: NodeBox
  readonly standing: Standing | undefined
  readonly queues: Queues
  readonly run: RunModel
}

interface PlaneProps {
  readonly box: NodeBox
  readonly word: string
  readonly up: boolean
  /** 0 stands left of 1. */
  readonly at: number
}

function Plane({ box, word, up, at }: PlaneProps): JSX.Element {
  const width = box.brief ? 66 : (box.width - 24) / 2
  const x = box.brief ? box.x + box.width - (2 - at) * (width + 4) : box.x + 8 + at * (width + 8)
  const [y, height] = box.brief ? [box.y + 4, box.height - 8] : [box.y + box.height - 27, 19]
  return (
    <g class={up ? 'plane up' : 'plane down'}>
      <rect x={x} y={y} width={width} height={height} rx={3} />
      <text x={x + width / 2} y={y + height / 2} text-anchor='middle' dominant-baseline='central'>
        {`${word} ${up ? 'up' : 'down'}`}
      </text>
    </g>
  )
}

function Details({ box, standing, queues, run }: EndpointProps): JSX.Element {
  const { x, y, width, name } = box
  const endpoint = run.endpoints.find((one) => one.name === name)
  const replicas = [...(standing?.replicas ?? [])]
  const queue = `queue ${String(queues.input.get(name) ?? 0)} · link ${String(queues.link.get(name) ?? 0)} B`
  return (
    <>
      <text class='muted' x={x + width - 10} y={y + 18} text-anchor='end'>
        {`${endpoint?.role ?? ''} ${endpoint?.addresses[0] ?? ''}`}
      </text>
      {replicas.map(([replica, state], i) => (
        <text key={replica} class={`replica ${state}`} x={x + 10} y={y + 37 + i * LINE}>
          {`${replica}: ${stateWords[state] ?? state}`}
        </text>
      ))}
      <text class='muted' x={x + 10} y={y + 37 + replicas.length * LINE}>
        <title>Messages that wait for the processor, octets that wait in the link</title>
        {queue}
      </text>
    </>
  )
}

function Endpoint(props: EndpointProps): JSX.Element {
  const { box, standing } = props
  const { x, y, width, height, name, brief } = box
  const menu = (): Menu => ({
    title: `${name} at ${formatInstant(cursor.peek(), 6)}`,
    entries: endpointEntries(name, cursor.peek()),
  })
  const [control, data] = [standing?.control ?? true, standing?.data ?? true]
  return (
    <g class='endpoint' data-endpoint={name} tabindex={0} role='button' aria-haspopup='menu' {...menuOn(menu)}>
      <rect x={x} y={y} width={width} height={height} rx={brief ? 5 : 8} />
      <text class='title' x={x + 10} y={y + (brief ? 17.5 : 18)}>
        {name}
      </text>
      {!brief && <Details {...props} />}
      <Plane box={box} word='control' up={control} at={0} />
      <Plane box={box} word='data' up={data} at={1} />
    </g>
  )
}

function Link({ link: { ends, from, to } }: { readonly link: LinkLine }): JSX.Element {
  const [one, other] = ends
  const menu = (): Menu => ({
    title: `${one} – ${other} at ${formatInstant(cursor.peek(), 6)}`,
    entries: linkEntries(ends, cursor.peek()),
  })
  return (
    <g
      class='link-line'
      tabindex={0}
      role='button'
      aria-haspopup='menu'
      aria-label={`Link ${one} – ${other}. Enter to intervene`}
      data-link={`${one}-${other}`}
      {...menuOn(menu)}
    >
      <line class='grip' x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
      <line x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
    </g>
  )
}

function Packet({ run, place }: { readonly run: RunModel; readonly place: PacketPlace }): JSX.Element {
  const { message, kind, look, count, rightwards, x, y } = place
  const act = (): void => {
    select(run.messages.seq[message]!)
  }
  const isLost = look.includes('lost')
  const times = count > 1 ? ` ×${String(count)}` : ''
  const bare = `${kind}${times}${isLost ? ' ✕' : ''}`
  const words = rightwards ? `${bare} →` : `← ${bare}`
  const width = words.length * 6.7 + 12
  const title = `${kind}${times}${isLost ? ', will be lost' : ''}. Enter to inspect, menu key to intervene`
  return (
    <g
      class={`packet ${look}`}
      onClick={act}
      tabindex={0}
      role='button'
      {...menuOn(() => menuForMessage(run, message), act)}
    >
      <title>{title}</title>
      {kind === 'data' ? (
        <>
          <circle cx={x} cy={y} r={3.5} />
          {count > 1 && (
            <text x={x} y={y + (rightwards ? -10 : 11)} text-anchor='middle' dominant-baseline='central'>
              {times}
            </text>
          )}
        </>
      ) : (
        <>
          <rect x={x - width / 2} y={y - 9} width={width} height={18} rx={look.includes('recovery') ? 9 : 3} />
          <text x={x} y={y} text-anchor='middle' dominant-baseline='central'>
            {words}
          </text>
        </>
      )}
    </g>
  )
}

/** The packets on their way at the cursor. */
function wayfarers(run: RunModel, at: number): readonly Wayfarer[] {
  const { messages, endpoints } = run
  const name = (place: number): string => endpoints[place]?.name ?? ''
  return underWay(messages, at, MOST_PACKETS).map((message) => {
    const [sent, end, flags] = [messages.sentAt[message]!, messages.endAt[message]!, messages.flags[message]!]
    const kind = messageKinds[messages.kind[message]!]!
    const look = kind === 'data' ? 'data' : (flags & RECOVERY) === 0 ? 'ordinary' : 'recovery'
    return {
      message,
      kind,
      look: (flags & LOST) === 0 ? look : `${look} lost`,
      from: name(messages.from[message]!),
      to: name(messages.to[message]!),
      share: (at - sent) / Math.max(1, end - sent),
    }
  })
}

export function Topology(): JSX.Element {
  const { ref, size } = useBoxSize()
  const run = model.value
  const at = cursor.value
  const { width, height } = size.value
  const scale = Math.min(LARGEST, Math.max(1, Math.min(width / ROOMY.width, height / ROOMY.height)))
  return (
    <div class='topology' data-view='topology'>
      <div class='topology-room' ref={ref} tabIndex={0} role='region' aria-label='Topology'>
        {run !== undefined && width > 0 && <Drawing run={run} at={at} scale={scale} room={size.value} />}
      </div>
      {run !== undefined && <Foot run={run} at={at} />}
    </div>
  )
}

interface DrawingProps {
  readonly run: RunModel
  readonly at: number
  readonly scale: number
  readonly room: { readonly width: number; readonly height: number }
}

function Drawing({ run, at, scale, room }: DrawingProps): JSX.Element {
  const standing = standingAt(run, at)
  const layout = topologyLayout(run, {
    room: { width: room.width / scale - 2, height: room.height / scale - 2 },
    first: run.lanes[chosenLane.value]?.group.split(' ⇄ ') ?? [],
    replicas: Math.max(...[...standing.values()].map(({ replicas }) => replicas.size)),
  })
  const queues = queuesAt(run, at)
  return (
    <svg
      viewBox={`0 0 ${String(layout.width)} ${String(layout.height)}`}
      width={layout.width * scale}
      height={layout.height * scale}
      class={layout.links.length > MANY ? 'many' : ''}
      role='group'
      aria-label={`Endpoints and links at ${formatInstant(at, 6)}`}
    >
      {layout.links.map((link) => (
        <Link key={link.ends.join(' ')} link={link} />
      ))}
      {layout.boxes.map((box) => (
        <Endpoint key={box.name} box={box} standing={standing.get(box.name)} queues={queues} run={run} />
      ))}
      {packetPlaces(wayfarers(run, at), layout.links).map((place) => (
        <Packet key={place.message} run={run} place={place} />
      ))}
    </svg>
  )
}

function Foot({ run, at }: { readonly run: RunModel; readonly at: number }): JSX.Element {
  const count = underWay(run.messages, at, MOST_PACKETS).length
  const packets = `${String(count)}${count === MOST_PACKETS ? ' and more' : ''} packets under way`
  return <p class='muted foot'>{[formatInstant(at, 6), packets, `${String(run.endpoints.length)} endpoints`].join(' · ')}</p>
}
