// What the compiler's parser says about each source file: imports, exports, comments, matters of style. Syntax only, no types, so
// that a thousand files are read in about a second.

import { posix } from 'node:path'
import ts from 'typescript'
import { isCode, type SourceFile } from './repository.ts'

export interface Import {
  /** As written. */
  readonly specifier: string
  /** The repository path it names, for relative specifiers. */
  readonly target: string | undefined
  /** Names taken from it; `*` when all are. */
  readonly names: readonly string[]
  /** Erased by the compiler. */
  readonly typeOnly: boolean
  readonly line: number
}

export interface Export {
  readonly name: string
  readonly type: boolean
  readonly line: number
  /** Whether the file itself uses it elsewhere. */
  readonly usedHere: boolean
}

export interface Passage {
  readonly text: string
  readonly line: number
}

export interface Module {
  readonly path: string
  readonly imports: readonly Import[]
  readonly exports: readonly Export[]
  readonly comments: readonly Passage[]
  /** What follows the dot in `test.each`, `describe.concurrent` and the like. */
  readonly testModifiers: readonly Passage[]
  /** Lines on which a statement ends in a semicolon. */
  readonly semicolons: readonly number[]
  /** Lines with a double-quoted string that needs no double quotes. */
  readonly doubleQuotes: readonly number[]
}

export function parseModules(files: readonly SourceFile[]): readonly Module[] {
  return files.filter((file) => isCode(file.path)).map(parseModule)
}

interface Draft {
  readonly source: ts.SourceFile
  readonly path: string
  readonly imports: Import[]
  readonly exports: { name: string; type: boolean; line: number }[]
  readonly testModifiers: Passage[]
  readonly semicolons: number[]
  readonly doubleQuotes: number[]
  readonly identifiers: Map<string, number>
}

function parseModule(file: SourceFile): Module {
  const kind = file.path.endsWith('x') ? ts.ScriptKind.TSX : undefined
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2023, false, kind)
  const draft: Draft = {
    source,
    path: file.path,
    imports: [],
    exports: [],
    testModifiers: [],
    semicolons: [],
    doubleQuotes: [],
    identifiers: new Map(),
  }
  source.statements.forEach((statement) => { readTopLevel(draft, statement) })
  visit(draft, source)
  return {
    path: file.path,
    imports: draft.imports,
    exports: draft.exports.map((found) => ({ ...found, usedHere: (draft.identifiers.get(found.name) ?? 0) > 1 })),
    comments: commentsOf(file.text),
    testModifiers: draft.testModifiers,
    semicolons: draft.semicolons,
    doubleQuotes: draft.doubleQuotes,
  }
}

function lineOf(draft: Draft, position: number): number {
  return draft.source.getLineAndCharacterOfPosition(position).line + 1
}

function startLine(draft: Draft, node: ts.Node): number {
  return lineOf(draft, node.getStart(draft.source))
}

function addImport(draft: Draft, at: ts.Node, specifier: string, taken: Pick<Import, 'names' | 'typeOnly'>): void {
  const relative = specifier.startsWith('.')
  const target = relative ? posix.join(posix.dirname(draft.path), specifier.replace(/\?.*$/, '')) : undefined
  draft.imports.push({ specifier, target, ...taken, line: startLine(draft, at) })
}

// Imports and exports.

function readTopLevel(draft: Draft, statement: ts.Statement): void {
  if (ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier)) {
    addImport(draft, statement, statement.moduleSpecifier.text, namesImported(statement.importClause))
  } else if (ts.isExportDeclaration(statement)) {
    readExportDeclaration(draft, statement)
  } else if (ts.canHaveModifiers(statement)) {
    const exported = ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)
    if (exported === true) readExportedDeclaration(draft, statement)
  }
}

