// The command line, and scenario files run as scripts.
export { runIfMain } from './script.js'
