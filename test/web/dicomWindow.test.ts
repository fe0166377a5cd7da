import ndarray from "ndarray";
import { applyWindow } from "radiolucent";
import { expect, test } from "vitest";
import { windowOf } from "../../examples/web/src/dicomWindow.js";
import { readDicom, writeDicom } from "../../src/dicom/index.js";

const values = Uint16Array.from({ length: 4096 }, (_, i) => i);
const film = { pixels: ndarray(values, [64, 64]), range: [0, 4095] } as const;

test.each(
  (["MONOCHROME1", "MONOCHROME2"] as const).flatMap((photometric) =>
    (["LINEAR", "LINEAR_EXACT", "SIGMOID"] as const).map((shape) => [photometric, shape] as const),
  ),
)("the sliders start where the file's window is: %s, %s", async (photometricInterpretation, shape) => {
  const bytes = writeDicom(film, {
    sopInstanceUid: "1.2.3",
    photometricInterpretation,
    window: { center: 1300, width: 901, function: shape },
  });
  const [shown, whole] = [await readDicom(bytes), await readDicom(bytes, { window: "none" })];
  const moved = applyWindow(whole.image, windowOf(shown, whole.range));
  const furthest = Math.max(
    ...Array.from(shown.pixels.data, (value, i) => Math.abs(value - moved.pixels.data[i]!)),
  );
  expect(new Set(shown.pixels.data).size).toBeGreaterThan(800);
  expect(furthest).toBeLessThan(1e-6);
});

test("a file without a window starts with all of its values", async () => {
  const { image, ...header } = await readDicom(writeDicom(film, { sopInstanceUid: "1.2.3" }));
  const moved = applyWindow(image, windowOf(header, image.range));
  expect([moved.pixels.get(0, 0), moved.pixels.get(63, 63)]).toEqual([0, 1]);
});