function namesImported(clause: ts.ImportClause | undefined): Pick<Import, 'names' | 'typeOnly'> {
  if (clause === undefined) return { names: [], typeOnly: false }
  const wholeTypeOnly = clause.phaseModifier === ts.SyntaxKind.TypeKeyword
  const bindings = clause.namedBindings
  const elements = bindings !== undefined && ts.isNamedImports(bindings) ? [...bindings.elements] : []
  const names = elements.map((element) => (element.propertyName ?? element.name).text)
  if (clause.name !== undefined) names.push('default')
  if (bindings !== undefined && ts.isNamespaceImport(bindings)) names.push('*')
  const allTypes = clause.name === undefined && elements.length > 0 && elements.every((element) => element.isTypeOnly)
  return { names, typeOnly: wholeTypeOnly || allTypes }
}

/** `export { a } from './b.ts'` takes from another file; a name passed on that way is not this file's own. */
function readExportDeclaration(draft: Draft, statement: ts.ExportDeclaration): void {
  const clause = statement.exportClause
  const elements = clause !== undefined && ts.isNamedExports(clause) ? [...clause.elements] : []
  if (statement.moduleSpecifier !== undefined && ts.isStringLiteral(statement.moduleSpecifier)) {
    const names = elements.length > 0 ? elements.map((element) => (element.propertyName ?? element.name).text) : ['*']
    addImport(draft, statement, statement.moduleSpecifier.text, { names, typeOnly: statement.isTypeOnly })
    return
  }
  for (const element of elements) {
    const type = statement.isTypeOnly || element.isTypeOnly
    draft.exports.push({ name: element.name.text, type, line: startLine(draft, element) })
  }
}

function readExportedDeclaration(draft: Draft, statement: ts.Statement): void {
  const line = startLine(draft, statement)
  if (ts.isVariableStatement(statement)) {
    for (const { name } of statement.declarationList.declarations) {
      if (ts.isIdentifier(name)) draft.exports.push({ name: name.text, type: false, line })
    }
    return
  }
  const type = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)
  if (type || ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
    if (statement.name !== undefined) draft.exports.push({ name: statement.name.text, type, line })
  }
}

// Everything else, in one walk.

function visit(draft: Draft, node: ts.Node): void {
  if (ts.isIdentifier(node)) draft.identifiers.set(node.text, (draft.identifiers.get(node.text) ?? 0) + 1)
  else if (ts.isStringLiteral(node)) readQuotes(draft, node)
  else if (ts.isCallExpression(node)) readCall(draft, node)
  else if (ts.isPropertyAccessExpression(node)) readProperty(draft, node)
  else if (ts.isImportTypeNode(node)) readImportType(draft, node)
  else if (ts.isNewExpression(node)) readUrl(draft, node)
  if (endsInSemicolon(draft, node)) draft.semicolons.push(lineOf(draft, node.end))
  ts.forEachChild(node, (child) => { visit(draft, child) })
}

/** A semicolon that opens a line guards the bracket after it; the parser counts it with the statement before. */
function endsInSemicolon(draft: Draft, node: ts.Node): boolean {
  const { text } = draft.source
  if (text.charCodeAt(node.end - 1) !== 0x3b) return false
  const before = text.slice(text.lastIndexOf('\n', node.end - 2) + 1, node.end - 1)
  if (before.trim() === '') return false
  return (ts.isStatement(node) && node.kind !== ts.SyntaxKind.EmptyStatement) || ts.isPropertyDeclaration(node)
}

function readQuotes(draft: Draft, node: ts.StringLiteral): void {
  const start = node.getStart(draft.source)
  if (draft.source.text.startsWith('"', start) && !node.text.includes("'")) draft.doubleQuotes.push(lineOf(draft, start))
}

/** `new URL('./worker.mjs', import.meta.url)` names a module that is loaded another way. */
function readUrl(draft: Draft, node: ts.NewExpression): void {
  const [path, base] = node.arguments ?? []
  if (path === undefined || base === undefined || !ts.isStringLiteral(path) || !/\.[mc]?[jt]s$/.test(path.text)) return
  if (base.getText(draft.source) === 'import.meta.url') addImport(draft, node, path.text, { names: ['*'], typeOnly: false })
}

