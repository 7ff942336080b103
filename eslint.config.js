// Lint rules. They are about faults: wrong types, forgotten promises, falsy zeros, and anything that would make two runs of one
// seed differ. Size limits keep files readable. Layout of the text is checked by test/tidy.test.ts, not here.

import eslint from '@eslint/js'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** Everything in the language or its hosts whose value depends on when, where or how often the program runs. */
const ambientGlobals = [
  ['Date', 'the run has no wall clock: take `now: Nanos` as an argument'],
  ['performance', 'the run has no wall clock: measure in sim/cli or bench'],
  ['setTimeout', 'ask the kernel for a timer, or expose a deadline'],
  ['setInterval', 'ask the kernel for a timer, or expose a deadline'],
  ['setImmediate', 'ask the kernel for a timer, or expose a deadline'],
  ['queueMicrotask', 'the simulation is synchronous'],
  ['process', 'Node belongs to sim/cli and sim/udp'],
  ['Buffer', 'octets are Uint8Array'],
  ['require', 'Node belongs to sim/cli and sim/udp'],
  ['crypto', 'randomness comes from a named stream of the run'],
  ['Intl', 'text must not depend on the locale'],
  ['WeakRef', 'garbage collection must not decide anything'],
  ['FinalizationRegistry', 'garbage collection must not decide anything'],
  ['console', 'the trace is the only output of a run'],
  ['fetch', 'the simulation touches no network'],
  ['window', 'the DOM belongs to web'],
  ['document', 'the DOM belongs to web'],
  ['navigator', 'the DOM belongs to web'],
  ['globalThis', 'nothing ambient inside the simulation'],
].map(([name, message]) => ({ name, message }))

/** Functions of Math that the language defines to the last bit, and its constants. */
const exactMath = 'abs|ceil|floor|round|trunc|sign|min|max|sqrt|imul|clz32|fround|E|PI|LN2|LN10|LOG2E|LOG10E|SQRT1_2|SQRT2'

/** Constructions whose result the language leaves to the engine or to the locale. */
const engineDependent = [
  {
    selector: `MemberExpression[object.name="Math"][computed=false][property.name!=/^(${exactMath})$/]`,
    message: 'engines disagree about the last bit of this function, or it is random: use sim/base/math.ts or a named stream',
  },
  {
    selector: 'MemberExpression[object.name="Math"][computed=true]',
    message: 'name the Math function, so that this rule can judge it',
  },
  {
    selector: 'VariableDeclarator[init.name="Math"]',
    message: 'call Math functions by their full name, so that this rule can judge them',
  },
  {
    selector: ':matches(BinaryExpression[operator="**"], AssignmentExpression[operator="**="])',
    message: 'engines disagree about the last bit of **: multiply, or use sim/base/math.ts',
  },
  {
    selector: 'MemberExpression[property.name=/^(localeCompare|toLocale\\w+)$/]',
    message: 'the answer depends on the locale',
  },
]

const notIndexed = 'TSNonNullExpression[expression.type!="MemberExpression"]'

/** An index is usually known to be in bounds by the loop around it; anything else that may be missing has to be looked at. */
const uncheckedNonNull = [
  {
    selector: `:matches(${notIndexed}, TSNonNullExpression[expression.computed=false])`,
    message: '`!` is for indexed access known to be in bounds; elsewhere handle undefined or assert()',
  },
]

const syntaxEverywhere = [
  ...uncheckedNonNull,
  { selector: 'ForInStatement', message: 'use Object.entries or a Map' },
  { selector: 'TSEnumDeclaration', message: 'use a union of strings' },
]

const typed = {
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
  '@typescript-eslint/no-import-type-side-effects': 'error',
  '@typescript-eslint/strict-boolean-expressions': ['error', { allowString: false, allowNumber: false }],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/require-array-sort-compare': ['error', { ignoreStringArrays: true }],
  '@typescript-eslint/prefer-readonly': 'error',
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all' }],
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
  '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
  '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'only-allowed-literals' }],
  // Replaced by `uncheckedNonNull`, which lets indexed access through.
  '@typescript-eslint/no-non-null-assertion': 'off',
  // Matters of taste.
  '@typescript-eslint/no-unnecessary-type-arguments': 'off',
  // There are no enums here.
  '@typescript-eslint/no-unsafe-enum-assignment': 'off',
  '@typescript-eslint/no-misused-spread': 'off',
  // A generic used once can still say what a caller gets back.
  '@typescript-eslint/no-unnecessary-type-parameters': 'off',
  'no-restricted-syntax': ['error', ...syntaxEverywhere],
}

const plain = {
  eqeqeq: 'error',
  'no-self-compare': 'error',
  'no-template-curly-in-string': 'error',
  'no-unmodified-loop-condition': 'error',
  'no-unreachable-loop': 'error',
  'no-promise-executor-return': 'error',
  'no-sequences': 'error',
  'no-var': 'error',
  'prefer-const': 'error',
}

const sizes = {
  'max-lines': ['error', 500],
  'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
  'max-params': ['error', 4],
  'max-depth': ['error', 4],
  // A switch counts once: a dispatch over many cases is still one decision.
  complexity: ['error', { max: 15, variant: 'modified' }],
}

const typescriptFiles = ['**/*.ts', '**/*.tsx']

export default defineConfig(
  { ignores: ['dist/', 'coverage/', 'node_modules/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },
  eslint.configs.recommended,
  { rules: plain },
  {
    files: typescriptFiles,
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: { ...typed, ...sizes },
  },
  {
    files: ['sim/**/*.ts'],
    ignores: ['sim/cli/**', 'sim/udp/**'],
    rules: {
      'no-restricted-globals': ['error', ...ambientGlobals],
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^node:', message: 'Node belongs to sim/cli and sim/udp' }] },
      ],
      'no-restricted-syntax': ['error', ...syntaxEverywhere, ...engineDependent],
    },
  },
  {
    // A describe block is a list of tests, not a function to be understood as one.
    files: ['test/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', 'no-template-curly-in-string': 'off' },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      ecmaVersion: 2023,
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', setTimeout: 'readonly', Buffer: 'readonly' },
    },
    rules: sizes,
  },
)
