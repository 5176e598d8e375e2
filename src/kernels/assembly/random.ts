import { exp, log } from './elementary'

// Random draws inside kernels: xoshiro256++ (Blackman & Vigna 2019) on a state of four u64 that the caller seeds, and normals by
// the ziggurat of 256 layers (Marsaglia & Tsang 2000; Doornik 2005).

/** The next 64 bits of the state at `s`. */
// @ts-ignore: decorator
@inline
export function nextBits(s: usize): u64 {
  const s0 = load<u64>(s)
  let s1 = load<u64>(s, 8)
  let s2 = load<u64>(s, 16)
  let s3 = load<u64>(s, 24)
  const result = rotl<u64>(s0 + s3, 23) + s0
  const shifted = s1 << 17
  s2 ^= s0
  s3 ^= s1
  s1 ^= s2
  store<u64>(s, s0 ^ s3)
  store<u64>(s, s1, 8)
  store<u64>(s, s2 ^ shifted, 16)
  store<u64>(s, rotl<u64>(s3, 45), 24)
  return result
}

/** Uniform on the open interval (0, 1), 52 bits. */
// @ts-ignore: decorator
@inline
export function nextUniform(s: usize): f64 {
  return reinterpret<f64>((nextBits(s) >>> 12) | 0x3ff0000000000000) - 0.99999999999999988897769753748
}

const LAYERS: i32 = 256
// The right end of the base layer and the area of each layer, for 256 layers (Doornik 2005, table 1).
const R: f64 = 3.6541528853610088
const AREA: f64 = 0.00492867323399

// x_0 .. x_256 (x_0 is the base's virtual width), then exp(-x_i^2 / 2).
const layers: usize = memory.data(8 * 2 * (LAYERS + 1), 16)
let ready: bool = false

function buildLayers(): void {
  const density = layers + 8 * (LAYERS + 1)
  let f = exp(-0.5 * R * R)
  store<f64>(layers, AREA / f)
  store<f64>(layers + 8, R)
  store<f64>(layers + 8 * LAYERS, 0)
  for (let i = 2; i < LAYERS; i++) {
    const previous = load<f64>(layers + 8 * (i - 1))
    const x = sqrt(-2 * log(AREA / previous + f))
    f = exp(-0.5 * x * x)
    store<f64>(layers + 8 * i, x)
  }
  for (let i = 0; i <= LAYERS; i++) {
    const x = load<f64>(layers + 8 * i)
    store<f64>(density + 8 * i, exp(-0.5 * x * x))
  }
  ready = true
}

/** A standard normal draw. */
// @ts-ignore: decorator
@inline
export function nextNormal(s: usize): f64 {
  if (!ready) buildLayers()
  const bits = nextBits(s)
  const layer = layers + (((<usize>bits) & 255) << 3)
  // 53 bits above the layer's eight and the sign's one, uniform on (-1, 1).
  const x = <f64>(<i64>bits >> 11) * 2.220446049250313e-16 * load<f64>(layer)
  if (abs(x) < load<f64>(layer, 8)) return x
  return slowNormal(s, bits, x)
}

function slowNormal(s: usize, first: u64, candidate: f64): f64 {
  let bits = first
  let x = candidate
  while (true) {
    const layer = layers + (((<usize>bits) & 255) << 3)
    if (abs(x) < load<f64>(layer, 8)) return x
    if ((bits & 255) == 0) return tail(s, x < 0)
    const outer = load<f64>(layer, 8 * (LAYERS + 1))
    const inner = load<f64>(layer, 8 * (LAYERS + 2))
    if (outer + nextUniform(s) * (inner - outer) < exp(-0.5 * x * x)) return x
    bits = nextBits(s)
    x = <f64>(<i64>bits >> 11) * 2.220446049250313e-16 * load<f64>(layers + (((<usize>bits) & 255) << 3))
  }
}

/** Beyond R: Marsaglia's (1964) exponential rejection. */
function tail(s: usize, negative: bool): f64 {
  while (true) {
    const x = -log(nextUniform(s)) / R
    const y = -log(nextUniform(s))
    if (y + y > x * x) return negative ? -(R + x) : R + x
  }
}

/** Fills `out` with `count` draws: uniform (which = 0) or standard normal (1). */
export function fillDraws(which: i32, state: usize, out: usize, count: i32): void {
  for (let i = 0; i < count; i++) store<f64>(out + ((<usize>i) << 3), which == 0 ? nextUniform(state) : nextNormal(state))
}
