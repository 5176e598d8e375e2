// VaR and ES of a position by simulation: sampling designs that reduce variance, and estimators with confidence intervals.
export {}
