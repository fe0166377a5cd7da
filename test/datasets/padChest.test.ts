import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PadChestOptions, padChestDefinition } from "../../src/datasets/padChest.js";
import {
  padChestFindings,
  padChestPathologies,
  padChestTree,
  padChestTubes,
  padChestWordsUnder,
} from "../../src/labels/padChestFindings.js";
import { filterStudies, withLabelSet } from "../../src/labels/selectStudies.js";
import { tableErrorOf } from "./tableErrorOf.js";

const published =
  ",ImageID,ImageDir,StudyDate_DICOM,StudyID,PatientID,PatientBirth,PatientSex_DICOM,ViewPosition_DICOM,Projection,MethodProjection,Pediatric,Modality_DICOM,Manufacturer_DICOM,PhotometricInterpretation_DICOM,PixelRepresentation_DICOM,PixelAspectRatio_DICOM,SpatialResolution_DICOM,BitsStored_DICOM,WindowCenter_DICOM,WindowWidth_DICOM,Rows_DICOM,Columns_DICOM,XRayTubeCurrent_DICOM,Exposure_DICOM,ExposureInuAs_DICOM,ExposureTime,RelativeXRayExposure_DICOM,ReportID,Report,MethodLabel,Labels,Localizations,LabelsLocalizationsBySentence,labelCUIS,LocalizationsCUIS";
const header = published.split(",");

let images = 0;
function row(changes: Readonly<Record<string, string>> = {}): string[] {
  images++;
  const usual: Record<string, string> = {
    "": String(images),
    ImageID: `${images}.png`,
    ImageDir: "47",
    StudyDate_DICOM: "20140915",
    StudyID: "20536686640136348236148679891455886468",
    PatientID: "839860488694292331637988235681460987",
    PatientBirth: "1941.0",
    PatientSex_DICOM: "F",
    Projection: "PA",
    MethodLabel: "Physician",
    Report: "sin, hallazgos\nsignificativos",
    Labels: "['normal']",
  };
  return header.map((name) => changes[name] ?? usual[name] ?? "");
}

const read = (rows: readonly string[][], options: PadChestOptions = {}) =>
  padChestDefinition(options).fromTables({ entries: { file: "padchest.csv", rows: [header, ...rows] } });

/** Labels of one study by class. */
function labelsOf(cell: string, options: PadChestOptions = {}): Record<string, number> {
  const { labels } = read([row({ Labels: cell })], options);
  return Object.fromEntries(labels.classes.map((name, c) => [name, labels.values.get(0, c)]));
}

const rulesOf = (cell: string, options: PadChestOptions = {}) =>
  read([row({ Labels: cell })], options).account.changed;

const { NaN: unknown } = Number;
const none = { Effusion: 0, Pneumothorax: 0, Atelectasis: 0, Cardiomegaly: 0, Pneumonia: 0 };
const allUnknown = Object.fromEntries(padChestPathologies.map((name) => [name, unknown]));

