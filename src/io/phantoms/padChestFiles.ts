import ndarray, { type NdArray } from "ndarray";
import type { PhantomStudy } from "../../phantom/phantomStudy.js";
import type { PhantomFinding } from "../../phantom/vocabulary.js";
import { type RandomStream, randomStream } from "../../random.js";
import { csvText } from "../csvText.js";
import { encodePng } from "../encodePng.js";
import { type PhantomFiles, type PhantomWriting, patientNumber, writeBelow } from "./phantomWriter.js";

const columns = [
  ...[
    "",
    "ImageID",
    "ImageDir",
    "StudyDate_DICOM",
    "StudyID",
    "PatientID",
    "PatientBirth",
    "PatientSex_DICOM",
  ],
  ...["ViewPosition_DICOM", "Projection", "MethodProjection", "Pediatric", "Modality_DICOM", "Rows_DICOM"],
  ...["Columns_DICOM", "BitsStored_DICOM", "ReportID", "MethodLabel", "Labels"],
];

const words: Readonly<Record<PhantomFinding, string>> = {
  Cardiomegaly: "cardiomegaly",
  Effusion: "pleural effusion",
  Nodule: "nodule",
  Pneumothorax: "pneumothorax",
  Chest_drain: "chest drain tube",
  Endotracheal_tube: "endotracheal tube",
  Nasogastric_tube: "NSG tube",
  Tracheostomy_tube: "tracheostomy tube",
};

/** Year of the first examinations. */
const firstYear = 2010;

/** Writes phantoms in the layout of PadChest. */
export function writePadChest({ directory, size, seed }: PhantomFiles): PhantomWriting {
  const random = randomStream(seed).fork("PadChest");
  const rows: (readonly (string | number)[])[] = [columns];
  return {
    async film(study, { image: { pixels } }) {
      const number = patientNumber(study);
      const id = (kind: string) => `phantom-${kind}-${number}-${study.visit}`;
      const imageId = `${id("film")}.png`;
      const folder = number % 2;
      await writeBelow(
        directory,
        `${folder}/${imageId}`,
        await encodePng(sixteenBits(pixels as NdArray<Uint8Array>)),
      );
      const year = firstYear + study.visit;
      rows.push([
        ...[
          rows.length - 1,
          imageId,
          folder,
          `${year}0615`,
          id("study"),
          number,
          `${year - study.ageYears}.0`,
          study.sex,
        ],
        ...[
          "POSTEROANTERIOR",
          projectionOf(study, random),
          "Manual review of DICOM fields",
          "No",
          "CR",
          size,
        ],
        ...[size, 16, id("report"), "Physician", listText(labelsOf(study, random))],
      ]);
      return { imageId, patientId: String(number) };
    },
    tables: () =>
      writeBelow(directory, "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv", csvText(rows)),
  };
}

/** The published films have 16 bits; a phantom's 256 values are spread over them. */
function sixteenBits(pixels: NdArray<Uint8Array>): NdArray<Uint16Array> {
  return ndarray(
    Uint16Array.from(pixels.data, (value) => 257 * value),
    pixels.shape,
  );
}

/** Some AP films were taken lying down; a twentieth of all has the name of another projection. */
function projectionOf({ view }: PhantomStudy, random: RandomStream): string {
  const [lying, other] = [random.uniform() < 0.5, random.uniform() < 0.05];
  if (other) return "COSTAL";
  return view === "AP" && lying ? "AP_horizontal" : view;
}

/** What a film shows; now and then the reader had something to say of the film instead. */
function labelsOf({ findings }: PhantomStudy, random: RandomStream): readonly string[] {
  const mishap = random.uniform();
  if (mishap < 0.02) return ["exclude"];
  const seen = findings.map((finding) => words[finding]);
  const labels = seen.length > 0 ? seen : ["normal"];
  return mishap < 0.05 ? ["suboptimal study", ...seen] : labels;
}

/** As Python prints a list. */
function listText(labels: readonly string[]): string {
  return `[${labels.map((label) => `'${label}'`).join(", ")}]`;
}
