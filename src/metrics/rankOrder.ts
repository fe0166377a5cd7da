const digitBits = 11;
const digits = 1 << digitBits;
const digitMask = digits - 1;

/**
 * The indices of finite values by descending value; equal values keep their order, and -0 equals 0. A radix sort of the
 * values' bits: several times faster than sorting with a comparison, and the scores of networks, which are float32, need
 * half the passes.
 */
export function rankOrder(values: Float64Array): Int32Array {
  const size = values.length;
  let order = new Int32Array(size);
  for (let i = 0; i < size; i++) order[i] = i;
  let spare = new Int32Array(size);
  for (const keys of descendingKeys(values)) {
    for (const { shift, places } of passesOver(keys)) {
      for (let i = 0; i < size; i++) {
        const index = order[i]!;
        spare[places[(keys[index]! >>> shift) & digitMask]!++] = index;
      }
      [order, spare] = [spare, order];
    }
  }
  return order;
}

/** The same keys, ascending; by far faster than sorting what they stand for. They serve as working space. */
export function sortKeys(keys: Uint32Array): Uint32Array {
  let sorted = keys;
  let spare: Uint32Array = new Uint32Array(keys.length);
  for (const { shift, places } of passesOver(keys)) {
    for (let i = 0; i < sorted.length; i++) {
      const key = sorted[i]!;
      spare[places[(key >>> shift) & digitMask]!++] = key;
    }
    [sorted, spare] = [spare, sorted];
  }
  return sorted;
}

/** The digits to sort by, the lowest first, and where the keys of each value begin; without those that all keys share. */
function passesOver(keys: Uint32Array): { readonly shift: number; readonly places: Int32Array }[] {
  const [low, middle, high] = [new Int32Array(digits), new Int32Array(digits), new Int32Array(digits)];
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    low[key & digitMask]!++;
    middle[(key >>> digitBits) & digitMask]!++;
    high[key >>> (2 * digitBits)]!++;
  }
  const passes = [low, middle, high].map((places, d) => ({ shift: d * digitBits, places }));
  return passes.filter(({ places }) => {
    if (places.includes(keys.length)) return false;
    let place = 0;
    for (let digit = 0; digit < digits; digit++) {
      const count = places[digit]!;
      places[digit] = place;
      place += count;
    }
    return true;
  });
}

/**
 * Whole numbers that ascend where finite values descend, equal where those are (-0 equals 0); lowest words first. One word
 * where all values are float32.
 */
function descendingKeys(values: Float64Array): Uint32Array[] {
  const size = values.length;
  const narrow = new Float32Array(values);
  let same = 0;
  while (same < size && narrow[same] === values[same]) same++;
  if (same === size) return [float32Keys(narrow)];
  // Adding 0 makes -0 to 0.
  const words = new Uint32Array(values.map((value) => value + 0).buffer);
  const low = new Uint32Array(size);
  const high = new Uint32Array(size);
  for (let i = 0; i < size; i++) {
    const [first, second] = [words[2 * i]!, words[2 * i + 1]!];
    high[i] = keyOf(second);
    low[i] = second >>> 31 === 0 ? ~first : first;
  }
  return [low, high];
}

/** Whole numbers that ascend where finite values descend, equal where those are (-0 equals 0); they take the values' place. */
export function float32Keys(values: Float32Array): Uint32Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < words.length; i++) words[i] = values[i] === 0 ? flip : keyOf(words[i]!);
  return words;
}

const flip = 0x7fffffff;

/** Descending in value is ascending in key: the bits of numbers from 0 are flipped, negative ones keep theirs. */
const keyOf = (word: number) => (word >>> 31 === 0 ? word ^ flip : word);
