// `npm start`: tells the story of the default scenario, then serves the explorer. On a terminal it serves until Ctrl-C. Without one it ends
// when nobody has asked for anything for half a minute, and under continuous integration (CI is set) it serves nothing, so that it never
// keeps a machine waiting.

import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { buildWeb } from './build-web.mjs'

const root = dirname(import.meta.dirname)
const command = join(root, 'bin/l2tpsim.js')
const scenario = 'scenarios/failover/lns-control-failure.yaml'

function l2tpsim(...words) {
  return spawnSync(process.execPath, [command, ...words], { cwd: root, stdio: 'inherit' }).status ?? 1
}

const status = l2tpsim('run', scenario)
const isWatched = process.stdout.isTTY === true
const { CI = '' } = process.env
if (status !== 0 || (CI !== '' && CI !== 'false' && CI !== '0')) {
  if (status === 0) console.log('\nThe explorer shows this run in a browser: npx l2tpsim view')
  process.exitCode = status
} else {
  await buildWeb()
  console.log(`\nThe same run in your browser${isWatched ? ' (Ctrl-C ends this)' : ''}:`)
  // Ctrl-C reaches the server as well, which is an ordinary way to end.
  process.on('SIGINT', () => undefined)
  process.exitCode = l2tpsim('view', ...(isWatched ? [] : ['--idle-exit', '30']))
}
