// Small expressions over named values, as studies use them: conditions between factors (`rtt * 4 < recoveryTime`) and responses made
// of metrics (`sessionsKept / (sessionsKept + sessionsLost)`). Numbers may have units; a value that is missing makes what is computed
// from it missing too, except where the other side of `and` or `or` decides. No assignment, no loops, no access to anything else.

import { bandwidth, duration, packetRate, probability, size } from '../scenario/units.ts'

export type Value = number | string | boolean | null

export type Expression =
  | { readonly type: 'literal'; readonly value: Value }
  | { readonly type: 'name'; readonly name: string; readonly column: number }
  | { readonly type: 'not' | 'negative'; readonly of: Expression }
  | { readonly type: 'binary'; readonly operator: Operator; readonly left: Expression; readonly right: Expression }
  | { readonly type: 'call'; readonly callee: 'min' | 'max'; readonly given: readonly Expression[] }

type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!='
type Operator = Comparison | '+' | '-' | '*' | '/' | 'and' | 'or'

export type ParsedExpression =
  | { readonly ok: true; readonly expression: Expression }
  /** `column` from 1, where in the text. */
  | { readonly ok: false; readonly why: string; readonly column: number }

interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'sign' | 'end'
  readonly text: string
  readonly column: number
}

const NUMBER = /\d+(?:\.\d+)?(?:%|[kMG]?bit\/s|\/(?:s|min)\b|[a-zA-Zµ]+)?/y
const NAME = /[A-Za-z_][\w.]*(?:-[A-Za-z][\w.]*)*/y
const TEXT = /'[^']*'|"[^"]*"/y
const SIGN = /<=|>=|==|!=|[<>+\-*/(),]/y

function tokens(text: string): readonly Token[] | number {
  const found: Token[] = []
  let at = 0
  while (at < text.length) {
    if (/\s/.test(text[at] ?? '')) {
      at++
      continue
    }
    const token = tokenAt(text, at)
    if (token === undefined) return at + 1
    found.push(token)
    at += token.text.length
  }
  return [...found, { kind: 'end', text: '', column: text.length + 1 }]
}

function tokenAt(text: string, at: number): Token | undefined {
  for (const [kind, pattern] of [
    ['number', NUMBER],
    ['text', TEXT],
    ['name', NAME],
    ['sign', SIGN],
  ] as const) {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match !== null) return { kind, text: match[0], column: at + 1 }
  }
  return undefined
}

class SyntaxMistake extends Error {
  readonly column: number

  constructor(why: string, column: number) {
    super(why)
    this.column = column
  }
}

/** Reads an expression. */
export function parseExpression(text: string): ParsedExpression {
  const read = tokens(text)
  if (typeof read === 'number') return { ok: false, why: `\`${text[read - 1] ?? ''}\` is not understood`, column: read }
  try {
    return { ok: true, expression: new Parser(read).whole() }
  } catch (error) {
    if (error instanceof SyntaxMistake) return { ok: false, why: error.message, column: error.column }
    throw error
  }
}

/** Recursive descent, one method for each level of precedence. */
class Parser {
  private readonly tokens: readonly Token[]
  private at = 0

  constructor(read: readonly Token[]) {
    this.tokens = read
  }

  whole(): Expression {
    const expression = this.alternatives()
    if (this.next.kind !== 'end') throw new SyntaxMistake(`\`${this.next.text}\` is not expected here`, this.next.column)
    return expression
  }

  private get next(): Token {
    return this.tokens[this.at]!
  }

  private takes(...texts: readonly string[]): string | undefined {
    const { kind, text } = this.next
    if (kind === 'text' || kind === 'number' || !texts.includes(text)) return undefined
    this.at++
    return text
  }

  private chain(inner: () => Expression, operators: readonly Operator[]): Expression {
    let left = inner()
    for (;;) {
      const operator = this.takes(...operators) as Operator | undefined
      if (operator === undefined) return left
      left = { type: 'binary', operator, left, right: inner() }
    }
  }

  private alternatives(): Expression {
    return this.chain(() => this.chain(() => this.negation(), ['and']), ['or'])
  }

  private negation(): Expression {
    return this.takes('not') === undefined ? this.comparison() : { type: 'not', of: this.negation() }
  }

  private comparison(): Expression {
    const left = this.sum()
    const operator = this.takes('<=', '>=', '==', '!=', '<', '>') as Comparison | undefined
    return operator === undefined ? left : { type: 'binary', operator, left, right: this.sum() }
  }

  private sum(): Expression {
    return this.chain(() => this.chain(() => this.signed(), ['*', '/']), ['+', '-'])
  }

