/** Stops on a bug of ours. Never used for bad input (a SwarmvarError) or for a misbehaving agent (a note). */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`internal error, please report it: ${message}`)
}
