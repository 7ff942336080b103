// The web page: lists the scenarios that ship, what each shows, and the command that runs it. It runs no simulation itself.

/// <reference types="vite/client" />

const files = import.meta.glob<string>('../scenarios/**/*.yaml', { query: '?raw', import: 'default', eager: true })

/** The comment lines a scenario file opens with, as one paragraph; they say what it shows. */
function openingComment(yaml: string): string {
  const lines = yaml.split('\n')
  const end = lines.findIndex((line) => !line.startsWith('#'))
  return lines
    .slice(0, Math.max(end, 0))
    .filter((line) => !line.startsWith('# yaml-language-server:'))
    .map((line) => line.replace(/^#+ ?/, ''))
    .join(' ')
}

function element(name: string, text: string): HTMLElement {
  const made = document.createElement(name)
  made.textContent = text
  return made
}

const list = document.getElementById('scenarios')
for (const [path, yaml] of Object.entries(files)) {
  const file = path.replace('../', '')
  list?.append(
    element('h2', file),
    element('p', openingComment(yaml)),
    element('pre', `npx l2tpsim run ${file}`),
  )
}