  private signed(): Expression {
    return this.takes('-') === undefined ? this.primary() : { type: 'negative', of: this.signed() }
  }

  private primary(): Expression {
    const token = this.next
    if (this.takes('(') !== undefined) {
      const inner = this.alternatives()
      this.expect(')')
      return inner
    }
    this.at++
    if (token.kind === 'number') return { type: 'literal', value: numberOf(token) }
    if (token.kind === 'text') return { type: 'literal', value: token.text.slice(1, -1) }
    if (token.kind !== 'name' || ['and', 'or', 'not'].includes(token.text)) throw unexpected(token)
    if (token.text === 'true' || token.text === 'false') return { type: 'literal', value: token.text === 'true' }
    return this.next.text === '(' && this.next.kind === 'sign' ? this.call(token) : { ...token, type: 'name', name: token.text }
  }

  private call({ text, column }: Token): Expression {
    if (text !== 'min' && text !== 'max')
      throw new SyntaxMistake(`\`${text}\` is not a function; there are \`min\` and \`max\``, column)
    this.expect('(')
    const given = [this.alternatives()]
    while (this.takes(',') !== undefined) given.push(this.alternatives())
    this.expect(')')
    return { type: 'call', callee: text, given }
  }

  private expect(sign: string): void {
    if (this.takes(sign) === undefined) throw new SyntaxMistake(`\`${sign}\` is expected here`, this.next.column)
  }
}

function unexpected({ kind, text, column }: Token): SyntaxMistake {
  return new SyntaxMistake(kind === 'end' ? 'something is missing at the end' : `\`${text}\` is not expected here`, column)
}

function numberOf({ text, column }: Token): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  for (const quantity of [duration, size, bandwidth, packetRate, probability]) {
    const reading = quantity.read(text)
    if (reading.ok) return reading.value
  }
  throw new SyntaxMistake(`\`${text}\` is not a number with a unit`, column)
}

/** Names that an expression uses, with the column of the first use of each. */
export function namesIn(expression: Expression): ReadonlyMap<string, number> {
  const names = new Map<string, number>()
  const visit = (at: Expression): void => {
    if (at.type === 'name' && !names.has(at.name)) names.set(at.name, at.column)
    else if (at.type === 'binary') [at.left, at.right].forEach(visit)
    else if (at.type === 'call') at.given.forEach(visit)
    else if ('of' in at) visit(at.of)
  }
  visit(expression)
  return names
}

const COMPARISONS: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', '==', '!='])

/** Whether an expression says yes or no, as far as its form tells. */
export function isCondition(expression: Expression): boolean {
  if (expression.type === 'binary') return COMPARISONS.has(expression.operator) || ['and', 'or'].includes(expression.operator)
  return expression.type === 'not' || (expression.type === 'literal' && typeof expression.value === 'boolean')
}

/** The value of an expression; null where something it needs is missing or of the wrong kind. */
export function evaluate(expression: Expression, valueOf: (name: string) => Value): Value {
  switch (expression.type) {
    case 'literal':
      return expression.value
    case 'name':
      return valueOf(expression.name)
    case 'not': {
      const value = evaluate(expression.of, valueOf)
      return typeof value === 'boolean' ? !value : null
    }
    case 'negative': {
      const value = evaluate(expression.of, valueOf)
      return typeof value === 'number' ? -value : null
    }
    case 'call': {
      const values = expression.given.map((given) => evaluate(given, valueOf))
      const numbers = values.filter((value) => typeof value === 'number')
      if (numbers.length < values.length) return null
      return expression.callee === 'min' ? Math.min(...numbers) : Math.max(...numbers)
    }
    case 'binary':
      return combine(expression.operator, evaluate(expression.left, valueOf), evaluate(expression.right, valueOf))
  }
}

/** Of `and` and `or`: the side that decides does so even when the other is missing. */
function decide(left: Value, right: Value, deciding: boolean): Value {
  if (left === deciding || right === deciding) return deciding
  return left === !deciding && right === !deciding ? !deciding : null
}

/** What is missing stays missing, unless the other side decides. */
function combine(operator: Operator, left: Value, right: Value): Value {
  if (operator === 'and') return decide(left, right, false)
  if (operator === 'or') return decide(left, right, true)
  if (left === null || right === null) return null
  if (operator === '==') return left === right
  if (operator === '!=') return left !== right
  return typeof left === 'number' && typeof right === 'number' ? compute(operator, left, right) : null
}

function compute(operator: Operator, left: number, right: number): Value {
  switch (operator) {
    case '<':
      return left < right
    case '<=':
      return left <= right
    case '>':
      return left > right
    case '>=':
      return left >= right
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    default:
      return right === 0 ? null : left / right
  }
}