describe("padChestDefinition", () => {
  it("reads the published columns, whose first has no name", () => {
    expect(header).toHaveLength(36);
    const { studies, account, name } = read([row({ ImageID: "a.png", Labels: "['NSG tube', 'kyphosis']" })]);
    expect(name).toBe("PadChest");
    expect(studies).toEqual([
      {
        imageId: "a.png",
        patientId: "839860488694292331637988235681460987",
        studyId: "20536686640136348236148679891455886468",
        imageDir: "47",
        view: "PA",
        sex: "F",
        ageYears: 73,
        studyDate: "20140915",
        labelMethod: "Physician",
        findings: ["NSG tube", "kyphosis"],
        labelled: true,
        normal: false,
        excluded: false,
        suboptimal: false,
        unchanged: false,
      },
    ]);
    expect(account).toEqual({ rowsRead: 1, rowsKept: 1, dropped: [], changed: [] });
  });

  it("gives pathologies and tubes of one list as labels and as the label set tubes", () => {
    const dataset = read([
      row({ Labels: "['pleural effusion', 'NSG tube', 'chest drain tube', 'cardiomegaly']" }),
    ]);
    expect(dataset.labels.classes).toEqual(padChestPathologies);
    expect(Array.from(dataset.labels.values.data)).toEqual([1, 0, 0, 1, 0]);
    const tubes = withLabelSet(dataset, "tubes").labels;
    expect(tubes.classes).toEqual(padChestTubes);
    expect(Array.from(tubes.values.data)).toEqual([1, 1, 0, 0]);
  });

  it("reads normal alone as all zeros", () => {
    expect(labelsOf("['normal']")).toEqual(none);
  });

  it("drops space around words and empty items, and takes upper and lower case alike", () => {
    expect(labelsOf("[' pleural  effusion ', '', 'Pneumonia']")).toEqual({
      ...none,
      Effusion: 1,
      Pneumonia: 1,
    });
    const { studies } = read([
      row({ Labels: "['copd signs', ' nsg tube', '', 'nsg tube', \"Kerley's lines\"]" }),
    ]);
    expect(studies[0]!.findings).toEqual(["COPD signs", "NSG tube", "Kerley's lines"]);
  });

  it.each(["", " ", "nan", "[]", "['']", "[nan]"])("knows nothing where Labels is %j", (cell) => {
    const { studies, labels, labelSets } = read([row({ Labels: cell })]);
    expect(studies[0]).toMatchObject({ labelled: false, findings: [] });
    expect([...labels.values.data, ...labelSets!.tubes!.values.data]).toEqual(Array(9).fill(unknown));
  });

  it("knows nothing of an excluded study, whatever else is listed", () => {
    expect(labelsOf("['exclude']")).toEqual(allUnknown);
    expect(labelsOf("['exclude', 'pneumonia', 'normal']")).toEqual(allUnknown);
    expect(read([row({ Labels: "['exclude']" })]).studies[0]).toMatchObject({
      excluded: true,
      labelled: true,
    });
  });

  it("reads a suboptimal study as its findings say, and as unknown where none is listed", () => {
    expect(labelsOf("['suboptimal study', 'pneumonia']")).toEqual({ ...none, Pneumonia: 1 });
    expect(labelsOf("['suboptimal study', 'normal']")).toEqual(none);
    expect(labelsOf("['suboptimal study']")).toEqual(allUnknown);
  });

  it("leaves unknown what is not listed beside unchanged, unless normal stands there too", () => {
    expect(labelsOf("['unchanged']")).toEqual(allUnknown);
    expect(labelsOf("['unchanged', 'pneumonia']")).toEqual({ ...allUnknown, Pneumonia: 1 });
    expect(labelsOf("['normal', 'unchanged']")).toEqual(none);
    expect(rulesOf("['unchanged', 'pneumonia']")).toEqual([]);
  });

  it("reads it as absent when told to, and counts the record once", () => {
    const options = { unchanged: "absent" } as const;
    expect(labelsOf("['unchanged', 'pneumonia']", options)).toEqual({ ...none, Pneumonia: 1 });
    expect(labelsOf("['unchanged']", options)).toEqual(none);
    expect(rulesOf("['unchanged']", options)).toEqual([
      { rule: 'a finding not listed beside "unchanged" read as absent', count: 1 },
    ]);
  });

  it("keeps a finding that stands beside normal, and counts it", () => {
    expect(labelsOf("['normal', 'pneumonia']")).toEqual({ ...none, Pneumonia: 1 });
    expect(rulesOf("['normal', 'pneumonia']")).toEqual([
      { rule: '"normal" beside a finding: the finding stands', count: 1 },
    ]);
  });

  it.each([
    ["laminar atelectasis", ["Atelectasis"]],
    ["atelectasis basal", ["Atelectasis"]],
    ["empyema", ["Effusion"]],
    ["loculated fissural effusion", ["Effusion"]],
    ["hydropneumothorax", ["Effusion", "Pneumothorax"]],
    ["viral pneumonia", ["Pneumonia"]],
    ["pericardial effusion", []],
    ["costophrenic angle blunting", []],
    ["pneumomediastinum", []],
    ["volume loss", []],
  ])("counts %s for %j, with hierarchy only", (word, classes) => {
    const expected = { ...none, ...Object.fromEntries(classes.map((name) => [name, 1])) };
    expect(labelsOf(`['${word}']`)).toEqual(expected);
    expect(rulesOf(`['${word}']`)).toEqual(
      classes.map((name) => ({ rule: `"${word}" read as ${name}`, count: 1 })),
    );
    expect(labelsOf(`['${word}']`, { hierarchy: false })).toEqual(none);
  });

  it("counts no rule where the class's own word is listed too", () => {
    expect(rulesOf("['lobar atelectasis', 'atelectasis']")).toEqual([]);
  });

  it("leaves a class unknown where a word near to one of its words stands, and counts it", () => {
    expect(labelsOf("['pneumotorax']")).toEqual({ ...none, Pneumothorax: unknown });
    expect(labelsOf("['lobular atelectasis', 'pneumonia']")).toEqual({
      ...none,
      Atelectasis: unknown,
      Pneumonia: 1,
    });
    expect(rulesOf("['pneumotorax']")).toEqual([
      { rule: '"pneumotorax", perhaps "pneumothorax", read as unknown', count: 1 },
    ]);
    expect(labelsOf("['pneumotorax', 'pneumothorax']")).toEqual({ ...none, Pneumothorax: 1 });
    expect(labelsOf("['excluded']")).toEqual(allUnknown);
  });

  it("takes no known word for a misspelling of another", () => {
    const { labelSets, account } = read([row({ Labels: "['gastrostomy tube', 'nephrostomy tube']" })]);
    expect(Array.from(labelSets!.tubes!.values.data)).toEqual([0, 0, 0, 0]);
    expect(account.changed).toEqual([]);
  });

  it("takes a word that is near to none as a finding of no class", () => {
    expect(labelsOf("['COVID 19']")).toEqual(none);
    expect(rulesOf("['COVID 19']")).toEqual([]);
  });

  it("makes classes of names and of PadChest's words, in the order given", () => {
    expect(
      labelsOf("['ascendent aortic elongation']", { classes: ["aortic elongation", "NSG tube"] }),
    ).toEqual({
      "aortic elongation": 1,
      "NSG tube": 0,
    });
    expect(() => padChestDefinition({ classes: ["Efusion"] })).toThrow(
      'options.classes: "Efusion" is no finding of PadChest; is it "Effusion"?',
    );
    expect(() => padChestDefinition({ classes: ["normal"] })).toThrow('"normal" is no finding');
    expect(() => read([row()], { classes: ["Effusion", "Effusion"] })).toThrow('"Effusion" stands twice');
  });

  it("makes a class of every word that occurs with all, sorted, and keeps the hierarchy", () => {
    const { labels, studies, labelSets } = read(
      [
        row({ Labels: "['atelectasis', 'NSG tube']" }),
        row({ Labels: "['lobar atelectasis', 'new word']" }),
        row({ Labels: "['exclude']" }),
      ],
      { classes: "all" },
    );
    expect(labels.classes).toEqual(["NSG tube", "atelectasis", "lobar atelectasis", "new word"]);
    expect(studies).toHaveLength(3);
    expect(Array.from(labels.values.data)).toEqual([1, 1, 0, 0, 0, 1, 1, 1, ...Array(4).fill(unknown)]);
    expect(Array.from(labelSets!.tubes!.values.data)).toEqual([
      0,
      1,
      0,
      0,
      0,
      0,
      0,
      0,
      ...Array(4).fill(unknown),
    ]);
  });

  it("names the row of a repeated image with all, too", () => {
    const rows = [row({ ImageID: "a.png" }), row({ ImageID: "a.png" })];
    const error = tableErrorOf(() => read(rows, { classes: "all" }));
    // The report of each record has a line break.
    expect(error.message).toContain('row 4, column "ImageID": "a.png" stands already in row 2');
  });

  const mixed = [
    row({ ImageID: "broken.png", Labels: "['exclude']" }),
    row({ ImageID: "none.png", Labels: "" }),
    row({ ImageID: "out.png", Labels: "['exclude', 'suboptimal study']" }),
    row({ ImageID: "poor.png", Labels: "['suboptimal study', 'normal']", Projection: "L" }),
    row({ ImageID: "side.png", Projection: "L" }),
    row({ ImageID: "lying.png", Projection: "AP_horizontal" }),
    row({ ImageID: "bare.png", Projection: "" }),
    row({ ImageID: "kept.png" }),
  ];

  it("leaves nothing out by default", () => {
    const { account, studies } = read(mixed);
    expect(account).toMatchObject({ rowsRead: 8, rowsKept: 8, dropped: [] });
    expect(studies.map(({ view }) => view)).toEqual([
      "PA",
      "PA",
      "PA",
      "L",
      "L",
      "AP_horizontal",
      undefined,
      "PA",
    ]);
    expect(
      filterStudies(read(mixed), ({ excluded }) => !excluded, "excluded").account.dropped[0]!.count,
    ).toBe(2);
  });

  it("counts what options leave out under the first reason that holds", () => {
    const { account, studies } = read(mixed, {
      projections: ["PA", "AP", "AP_horizontal"],
      dropSuboptimal: true,
      dropExcluded: true,
      dropUnlabelled: true,
      invalidImages: ["broken.png", "elsewhere.png"],
    });
    expect(studies.map(({ imageId }) => imageId)).toEqual(["lying.png", "kept.png"]);
    expect(account).toMatchObject({ rowsRead: 8, rowsKept: 2 });
    expect(account.dropped).toEqual([
      { reason: "invalid image", count: 1, examples: ["broken.png"] },
      { reason: "no labels", count: 1, examples: ["none.png"] },
      { reason: 'marked "exclude"', count: 1, examples: ["out.png"] },
      { reason: 'marked "suboptimal study"', count: 1, examples: ["poor.png"] },
      { reason: "projection L", count: 1, examples: ["side.png"] },
      { reason: "no projection", count: 1, examples: ["bare.png"] },
    ]);
  });

  it("refuses an image without a name, though a list of images to leave out has an empty name", () => {
    const reading = () =>
      padChestDefinition().fromTables({ invalidImages: [[" "]], entries: [header, row({ ImageID: "nan" })] });
    expect(tableErrorOf(reading).problems.map(({ row: line, column }) => [line, column])).toEqual([
      [2, "ImageID"],
    ]);
  });

  it("leaves out the images of a list, and counts names that the table lacks", () => {
    const { account } = padChestDefinition().fromTables({
      invalidImages: [["broken.png truncated"], [], ["elsewhere.png"]],
      entries: [header, ...mixed],
    });
    expect(account.dropped).toEqual([{ reason: "invalid image", count: 1, examples: ["broken.png"] }]);
    expect(account.joined).toEqual([
      {
        table: "invalidImages",
        rowsRead: 2,
        dropped: [{ reason: "its image is not among the entries", count: 1, examples: ["elsewhere.png"] }],
      },
    ]);
  });

  it("takes the year of the study less the year of birth as the age, and no age out of 0 to 120", () => {
    const years = ["1941.0", "1941", "2014.0", "2015.0", "1893.0", "0.0", "", "nan"];
    const { studies, account } = read(years.map((PatientBirth) => row({ PatientBirth })));
    expect(studies.map(({ ageYears }) => ageYears)).toEqual([73, 73, 0, ...Array(5).fill(undefined)]);
    expect(account.changed).toEqual([
      { rule: "PatientBirth that gives an age below 0 or above 120 years read as unknown", count: 3 },
    ]);
  });

  it("leaves out what is blank, nan or None, and the age without a date", () => {
    const { studies } = read([
      row({
        StudyDate_DICOM: "",
        PatientSex_DICOM: "None",
        Projection: "nan",
        StudyID: " ",
        MethodLabel: "",
        ImageDir: "",
      }),
      row({ StudyDate_DICOM: "20140915.0", PatientSex_DICOM: "O" }),
    ]);
    expect(Object.keys(studies[0]!).sort()).toEqual(
      [
        "imageId",
        "patientId",
        "findings",
        "labelled",
        "normal",
        "excluded",
        "suboptimal",
        "unchanged",
      ].sort(),
    );
    expect(studies[1]).toMatchObject({ sex: "O", studyDate: "20140915", ageYears: 73 });
  });

  it("names file, row and column of every fault", () => {
    const error = tableErrorOf(() =>
      read([
        row({ Labels: "['pneumonia'" }),
        row({ Labels: "normal" }),
        row({ Labels: "['Kerley's lines']" }),
        row({ StudyDate_DICOM: "20141315" }),
        row({ PatientBirth: "old" }),
        row({ PatientID: "" }),
        row({ ImageID: "nan" }),
      ]),
    );
    expect(error.message).toContain("padchest.csv: row 2");
    expect(error.problems.map(({ row: line, column, message }) => [line, column, message])).toEqual([
      [
        2,
        "Labels",
        "is a list without its closing bracket at character 13; expected such as ['pleural effusion', 'NSG tube']",
      ],
      [4, "Labels", "is no list at character 1; expected such as ['pleural effusion', 'NSG tube']"],
      [6, "Labels", "lacks a comma at character 10; expected such as ['pleural effusion', 'NSG tube']"],
      [8, "StudyDate_DICOM", '"20141315" is no date; expected YYYYMMDD such as 20140915'],
      [10, "PatientBirth", '"old" is no year; expected a year such as 1941 or 1941.0'],
      [12, "PatientID", "is empty; expected the patient's id"],
      [14, "ImageID", "is empty; expected the image's name"],
    ]);
  });

  it.each([
    [
      { projections: ["AP horizontal"] },
      '"AP horizontal" is none of PA, L, AP, AP_horizontal, COSTAL, EXCLUDE, UNK; is it "AP_horizontal"?',
    ],
    [{ unchanged: "keep" }, '"keep" is none of unknown, absent'],
  ])("refuses the options %j", (options, message) => {
    expect(() => padChestDefinition(options as PadChestOptions)).toThrow(message);
  });

  it("labels any list as its words say, and accounts for every record", () => {
    const words = fc.uniqueArray(
      fc.constantFrom(
        ...padChestFindings.filter((word) => !word.includes("'")),
        "exclude",
        "suboptimal study",
        "unchanged",
        "normal",
      ),
      { maxLength: 6 },
    );
    const flags = fc.record({
      dropSuboptimal: fc.boolean(),
      dropExcluded: fc.boolean(),
      dropUnlabelled: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(words, { maxLength: 8 }), flags, fc.boolean(), (lists, options, hierarchy) => {
        const rows = lists.map((list) => row({ Labels: `[${list.map((word) => `'${word}'`).join(", ")}]` }));
        const { studies, labels, account } = read(rows, { ...options, hierarchy });
        const dropped = account.dropped.reduce((sum, { count }) => sum + count, 0);
        expect(account.rowsRead).toBe(lists.length);
        expect(account.rowsKept + dropped).toBe(account.rowsRead);
        expect(labels.values.shape).toEqual([studies.length, 5]);
        studies.forEach((study, i) => {
          const asked = {
            Effusion: "pleural effusion",
            Pneumothorax: "pneumothorax",
            Atelectasis: "atelectasis",
            Cardiomegaly: "cardiomegaly",
            Pneumonia: "pneumonia",
          };
          Object.values(asked).forEach((word, c) => {
            const counting = hierarchy ? padChestWordsUnder(word) : new Set([word]);
            const there = study.findings.some((finding) => counting.has(finding));
            const silent =
              study.excluded || (!there && !study.normal && (study.unchanged || study.findings.length === 0));
            expect(labels.values.get(i, c)).toBe(silent ? unknown : Number(there));
          });
        });
      }),
    );
  });
});

describe("padChestTree", () => {
  it("has the 193 words of the published table less the four that are no findings, and two that only the trees have", () => {
    expect(padChestFindings).toHaveLength(193 - 4 + 2);
    expect(new Set(padChestFindings.map((word) => word.toLowerCase())).size).toBe(padChestFindings.length);
  });

  it("names known words only, none below itself", () => {
    for (const [word, below] of Object.entries(padChestTree)) {
      for (const other of [word, ...below]) expect(padChestFindings).toContain(other);
      for (const other of below) expect(padChestWordsUnder(other).has(word)).toBe(false);
    }
    expect([...padChestWordsUnder("infiltrates")]).toContain("air bronchogram");
  });
});
