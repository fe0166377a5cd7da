/** unfilterRows.wat, assembled; a test compares the two. */
export const unfilterRowsModule =
  "AGFzbQEAAAABFAJgBn9/f39/fwF/YAV/f39/fwF/AwMCAAEFAwEAAQclAwZtZW1vcnkCAAh1bmZpbHRlcgAADXVuZmlsdGVyRWln" +
  "aHQAAQrlCgK7AwIDfwh7A0AgAC0AACEGIAZBBEsEQEEBDwsgAEEBaiEAIAQhCCAEIAJqIQf9DAAAAAAAAAAAAAAAAAAAAAAhCf0M" +
  "AAAAAAAAAAAAAAAAAAAAACELAkAgBkUEQCAEIAAgAvwKAAAgACACaiEADAELIAZBAUYEQANAIAkgAP1dAwD9biEJIAQgCf1bAwAA" +
  "IAAgA2ohACAEIANqIQQgBCAHSQ0ACwwBCyAGQQJGBEADQCAEIAD9AAQAIAQgBWv9AAQA/W79CwQAIABBEGohACAEQRBqIQQgBCAH" +
  "SQ0ACyAAIAQgB2trIQAMAQsDQCAEIAVr/QIDACEKIAZBA0YEQCAJIAr9jgFBAf2NASEMBSAKIAv9kQEhDSAJIAv9kQEhDiANIA79" +
  "jgH9gAEhDyAN/YABIQ0gDv2AASEOIA0gDiAP/ZYB/ZYBIRAgCSAKIAsgECAO/S39UiAQIA39Lf1SIQwgCiELCyAA/QIDACAM/Y4B" +
  "/Qz/AP8A/wD/AP8A/wD/AP8A/U4hCSAEIAkgCf1m/VsDAAAgACADaiEAIAQgA2ohBCAEIAdJDQALCyAIIAVqIQQgAUEBayIBDQAL" +
  "QQALpQcCBX8NeyACQQdqIQcgBEEBayEIA0AgACEF/QwAAAAAAAAAAAAAAAAAAAAAIQogBSAK/VQAAAAhCiAFIAJBAWpqIQUgBSAK" +
  "/VQAAAIhCiAFIAJBAWpqIQUgBSAK/VQAAAQhCiAFIAJBAWpqIQUgBSAK/VQAAAYhCiAFIAJBAWpqIQUgBSAK/VQAAAghCiAFIAJB" +
  "AWpqIQUgBSAK/VQAAAohCiAFIAJBAWpqIQUgBSAK/VQAAAwhCiAFIAJBAWpqIQUgBSAK/VQAAA4hCiAFIAJBAWpqIQUgCv0MBAAE" +
  "AAQABAAEAAQABAAEAP0y/VMEQEEBDwsgCv0MAQABAAEAAQABAAEAAQABAP0tIQsgCv0MAgACAAIAAgACAAIAAgACAP0tIQwgCv0M" +
  "AwADAAMAAwADAAMAAwADAP0tIQ0gCv0MBAAEAAQABAAEAAQABAAEAP0tIQ4gAyAEayEJIABBAWohAP0MAAAAAAAAAAAAAAAAAAAA" +
  "ACEQ/QwAAAAAAAAAAAAAAAAAAAAAIRFBACEGA0AgACAGaiEFIAUgD/1UAAAAIQ8gBSACaiEFIAUgD/1UAAACIQ8gBSACaiEFIAUg" +
  "D/1UAAAEIQ8gBSACaiEFIAUgD/1UAAAGIQ8gBSACaiEFIAUgD/1UAAAIIQ8gBSACaiEFIAUgD/1UAAAKIQ8gBSACaiEFIAUgD/1U" +
  "AAAMIQ8gBSACaiEFIAUgD/1UAAAOIQ8gESESIBAgEP0NAAEAAQIDBAUGBwgJCgsMDSAJIAZqLQAA/RoAIREgESAS/ZEBIRMgECAS" +
  "/ZEBIRQgEyAU/Y4B/YABIRYgE/2AASETIBT9gAEhFCATIBQgFv2WAf2WASEV/QwAAAEAAgADAAQABQAGAAcAIAb9EP0z/Qz/AP8A" +
  "/wD/AP8A/wD/AP8A/U4gDyALIBD9TiAMIBH9Tv1QIA0gECAR/Y4BQQH9jQH9TiAOIBAgESASIBUgFP0t/VIgFSAT/S39Uv1O/VD9" +
  "UP2OAf1OIRAgAyAGaiEFIAUgEP1YAAAAIAUgCGohBSAFIBD9WAAAAiAFIAhqIQUgBSAQ/VgAAAQgBSAIaiEFIAUgEP1YAAAGIAUg" +
  "CGohBSAFIBD9WAAACCAFIAhqIQUgBSAQ/VgAAAogBSAIaiEFIAUgEP1YAAAMIAUgCGohBSAFIBD9WAAADiAGQQFqIgYgB0kNAAsg" +
  "ACACQQN0QQdqaiEAIAMgBEEDdGohAyABQQhrIgFBAEoNAAtBAAs=";

interface UnfilterRowsModule {
  readonly memory: WebAssembly.Memory;
  unfilter(from: number, rows: number, length: number, pixel: number, to: number, stride: number): number;
  unfilterEight(from: number, rows: number, length: number, to: number, stride: number): number;
}

let loaded: UnfilterRowsModule | undefined;

/** About how many bytes are taken at a time, at least eight rows. */
const strip = 2 ** 17;

/** Room between rows for what loads and stores touch beyond them. */
const slack = 16;

/**
 * Undoes the filters of a PNG's rows (PNG specification, section 9) and packs the rows, both in place.
 *
 * @param bytes `height` rows, each a filter's number and `rowBytes` bytes; afterwards the rows' own bytes stand first
 * @param pixelBytes how far to the left the filters look, 1 to 8
 * @returns false for a filter that does not exist
 */
export function unfilterRows(
  bytes: Uint8Array,
  height: number,
  rowBytes: number,
  pixelBytes: number,
): boolean {
  loaded ??= new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(unfilterRowsModule, "base64")))
    .exports as unknown as UnfilterRowsModule;
  const { memory, unfilter, unfilterEight } = loaded;
  const stride = rowBytes + slack;
  const rows = Math.max(8, 8 * Math.floor(strip / (8 * rowBytes)));
  const to = stride;
  const from = to + rows * stride;
  const missing = from + rows * (rowBytes + 1) + slack - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65536));
  const all = new Uint8Array(memory.buffer);

  all.fill(0, 0, stride);
  for (let row = 0; row < height; row += rows) {
    const count = Math.min(rows, height - row);
    const start = row * (rowBytes + 1);
    all.set(bytes.subarray(start, start + count * (rowBytes + 1)), from);
    const eights = pixelBytes === 1 ? count & ~7 : 0;
    if (eights > 0 && unfilterEight(from, eights, rowBytes, to, stride) !== 0) return false;
    const next = from + eights * (rowBytes + 1);
    if (
      count > eights &&
      unfilter(next, count - eights, rowBytes, pixelBytes, to + eights * stride, stride) !== 0
    ) {
      return false;
    }
    for (let i = 0; i < count; i++) {
      bytes.set(all.subarray(to + i * stride, to + i * stride + rowBytes), (row + i) * rowBytes);
    }
    all.copyWithin(0, count * stride, count * stride + rowBytes);
  }
  return true;
}