function readImportType(draft: Draft, node: ts.ImportTypeNode): void {
  const argument = node.argument
  if (!ts.isLiteralTypeNode(argument) || !ts.isStringLiteral(argument.literal)) return
  const name = node.qualifier !== undefined && ts.isIdentifier(node.qualifier) ? node.qualifier.text : '*'
  addImport(draft, node, argument.literal.text, { names: [name], typeOnly: true })
}

function readCall(draft: Draft, node: ts.CallExpression): void {
  const first = node.arguments[0]
  if (node.expression.kind !== ts.SyntaxKind.ImportKeyword || first === undefined || !ts.isStringLiteral(first)) return
  addImport(draft, node, first.text, { names: ['*'], typeOnly: false })
}

const TEST_CALLS = new Set(['test', 'it', 'describe'])

function readProperty(draft: Draft, node: ts.PropertyAccessExpression): void {
  let root: ts.Expression = node.expression
  while (ts.isPropertyAccessExpression(root)) root = root.expression
  if (!ts.isIdentifier(root) || !TEST_CALLS.has(root.text)) return
  draft.testModifiers.push({ text: node.name.text, line: startLine(draft, node) })
}

/** All comments, found with the scanner so that `//` inside a string, a template or a regular expression is not one. */
function commentsOf(text: string): readonly Passage[] {
  const comments: Passage[] = []
  const scanner = ts.createScanner(ts.ScriptTarget.ES2023, false, ts.LanguageVariant.Standard, text)
  const braces: boolean[] = []
  let previous = ts.SyntaxKind.Unknown
  let line = 1
  let counted = 0
  for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    token = rescan(scanner, token, previous, braces)
    if (token === ts.SyntaxKind.SingleLineCommentTrivia || token === ts.SyntaxKind.MultiLineCommentTrivia) {
      const start = scanner.getTokenStart()
      for (; counted < start; counted++) if (text.charCodeAt(counted) === 10) line++
      comments.push({ text: scanner.getTokenText(), line })
    } else if (token !== ts.SyntaxKind.WhitespaceTrivia && token !== ts.SyntaxKind.NewLineTrivia) {
      previous = token
    }
  }
  return comments
}

/** After one of these a slash divides; after anything else it opens a regular expression. */
const OPERAND_ENDS = new Set([
  ts.SyntaxKind.Identifier,
  ts.SyntaxKind.NumericLiteral,
  ts.SyntaxKind.StringLiteral,
  ts.SyntaxKind.NoSubstitutionTemplateLiteral,
  ts.SyntaxKind.TemplateTail,
  ts.SyntaxKind.CloseParenToken,
  ts.SyntaxKind.CloseBracketToken,
  ts.SyntaxKind.CloseBraceToken,
  ts.SyntaxKind.ThisKeyword,
  ts.SyntaxKind.ExclamationToken,
])

/**
 * The scanner knows no context: the brace that ends a template's `${` and the slash that opens a regular expression have to be
 * scanned again. `braces` remembers which open brace belongs to a template.
 */
function rescan(scanner: ts.Scanner, token: ts.SyntaxKind, previous: ts.SyntaxKind, braces: boolean[]): ts.SyntaxKind {
  switch (token) {
    case ts.SyntaxKind.TemplateHead:
    case ts.SyntaxKind.OpenBraceToken:
      braces.push(token === ts.SyntaxKind.TemplateHead)
      return token
    case ts.SyntaxKind.CloseBraceToken: {
      if (braces.pop() !== true) return token
      const template = scanner.reScanTemplateToken(false)
      if (template === ts.SyntaxKind.TemplateMiddle) braces.push(true)
      return template
    }
    case ts.SyntaxKind.SlashToken:
    case ts.SyntaxKind.SlashEqualsToken:
      return OPERAND_ENDS.has(previous) ? token : scanner.reScanSlashToken()
    default:
      return token
  }
}
