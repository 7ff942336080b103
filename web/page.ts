// The explorer, once its worker is on the way: first the question, which the worker answers while the page is drawn for the first time.

import { h, render } from 'preact'
import { App } from './app.tsx'
import { listenToKeys } from './keys.ts'
import { checkDigests, followAddress, open } from './opening.ts'
import { beginPlayback } from './playback.ts'
import { beginSession } from './session.ts'
import { fetchViews } from './views/lazily.tsx'

beginSession()
void open().then(followAddress)
checkDigests()
beginPlayback()
listenToKeys()
render(h(App, null), document.body)
fetchViews()
