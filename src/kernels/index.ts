// The hot loops, in AssemblyScript with SIMD, and their loader: one memory a thread, used as a stack.
export {
  doublesAt,
  integersAt,
  kernels,
  type Pointer,
  put,
  putRandomState,
  putRandomWords,
  randomState,
  reserve,
  reserveDoubles,
  scratch,
} from './load.js'
