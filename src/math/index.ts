// Bit-identical elementary and special functions, order statistics, small linear algebra, mode search.
export * from './elementary.js'
export * from './linear.js'
export * from './order.js'
