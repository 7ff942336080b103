// What a scenario or study is called, read off its text without parsing it.

export const titleOf = (text: string): string | undefined => /^name:\s*(.+)$/m.exec(text)?.[1]?.replace(/^['"]|['"]$/g, '')
