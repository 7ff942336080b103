// docs/dialogues.md: every dialogue that a test cites stands there, and every scenario that it names ships.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { repositoryFiles } from '../support/repository.ts'
import { shipped } from '../support/shipped.ts'

const document = readFileSync('docs/dialogues.md', 'utf8')
const listed = [...document.matchAll(/^\| (S\d\d) \|/gm)].map((match) => match[1] ?? '')

test('lists each dialogue once, in order', () => {
  expect(listed).toEqual([...new Set(listed)].sort())
})

test('lists every dialogue that a test cites', () => {
  const cited = new Set(repositoryFiles('test').flatMap(({ text }) => [...text.matchAll(/['` ](S\d\d)\b/g)].map((match) => match[1] ?? '')))
  expect(cited.size).toBeGreaterThan(50)
  expect([...cited].filter((id) => !listed.includes(id))).toEqual([])
})

test('names scenarios that ship', () => {
  const names = new Set(shipped.map(({ name }) => name))
  const linked = [...document.matchAll(/\[([\w/-]+)\]\(\.\.\/scenarios\/([\w/-]+)\.yaml\)/g)]
  expect(linked.length).toBeGreaterThan(60)
  for (const [, text = '', target] of linked) expect([text, target, names.has(text)]).toEqual([text, text, true])
})
