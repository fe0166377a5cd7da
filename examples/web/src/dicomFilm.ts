import codecs from "dcmjs-codecs/build/dcmjs-native-codecs.wasm?url";
import { isRadiolucentError } from "radiolucent";
import { type DicomImage, readDicom } from "radiolucent/dicom";
import { windowOf } from "./dicomWindow.js";
import { type Film, sizeOf } from "./film.js";

/** Reads a DICOM film; the codecs are fetched when the first compressed file comes. Nothing that identifies a patient is read. */
export async function readDicomFilm(name: string, bytes: Uint8Array): Promise<Film> {
  const read = (window: "file" | "none") => readDicom(bytes, { file: name, codecs, window });
  const film = await read("file").catch((error: unknown) => {
    if (isRadiolucentError(error, "image") && error.problem === "not-an-image") {
      throw new Error("It is neither PNG nor JPEG nor a DICOM image, whatever its name says.", {
        cause: error,
      });
    }
    throw error;
  });
  return {
    name,
    image: film.image,
    caption: captionOf(film),
    notes: notesOn(film),
    async adjustable() {
      const { image: values } = await read("none");
      const shape = windowMade(film) ? film : { ...film, windows: [] };
      return { values, window: windowOf(shape, values.range) };
    },
  };
}

/** Whether it is a window of the file that made the picture, and not a lookup table or a colour's brightness: it gives [0, 1]. */
const windowMade = ({ windows, range, bitsStored }: DicomImage) =>
  windows.length > 0 && range[1] === 1 && bitsStored > 1;

/** Size, kind and view; nothing that identifies a patient. */
function captionOf({ image, modality, viewPosition, bitsStored }: DicomImage): string {
  return [sizeOf(image), `${bitsStored} bits`, modality, viewPosition].filter(Boolean).join(", ");
}

function notesOn(film: DicomImage): string[] {
  const { modality, viewPosition, frames, samplesPerPixel, windows, warnings } = film;
  const radiographs = ["CR", "DX", "RG", "DR", "RF", "SC", "OT"];
  return [
    ...(modality !== undefined && !radiographs.includes(modality)
      ? [`Its header calls it "${modality}", which is no radiograph (CR, DX).`]
      : []),
    ...(viewPosition !== undefined && /^(LL|RL|LAT|LATERAL)$/i.test(viewPosition)
      ? [`Its header says that it is a lateral view (${viewPosition}).`]
      : []),
    ...(frames > 1 ? [`It has ${frames} frames; the first is shown.`] : []),
    ...(windows.length > 0 && samplesPerPixel === 1 && !windowMade(film)
      ? [
          "It is shown through its lookup table, not its window; the window’s sliders start with all of its values.",
        ]
      : []),
    ...(samplesPerPixel > 1 ? ["It is a colour picture; its brightness was taken as grey."] : []),
    ...warnings.map(({ tag, message }) => `Header element ${tag}: ${message}`),
  ];
}
