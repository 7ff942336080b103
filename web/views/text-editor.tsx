// The scenario as text, with the mistakes that the schema finds marked at their line and column while one types.

import { effect, signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { ShownIssue } from '../run/protocol.ts'
import { checkText, exportRun } from '../session.ts'
import { ask, inquiry } from '../state.ts'
import { download } from './download.ts'

const draft = signal('')
const mistakes = signal<readonly ShownIssue[]>([])

/** A new scenario replaces what is in the editor. */
effect(() => {
  draft.value = inquiry.value.text
  mistakes.value = []
})

let timer: ReturnType<typeof setTimeout> | undefined

function edit(text: string): void {
  draft.value = text
  clearTimeout(timer)
  timer = setTimeout(() => {
    checkText(text, (found) => {
      mistakes.value = found
      if (found.length === 0 && text !== inquiry.peek().text) accept(text)
    })
  }, 250)
}

/** A text without mistakes is run at once. */
function accept(text: string): void {
  const before = inquiry.peek()
  const isFirst = before.shipped !== undefined
  const fileName = isFirst ? before.fileName.replace(/^.*\//, '') : before.fileName
  ask({ ...before, shipped: undefined, fileName, text }, !isFirst)
}

/** Puts the caret where a mistake is. */
function show(area: HTMLTextAreaElement | null, { line, column, width }: ShownIssue): void {
  if (area === null || line === 0) return
  const lines = area.value.split('\n')
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0) + column - 1
  area.focus()
  area.setSelectionRange(start, start + width)
  area.scrollTop = Math.max(0, (line - 4) * 17)
}

export function TextEditor(): JSX.Element {
  const area = useRef<HTMLTextAreaElement>(null)
  const gutter = useRef<HTMLPreElement>(null)
  const lines = draft.value.split('\n')
  const bad = new Set(mistakes.value.map(({ line }) => line))
  useEffect(() => {
    const scroll = (): void => {
      if (gutter.current !== null && area.current !== null) gutter.current.scrollTop = area.current.scrollTop
    }
    area.current?.addEventListener('scroll', scroll)
  }, [])
  return (
    <div class='editor'>
      <div class='editor-tools'>
        <button
          type='button'
          class='tool word'
          title='The scenario with all changes and interventions in it'
          onClick={() => {
            void exportRun('yaml').then(({ name, blob }) => {
              download(blob, name)
            })
          }}
        >
          save with changes
        </button>
        <span class='muted'>{mistakes.value.length === 0 ? 'no mistakes' : `${String(mistakes.value.length)} mistakes`}</span>
      </div>
      <div class='editor-text'>
        <pre ref={gutter} aria-hidden='true'>
          {lines.map((_, i) => (
            <span key={i} class={bad.has(i + 1) ? 'bad' : ''}>{`${String(i + 1)}\n`}</span>
          ))}
        </pre>
        <textarea
          ref={area}
          id='scenario-text'
          aria-label='Scenario as YAML'
          spellcheck={false}
          wrap='off'
          value={draft.value}
          onInput={(event) => {
            edit(event.currentTarget.value)
          }}
        />
      </div>
      <ul class='mistakes' aria-label='Mistakes'>
        {mistakes.value.map((mistake) => (
          <li key={`${String(mistake.line)} ${String(mistake.column)} ${mistake.message}`}>
            <button
              type='button'
              class='link'
              onClick={() => {
                show(area.current, mistake)
              }}
            >
              {mistake.line > 0 && <b>{`${String(mistake.line)}:${String(mistake.column)} `}</b>}
              {mistake.path !== '' && <code>{mistake.path}</code>} {mistake.message}
              {mistake.hint !== '' && <span class='muted'>{`; ${mistake.hint}`}</span>}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
