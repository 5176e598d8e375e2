/** What a test says of itself to a reader: plain words, no figures. */
export interface TestCard {
  /** As in reports and exports; also the key of the test in a battery. */
  readonly name: string
  readonly title: string
  /** The null hypothesis in words. */
  readonly null: string
  /** Author, year, equation. */
  readonly source: string
  /** What a reader must know before believing the p-value: the true size, what it is blind to. */
  readonly caution?: string
}
