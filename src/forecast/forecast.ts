/**
 * What one agent or one rule says about the next return. Plain data: it crosses bus, thread and sandbox unchanged.
 * Returns are log returns in percent; VaR and ES are positive losses in the same unit.
 */
export interface Forecast {
  /** Probability levels of the quantiles, strictly ascending, inside (0, 1). */
  readonly levels: Float64Array
  /** Quantiles of the next return at `levels`, ascending. */
  readonly quantiles: Float64Array
  /** Left-tail levels at which expected shortfall is carried; may be empty. Each of them is also one of `levels`. */
  readonly riskLevels: Float64Array
  /** Expected shortfall at `riskLevels`, from the model itself. */
  readonly shortfalls: Float64Array
}

/** Where a model is asked to answer. */
export interface Levels {
  readonly levels: Float64Array
  readonly riskLevels: Float64Array
}
