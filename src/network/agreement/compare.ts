import type { Id, Note } from '../node.js'
import { sameValue, type Value } from './body.js'
import { charge, type Docket } from './docket.js'

/** What one participant says that another one told it. */
export interface Claim {
  readonly from: Id
  readonly story: Value
}

/**
 * Judges `agent` by what it told me (null: nothing) and by what others say that it told them.
 *
 * Without signatures an accusation may be a lie, but at most f can lie. If at least f + 1 others heard a story other than s, then
 * one of them is honest, so an honest participant heard something other than s. If that is so for every story s, honest
 * participants heard at least two: the agent is guilty ('equivocated'). What I heard I know, so then s = mine alone matters.
 * No honest agent is ever convicted: all honest participants heard the same of it, and the f others are too few. Every agent that
 * tells two honest participants different things is convicted by someone, where n >= 3f + 1 and all compare: of the stories,
 * one was heard by the fewest honest participants, by at most half of the 2f + 1 or more, and those face f + 1 honest others.
 * Fewer contradictions are a 'suspicion' of the pair: one of the two is lying, and nobody can say which.
 */
export function judge(docket: Docket, notes: Note[], agent: Id, mine: Value | null, claims: readonly Claim[], f: number): void {
  const contrary = mine === null ? leastContrary(claims) : claims.filter(({ story }) => !sameValue(story, mine))
  if (contrary.length > f) {
    const stories = mine === null ? claims : [{ from: 'myself', story: mine }, ...contrary]
    const detail = `told at least two stories: ${contrary.length} others contradict ${mine === null ? 'any one' : 'what it told me'}`
    charge(docket, notes, { kind: 'equivocated', agent, detail, data: stories })
    return
  }
  if (mine === null) return
  for (const { from, story } of contrary) {
    const detail = `${from} says that it was told another story: one of the two lies`
    charge(docket, notes, {
      kind: 'suspicion',
      agent,
      accuser: from,
      detail,
      data: [
        { from: 'myself', story: mine },
        { from, story },
      ],
    })
  }
}

/** The claims against the story that most heard: against every other story there are at least as many. */
function leastContrary(claims: readonly Claim[]): readonly Claim[] {
  let least = claims
  for (const { story } of claims) {
    const contrary = claims.filter(other => !sameValue(other.story, story))
    if (contrary.length < least.length) least = contrary
  }
  return least
}
