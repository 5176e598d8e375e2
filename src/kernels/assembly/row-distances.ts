// Distances between the rows of a matrix of reports, n rows padded with zeros to a multiple of 8 columns. Differences are
// squared, never expanded into products, which would cancel where rows are near each other.

/** Columns whose contributions are summed before they join a total: what ten thousand rows' worth of rounding is kept small by. */
const CHUNK: usize = 128 << 3

/**
 * The squared distances of all pairs, row-major n x n with rows padded to `width` doubles (the padding is left as it is). Rows
 * are taken two by four, a chunk of columns at a time; every pair adds up in the same order whichever tile it falls into, so
 * that the matrix is symmetric to the bit.
 */
export function squaredDistances(rows: usize, n: i32, columns: i32, out: usize, width: i32): void {
  const row = (<usize>columns) << 3
  const line = (<usize>width) << 3
  for (let i = 0; i < n; i++) memory.fill(out + line * <usize>i, 0, (<usize>n) << 3)
  for (let from: usize = 0; from < row; from += CHUNK) {
    const bytes = min(CHUNK, row - from)
    for (let i = 0; i < n; i += 2) {
      const i1 = min(i + 1, n - 1)
      for (let j = i; j < n; j += 4) {
        const j1 = min(j + 1, n - 1), j2 = min(j + 2, n - 1), j3 = min(j + 3, n - 1)
        tile(rows + from, row, bytes, i, i1, j, j1, j2, j3)
        const a = out + line * <usize>i
        add(a, j, a0)
        if (j1 > j) add(a, j1, a1)
        if (j2 > j1) add(a, j2, a2)
        if (j3 > j2) add(a, j3, a3)
        if (i1 == i) continue
        const b = out + line * <usize>i1
        add(b, j, b0)
        if (j1 > j) add(b, j1, b1)
        if (j2 > j1) add(b, j2, b2)
        if (j3 > j2) add(b, j3, b3)
      }
    }
  }
  // Above the diagonal all pairs are complete.
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++)
      store<f64>(out + line * <usize>i + ((<usize>j) << 3), load<f64>(out + line * <usize>j + ((<usize>i) << 3)))
  }
}

// What the last tile came to.
let a0: f64 = 0, a1: f64 = 0, a2: f64 = 0, a3: f64 = 0
let b0: f64 = 0, b1: f64 = 0, b2: f64 = 0, b3: f64 = 0

// @ts-ignore: decorator
@inline
function add(line: usize, j: i32, x: f64): void {
  const place = line + ((<usize>j) << 3)
  store<f64>(place, load<f64>(place) + x)
}

// @ts-ignore: decorator
@inline
function both(sum: v128): f64 {
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)
}

// @ts-ignore: decorator
@inline
function square(sum: v128, x: v128, y: v128): v128 {
  const difference = f64x2.sub(x, y)
  return f64x2.add(sum, f64x2.mul(difference, difference))
}

function tile(rows: usize, row: usize, bytes: usize, i0: i32, i1: i32, j0: i32, j1: i32, j2: i32, j3: i32): void {
  let p0 = rows + row * <usize>i0
  let p1 = rows + row * <usize>i1
  let q0 = rows + row * <usize>j0
  let q1 = rows + row * <usize>j1
  let q2 = rows + row * <usize>j2
  let q3 = rows + row * <usize>j3
  const zero = f64x2.splat(0)
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero, t0 = zero, t1 = zero, t2 = zero, t3 = zero
  for (const end = p0 + bytes; p0 < end; ) {
    const x0 = v128.load(p0), x1 = v128.load(p1)
    let y = v128.load(q0)
    s0 = square(s0, x0, y)
    t0 = square(t0, x1, y)
    y = v128.load(q1)
    s1 = square(s1, x0, y)
    t1 = square(t1, x1, y)
    y = v128.load(q2)
    s2 = square(s2, x0, y)
    t2 = square(t2, x1, y)
    y = v128.load(q3)
    s3 = square(s3, x0, y)
    t3 = square(t3, x1, y)
    p0 += 16
    p1 += 16
    q0 += 16
    q1 += 16
    q2 += 16
    q3 += 16
  }
  a0 = both(s0)
  a1 = both(s1)
  a2 = both(s2)
  a3 = both(s3)
  b0 = both(t0)
  b1 = both(t1)
  b2 = both(t2)
  b3 = both(t3)
}

/** The same of ((x before - y before) after), for values whose squares are out of range: two powers of two. */
export function scaledSquaredDistances(
  rows: usize, n: i32, columns: i32, before: f64, after: f64, out: usize, width: i32,
): void {
  const row = (<usize>columns) << 3
  const line = (<usize>width) << 3
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const sum = scaledSquare(rows + row * <usize>i, rows + row * <usize>j, columns, before, after)
      store<f64>(out + line * <usize>i + ((<usize>j) << 3), sum)
      store<f64>(out + line * <usize>j + ((<usize>i) << 3), sum)
    }
  }
}

function scaledSquare(x: usize, y: usize, columns: i32, before: f64, after: f64): f64 {
  let sum: f64 = 0
  for (let k: usize = 0; k < (<usize>columns) << 3; k += 8) {
    const difference = (load<f64>(x + k) * before - load<f64>(y + k) * before) * after
    sum += difference * difference
  }
  return sum
}

/** The distance of each row from `point`, right where its square is out of range. */
export function distancesFrom(rows: usize, n: i32, columns: i32, point: usize, out: usize): void {
  const row = (<usize>columns) << 3
  for (let i = 0; i < n; i++) {
    const x = rows + row * <usize>i
    const zero = f64x2.splat(0)
    let s0 = zero, s1 = zero, s2 = zero, s3 = zero
    for (let k: usize = 0; k < row; k += 64) {
      s0 = square(s0, v128.load(x + k), v128.load(point + k))
      s1 = square(s1, v128.load(x + k, 16), v128.load(point + k, 16))
      s2 = square(s2, v128.load(x + k, 32), v128.load(point + k, 32))
      s3 = square(s3, v128.load(x + k, 48), v128.load(point + k, 48))
    }
    const sum = both(f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3)))
    let distance = sqrt(sum)
    // 2^-600 and 2^600.
    if (sum > 1e280) distance = sqrt(scaledSquare(x, point, columns, 2.409919865102884e-181, 1)) * 4.149515568880993e180
    else if (sum < 1e-260) distance = sqrt(scaledSquare(x, point, columns, 1, 4.149515568880993e180)) * 2.409919865102884e-181
    store<f64>(out + ((<usize>i) << 3), distance)
  }
}

/** The inner product of each row's difference from `point` with `direction`. */
export function projections(rows: usize, n: i32, columns: i32, point: usize, direction: usize, out: usize): void {
  const row = (<usize>columns) << 3
  for (let i = 0; i < n; i++) {
    const x = rows + row * <usize>i
    let s0 = f64x2.splat(0), s1 = s0
    for (let k: usize = 0; k < row; k += 32) {
      s0 = f64x2.add(s0, f64x2.mul(f64x2.sub(v128.load(x + k), v128.load(point + k)), v128.load(direction + k)))
      const y = f64x2.sub(v128.load(x + k, 16), v128.load(point + k, 16))
      s1 = f64x2.add(s1, f64x2.mul(y, v128.load(direction + k, 16)))
    }
    store<f64>(out + ((<usize>i) << 3), both(f64x2.add(s0, s1)))
  }
}
