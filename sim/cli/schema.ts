// `l2tpsim schema`: the JSON Schema of scenario files, for editors.

import type { Command } from 'commander'
import { scenarioJsonSchema } from '../scenario/json-schema.ts'
import { EXIT, type Shell } from './shell.ts'

const EXAMPLES = `
Example: completion and checks in editors that know yaml-language-server
  $ l2tpsim schema > scenario.schema.json
  and as the first line of a scenario: # yaml-language-server: $schema=scenario.schema.json`

/** Adds the command; `done` takes the exit status. */
export function defineSchema(program: Command, shell: Shell, done: (status: number) => void): void {
  program
    .command('schema')
    .summary('print the JSON Schema of scenario files')
    .description('Prints the JSON Schema of scenario files.')
    .addHelpText('after', EXAMPLES)
    .action(() => {
      shell.stdout.write(`${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`)
      done(EXIT.held)
    })
}
