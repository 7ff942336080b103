// The explorer: where the page begins.

import { h, render } from 'preact'
import { App } from './app.tsx'
import { listenToKeys } from './keys.ts'
import { followAddress, open } from './opening.ts'
import { beginPlayback } from './playback.ts'
import { beginSession } from './session.ts'

beginSession()
void open().then(followAddress)
beginPlayback()
listenToKeys()
render(h(App, null), document.body)
