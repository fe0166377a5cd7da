import type { io } from "@tensorflow/tfjs-core";
import { channelQuantizationOf, channelValues } from "./channelQuantization.js";
import { entriesWithBytes, joinedWeights } from "./weightEntries.js";

/** Turns weights that are quantised by channel into float32 and leaves all others as they are. */
export function restoreChannels(
  entries: readonly io.WeightsManifestEntry[],
  data: ArrayBuffer,
): { readonly entries: io.WeightsManifestEntry[]; readonly data: ArrayBuffer } {
  if (!entries.some(channelQuantizationOf)) return { entries: [...entries], data };
  const restored = [...entriesWithBytes(entries, data)].map(({ entry, bytes }) => {
    const quantization = channelQuantizationOf(entry);
    if (!quantization) return { entry, bytes };
    const { quantization: _, ...plain } = entry;
    return { entry: plain, bytes: channelValues(bytes, quantization).buffer };
  });
  return {
    entries: restored.map(({ entry }) => entry),
    data: joinedWeights(restored.map(({ bytes }) => bytes)),
  };
}
