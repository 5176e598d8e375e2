/** Examples of every way of lying together. */
export const collusions: { readonly [kind: string]: readonly { readonly [name: string]: unknown }[] } = {
  aLittleIsEnough: [{}, { direction: 'overstate' }, { z: 3 }, { z: 3, direction: 'overstate' }],
  adaptive: [{}, { direction: 'overstate', against: 'mean' }, { direction: 'either', against: 'median' }],
  collusion: [
    { lie: { kind: 'bias', riskScale: 0.1 } },
    { lie: { kind: 'equivocation' } },
    { lie: { kind: 'malformed', form: 'descending' } },
    { lie: { kind: 'noise', sd: 2 } },
    { lie: { kind: 'omission', probability: 0.5 } },
    { lie: { kind: 'signFlip' } },
    { lie: { kind: 'silence' } },
    { lie: { kind: 'staleness', lagDays: 3 } },
  ],
  edge: [{}, { direction: 'overstate', inside: 0.3 }, { inside: 0 }],
  mimic: [{}, { of: 'h1' }],
  scaledMean: [{}, { epsilon: 0.1 }, { epsilon: 10 }],
  withinRange: [{}, { direction: 'overstate' }],
}

/** Those that say nothing, or nothing well-formed, at least at times. */
export const isMute = ({ lie }: { readonly [name: string]: unknown }): boolean =>
  ['malformed', 'omission', 'silence'].includes((lie as { kind?: string } | undefined)?.kind ?? '')
