// Types of zoo-document.mjs, for the test that reads its text.

export function zooDocument(
  rows: readonly object[],
  options: { readonly strategies: readonly string[]; readonly limit: number; readonly deep: number },
): string
