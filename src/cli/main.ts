#!/usr/bin/env node
import { runProgram } from './program.js'

// `swarmvar fit | head`: whoever reads has had enough, which is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

runProgram(process.argv.slice(2)).then(code => {
  process.exitCode = code
})
