// Where the page begins: with the worker, which takes longest to get ready, and then with everything else, whose code is fetched meanwhile.

import './run/first-worker.ts'

void import('./page.ts')
