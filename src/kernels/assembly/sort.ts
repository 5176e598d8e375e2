// Sorting with an index: a stable radix sort (least significant digit first, 8 bits a pass) on the bits of the doubles.

const DIGITS: i32 = 256
const counts: usize = memory.data(4 * 4 * DIGITS, 16)

/** The bits of a double that is not NaN, mapped so that unsigned order is numeric order; -0 and 0 are the same. */
// @ts-ignore: decorator
@inline
function orderedBits(x: f64): u64 {
  const bits = reinterpret<i64>(x + 0.0)
  return bits ^ ((bits >> 63) | 0x8000000000000000)
}

/** Sorts `count` words by their upper 32 bits; words of equal bits keep their order. `spare` is as long as `words`. */
function sortByUpperHalf(words: usize, spare: usize, count: i32): void {
  memory.fill(counts, 0, 4 * 4 * DIGITS)
  for (let i: usize = 0; i < <usize>count; i++) {
    const upper = load<u32>(words + (i << 3), 4)
    for (let pass: u32 = 0; pass < 4; pass++) {
      const place = counts + (pass << 10) + (((upper >>> (pass << 3)) & 255) << 2)
      store<u32>(place, load<u32>(place) + 1)
    }
  }
  let from = words
  let to = spare
  for (let pass: u32 = 0; pass < 4; pass++) {
    const table = counts + (pass << 10)
    let start: u32 = 0
    for (let digit: usize = 0; digit < <usize>DIGITS; digit++) {
      const found = load<u32>(table + (digit << 2))
      store<u32>(table + (digit << 2), start)
      start += found
    }
    for (let i: usize = 0; i < <usize>count; i++) {
      const word = load<u64>(from + (i << 3))
      const place = table + (<usize>(<u32>(word >>> (32 + (pass << 3))) & 255) << 2)
      const position = load<u32>(place)
      store<u32>(place, position + 1)
      store<u64>(to + (<usize>position << 3), word)
    }
    const swap = from
    from = to
    to = swap
  }
}

/** Orders what the upper halves leave open, by insertion. False, with the order unfinished, where that takes too long. */
function insertWithin(values: usize, words: usize, count: i32): bool {
  let left = 8 * count
  for (let i: usize = 1; i < <usize>count; i++) {
    const word = load<u64>(words + (i << 3))
    const x = load<f64>(values + (<usize>(<u32>word) << 3))
    let j = i
    while (j > 0) {
      const before = load<u64>(words + ((j - 1) << 3))
      if (before >>> 32 != word >>> 32 || !(load<f64>(values + (<usize>(<u32>before) << 3)) > x)) break
      store<u64>(words + (j << 3), before)
      j--
      if (--left < 0) return false
    }
    store<u64>(words + (j << 3), word)
  }
  return true
}

/**
 * Sorts `count` doubles, none NaN. `words` (64 bits each) then holds their indices in ascending order of value, in its lower
 * halves, equal values by index; `ascending` holds the values themselves. The values stay as they are.
 */
export function sortDraws(values: usize, count: i32, words: usize, ascending: usize): void {
  let least: u64 = u64.MAX_VALUE
  let most: u64 = 0
  for (let i: usize = 0; i < <usize>count; i++) {
    const bits = orderedBits(load<f64>(values + (i << 3)))
    if (bits < least) least = bits
    if (bits > most) most = bits
  }
  // The 32 leading bits of the range that the draws take up nearly always tell them apart.
  const used = most == least ? 0 : 64 - clz<u64>(most - least)
  const shift: u64 = used > 32 ? used - 32 : 0
  for (let i: usize = 0; i < <usize>count; i++) {
    const bits = orderedBits(load<f64>(values + (i << 3))) - least
    store<u64>(words + (i << 3), ((bits >>> shift) << 32) | i)
  }
  sortByUpperHalf(words, ascending, count)
  if (!gather(values, count, words, ascending) && shift > 0) {
    if (!insertWithin(values, words, count)) sortInFull(values, count, words, ascending, least, shift)
    gather(values, count, words, ascending)
  }
}

/** Writes the values in the order of the words; says whether they ascend. No branch depends on them. */
function gather(values: usize, count: i32, words: usize, ascending: usize): bool {
  let before: f64 = -Infinity
  let descents: i32 = 0
  for (let i: usize = 0; i < <usize>count; i++) {
    const x = load<f64>(values + (<usize>load<u32>(words + (i << 3)) << 3)) + 0.0
    store<f64>(ascending + (i << 3), x)
    descents += i32(before > x)
    before = x
  }
  return descents == 0
}

/** By the bits below `shift`, then by those above. */
function sortInFull(values: usize, count: i32, words: usize, spare: usize, least: u64, shift: u64): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const bits = orderedBits(load<f64>(values + (i << 3))) - least
    store<u64>(words + (i << 3), ((bits & (((<u64>1) << shift) - 1)) << 32) | i)
  }
  sortByUpperHalf(words, spare, count)
  for (let i: usize = 0; i < <usize>count; i++) {
    const index = <u64>load<u32>(words + (i << 3))
    const bits = orderedBits(load<f64>(values + (<usize>index << 3))) - least
    store<u64>(words + (i << 3), ((bits >>> shift) << 32) | index)
  }
  sortByUpperHalf(words, spare, count)
}
