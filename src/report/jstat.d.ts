// The part of jstat that a report draws with; the package brings no types.
declare module 'jstat' {
  export const jStat: { readonly binomial: { cdf(k: number, n: number, p: number): number } }
}
