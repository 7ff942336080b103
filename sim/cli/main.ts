// Entry of the `l2tpsim` command. Ends by itself when all output is written, with the exit status of the command.

import { runProgram } from './program.ts'
import { processShell } from './shell.ts'

process.exitCode = await runProgram(process.argv.slice(2), processShell())
