const beginnings: readonly (readonly [RegExp, string])[] = [
  [/^version https:\/\/git-lfs/, "a pointer of Git LFS: fetch the file itself with git lfs pull"],
  [/^\s*<(!doctype|html|\?xml)/i, "a web page: the download gave a page in place of the file"],
  [/^\s*[{[]/, "JSON: a model.json is read by loadModel"],
  [/^.{8}\{"/s, "a .safetensors file: use loadSafetensors"],
  [/^(ustar|.{257}ustar)/s, "a tar archive: unpack it first"],
];

/** Says in words what bytes are that should have been something else. */
export function whatItIs(bytes: Uint8Array): string {
  if (bytes.length === 0) return "empty";
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return "packed with gzip: unpack it first";
  if (bytes[0] === 0x80 && bytes[1]! < 6) {
    return "a Python pickle, as PyTorch once wrote: save its state_dict as .safetensors";
  }
  const start = String.fromCharCode(...bytes.subarray(0, 300));
  const known = beginnings.find(([pattern]) => pattern.test(start));
  if (known) return known[1];
  const shown = start.slice(0, 12).replace(/[^\x20-\x7e]/g, ".");
  return `${bytes.length} bytes that begin with "${shown}"`;
}
