// Keys and draws: the tree of named random streams, and every non-uniform draw.
export {
  childKey,
  type Key,
  keyFromWords,
  keyWords,
  nextInteger,
  nextUint32,
  nextUniform,
  openStream,
  rootKey,
  type Stream,
} from './base/index.js'
export {
  drawChiSquare,
  drawExponential,
  drawFlatDirichlet,
  drawGamma,
  drawInverseGamma,
  drawNormal,
  drawStudentT,
} from './distributions/index.js'
