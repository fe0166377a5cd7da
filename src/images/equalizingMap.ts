/**
 * The map of a tile in contrast limited adaptive histogram equalization: cumulated shares of its clipped histogram.
 *
 * @param histogram pixels in each bin; changed in place
 * @param limit most pixels that a bin may keep; what lies above it is handed out to the other bins
 * @param top value that all pixels together lead to
 * @returns the value of each bin, rounded down
 */
export function equalizingMap(histogram: Int32Array, limit: number, top: number): Int32Array {
  let pixels = 0;
  for (const count of histogram) pixels += count;
  clip(histogram, limit);
  const step = top / pixels;
  let cumulated = 0;
  return histogram.map((count) => {
    cumulated += count;
    return Math.min(top, cumulated * step);
  });
}

/**
 * Cuts bins at the limit. Each bin below it gets an equal share of what was cut, as far as it goes; the rest is dealt
 * out one by one, evenly spread over the bins, until nothing is left or every bin is full.
 */
function clip(histogram: Int32Array, limit: number): void {
  const bins = histogram.length;
  let excess = 0;
  for (let i = 0; i < bins; i++) {
    excess += Math.max(0, histogram[i]! - limit);
    histogram[i] = Math.min(histogram[i]!, limit);
  }
  const share = Math.floor(excess / bins);
  for (let i = 0; i < bins; i++) {
    const before = histogram[i]!;
    if (before >= limit) continue;
    const raised = before < limit - share ? before + share : before;
    // A bin that comes within a share of the limit is filled up, also where its own share brought it there.
    const after = raised >= limit - share ? limit : raised;
    histogram[i] = after;
    excess -= after - before;
  }
  while (excess > 0) {
    const left = excess;
    for (let first = 0; first < bins && excess > 0; first++) {
      let open = 0;
      for (let i = 0; i < bins; i++) if (histogram[i]! < limit) open++;
      const spacing = Math.max(1, Math.floor(open / excess));
      for (let i = first; i < bins; i += spacing) {
        if (histogram[i]! >= limit) continue;
        histogram[i]!++;
        excess--;
      }
    }
    if (excess === left) break;
  }
}
