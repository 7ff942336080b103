// The dialogs: help with all keys, sharing, export.

import { signal, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { LONGEST_HASH } from '../../sim/run/explorer-link.ts'
import { hashOf } from '../address.ts'
import { keyTable } from '../keys.ts'
import { present } from '../opening.ts'
import { exportRun } from '../session.ts'
import type { ExportFormat } from '../run/protocol.ts'
import { dialog, dockTab, inquiry, model } from '../state.ts'
import { Icon } from './icons.tsx'
import { commandLine } from './command-line.ts'
import { download } from './download.ts'
import { pictureOf, type PictureView } from './pictures.ts'

function close(): void {
  dialog.value = undefined
}

function Dialog({
  title,
  children,
}: {
  readonly title: string
  readonly children: JSX.Element | readonly JSX.Element[]
}): JSX.Element {
  const box = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    box.current?.showModal()
  }, [])
  return (
    <dialog ref={box} aria-label={title} onClose={close} onCancel={close}>
      <div class='dialog-head'>
        <h2>{title}</h2>
        <button type='button' class='tool' aria-label='Close' onClick={close}>
          <Icon name='close' />
        </button>
      </div>
      {children}
    </dialog>
  )
}

const keyWords: Readonly<Record<string, string>> = {
  ' ': 'Space',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
}

function Help(): JSX.Element {
  return (
    <Dialog title='Keys'>
      <div class='keys'>
        {keyTable.map(({ keys, words }) => (
          <div key={words}>
            <span>
              {keys.map((key) => (
                <kbd key={key}>{keyWords[key] ?? key}</kbd>
              ))}
            </span>
            <span>{words}</span>
          </div>
        ))}
      </div>
      <p class='hint'>
        Wheel, pinch or double click zooms the timelines at the pointer, dragging moves them, Shift and wheel scrolls. Right
        button or menu key on a message, a tunnel or an endpoint intervenes there: the same run with one more fault.
      </p>
    </Dialog>
  )
}

const shareHash = signal<string | undefined>(undefined)

function Share(): JSX.Element {
  const shown = present()
  useEffect(() => {
    shareHash.value = undefined
    if (shown !== undefined)
      void hashOf(shown).then((hash) => {
        shareHash.value = hash
      })
  }, [])
  const hash = shareHash.value
  const address = `${location.origin}${location.pathname}#${hash ?? ''}`
  const long = hash !== undefined && hash.length > LONGEST_HASH
  return (
    <Dialog title='Share this view'>
      {shown === undefined ? (
        <p>A trace read from a file has no address: pass the file on, or run its scenario here first.</p>
      ) : long ? (
        <p>This scenario is too long for an address ({hash.length} characters). Save its text and pass the file on.</p>
      ) : (
        <>
          <p>Whoever opens it sees this very run, at this instant, with this selection. The digest in it is checked.</p>
          <input
            id='share-address'
            class='wide'
            readOnly
            value={address}
            aria-label='Address'
            onFocus={(event) => {
              event.currentTarget.select()
            }}
          />
          <div class='row'>
            <CopyButton text={address} words='Copy' />
            <span class='muted'>{`${String(address.length)} characters`}</span>
          </div>
        </>
      )}
      <h3>The command that repeats the run</h3>
      <CommandLine />
    </Dialog>
  )
}

/** Says whether it copied: pages that did not come over HTTPS or from this machine may have no clipboard. */
function CopyButton({ text, words }: { readonly text: string; readonly words: string }): JSX.Element {
  const outcome = useSignal('')
  return (
    <span class='row'>
      <button
        type='button'
        onClick={() => {
          const copied = 'clipboard' in navigator ? navigator.clipboard.writeText(text) : Promise.reject(new Error('no clipboard'))
          copied.then(
            () => {
              outcome.value = 'copied'
            },
            () => {
              outcome.value = 'this browser does not let the page copy: mark the text and copy it by hand'
            },
          )
        }}
      >
        {words}
      </button>
      <span class='muted' role='status'>
        {outcome.value}
      </span>
    </span>
  )
}

function CommandLine(): JSX.Element {
  const run = model.value
  const line = run === undefined ? '' : commandLine(inquiry.value, run.origin)
  return (
    <>
      <pre class='command' tabIndex={0}>
        {line}
      </pre>
      <CopyButton text={line} words='Copy the command' />
    </>
  )
}

const working = signal<string | undefined>(undefined)
const formats: readonly (readonly [ExportFormat, string])[] = [
  ['pcapng', 'Packets for Wireshark and tshark (pcapng)'],
  ['jsonl', 'Every record (JSON Lines)'],
  ['perfetto', 'Trace for ui.perfetto.dev (JSON)'],
  ['mermaid', 'Sequence diagram (Mermaid)'],
  ['yaml', 'Scenario with all changes (YAML)'],
]

function save(format: ExportFormat): void {
  working.value = format
  exportRun(format).then(
    ({ name, blob }) => {
      working.value = undefined
      download(blob, name)
    },
    (error: unknown) => {
      working.value = `failed: ${String(error)}`
    },
  )
}

const pictured: readonly PictureView[] = ['ladder', 'machines', 'topology', 'metrics']

function Export(): JSX.Element {
  const shown = pictured.find((view) => view === dockTab.value)
  const views: readonly PictureView[] = shown === undefined ? ['timelines'] : ['timelines', shown]
  return (
    <Dialog title='Export'>
      <div class='exports'>
        {formats.map(([format, words]) => (
          <button
            key={format}
            type='button'
            data-format={format}
            onClick={() => {
              save(format)
            }}
          >
            {words}
          </button>
        ))}
        {views.flatMap((view) =>
          (['svg', 'png'] as const).map((kind) => (
            <button
              key={view + kind}
              type='button'
              data-format={`${view}-${kind}`}
              onClick={() => {
                void pictureOf(view, kind).then((blob) => {
                  download(blob, `${view}.${kind}`)
                })
              }}
            >
              {`Picture of the ${view} (${kind.toUpperCase()})`}
            </button>
          )),
        )}
      </div>
      {working.value === undefined ? <span /> : <p class='muted'>{working.value}…</p>}
      <h3>The command that repeats the run</h3>
      <CommandLine />
    </Dialog>
  )
}

export function Dialogs(): JSX.Element | null {
  switch (dialog.value) {
    case 'help':
      return <Help />
    case 'share':
      return <Share />
    case 'export':
      return <Export />
    default:
      return null
  }
}
