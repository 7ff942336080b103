// Types of build-web.mjs for the tests that need the page.

export function buildWeb(): Promise<void>
