import { describe, expect, it } from "vitest";
import {
  type PhantomFinding,
  phantomDataset,
  phantomFindings,
  phantomTubes,
  renderPhantom,
} from "../../src/phantom/index.js";
import { extent } from "./masks.js";

const positives = ({ labels }: ReturnType<typeof phantomDataset>, column: number) => {
  const rows = labels.values.shape[0]!;
  return Array.from({ length: rows }, (_, row) => labels.values.get(row, column));
};

describe("phantomDataset", () => {
  it("gives the same studies and labels for the same seed, others for another", () => {
    const make = (seed: number) => {
      const { studies, labels } = phantomDataset({ patients: 20, seed });
      return { studies, labels };
    };
    expect(make(1)).toEqual(make(1));
    expect(make(1).labels).not.toEqual(make(2).labels);
  });

  it("labels what the film shows", () => {
    const dataset = phantomDataset({
      patients: 30,
      seed: 4,
      findings: [...phantomFindings, ...phantomTubes],
    });
    dataset.studies.forEach((study, row) => {
      dataset.labels.classes.forEach((name, column) => {
        const shown = study.findings.includes(name as PhantomFinding);
        expect(dataset.labels.values.get(row, column)).toBe(Number(shown));
      });
    });
    expect(dataset.labels.classes).toEqual([...phantomFindings, ...phantomTubes]);
  });

  it("loads the study's film at the dataset's size", async () => {
    const { studies, loadImage } = phantomDataset({ patients: 1, seed: 4, size: 50 });
    const image = await loadImage!(studies[0]!);
    expect(image.range).toEqual([0, 255]);
    expect(image.pixels.data).toEqual(renderPhantom(studies[0]!, 50).image.pixels.data);
  });

  it("shows each finding in about the share of films that was asked for", () => {
    const wanted = { Cardiomegaly: 0.05, Effusion: 0.5, Nodule: 0.9 };
    const dataset = phantomDataset({ patients: 1500, seed: 8, prevalence: wanted });
    for (const [name, share] of Object.entries({ ...wanted, Pneumothorax: 0.3 })) {
      const values = positives(dataset, dataset.labels.classes.indexOf(name));
      // Three standard errors of 1500 independent patients.
      const error = 3 * Math.sqrt((share * (1 - share)) / 1500);
      expect(Math.abs(values.reduce((a, b) => a + b) / values.length - share)).toBeLessThan(error);
    }
    const none = phantomDataset({ patients: 20, prevalence: 0 });
    expect(none.labels.values.data.every((value) => value === 0)).toBe(true);
    const every = phantomDataset({ patients: 20, prevalence: 1 });
    expect(every.labels.values.data.every((value) => value === 1)).toBe(true);
  });

  it("gives patients one to four films, on most of which a disease shows again", () => {
    const dataset = phantomDataset({ patients: 800, seed: 5, prevalence: 0.2 });
    const films = new Map<string, (typeof dataset.studies)[number][]>();
    for (const study of dataset.studies) {
      films.set(study.patientId, [...(films.get(study.patientId) ?? []), study]);
    }
    expect(films.size).toBe(800);
    expect(new Set([...films.values()].map((list) => list.length))).toEqual(new Set([1, 2, 3, 4]));
    const pairs = [...films.values()].filter(
      ([first, second]) => second !== undefined && first?.findings.includes("Nodule"),
    );
    const again = pairs.filter(([, second]) => second!.findings.includes("Nodule")).length / pairs.length;
    // 0.85 by construction; without a memory it would be the prevalence, 0.2.
    expect(again).toBeGreaterThan(0.7);
  });

  it("keeps age, sex and anatomy over a patient's films", () => {
    const { studies } = phantomDataset({ patients: 12, seed: 6, imagesPerPatient: [3, 3], prevalence: 1 });
    for (let p = 0; p < 12; p++) {
      const own = studies.slice(3 * p, 3 * p + 3);
      expect(new Set(own.map((study) => study.patientId)).size).toBe(1);
      expect(new Set(own.map((study) => study.sex)).size).toBe(1);
      expect(own[2]!.ageYears - own[0]!.ageYears).toBeGreaterThanOrEqual(0);
      expect(own[2]!.ageYears - own[0]!.ageYears).toBeLessThan(4);
      const films = own.map((study) => renderPhantom(study, 64));
      const [first, ...later] = films.map(({ findingMasks }) => ({
        nodule: [extent(findingMasks.Nodule!, "rows").centre, extent(findingMasks.Nodule!, "columns").centre],
        fluidOnTheLeft: extent(findingMasks.Effusion!, "columns").centre > 0.5,
        airOnTheLeft: extent(findingMasks.Pneumothorax!, "columns").centre > 0.5,
      }));
      for (const other of later) {
        // Pose moves the body by a few hundredths of the film.
        expect(Math.hypot(...other.nodule.map((at, i) => at - first!.nodule[i]!))).toBeLessThan(0.16);
        expect(other.fluidOnTheLeft).toBe(first!.fluidOnTheLeft);
        expect(other.airOnTheLeft).toBe(first!.airOnTheLeft);
      }
      expect(films[0]!.image.pixels.data).not.toEqual(films[1]!.image.pixels.data);
    }
  });

  it("makes the asked share of labels unknown, at random, and keeps the truth in the studies", () => {
    const options = { patients: 400, seed: 7 };
    const known = phantomDataset(options);
    const partly = phantomDataset({ ...options, unknown: 0.25 });
    expect(partly.studies).toEqual(known.studies);
    const values = partly.labels.values.data;
    const hidden = values.filter((value) => Number.isNaN(value)).length / values.length;
    expect(Math.abs(hidden - 0.25)).toBeLessThan(0.04);
    values.forEach((value, i) => {
      if (!Number.isNaN(value)) expect(value).toBe(known.labels.values.data[i]);
    });
  });

  it("accounts for every film and names each once", () => {
    const { studies, account, labels } = phantomDataset({ patients: 11 });
    expect(account).toEqual({ rowsRead: studies.length, rowsKept: studies.length, dropped: [], changed: [] });
    expect(labels.values.shape).toEqual([studies.length, 4]);
    expect(new Set(studies.map((study) => study.imageId)).size).toBe(studies.length);
    expect(phantomDataset({ patients: 0 }).studies).toEqual([]);
  });

  it("refuses counts and shares out of range, and findings that it cannot draw", () => {
    expect(() => phantomDataset({ patients: -1 })).toThrow(/options.patients: is -1/);
    expect(() => phantomDataset({ patients: 1, size: 8 })).toThrow(/options.size: is 8/);
    expect(() => phantomDataset({ patients: 1, imagesPerPatient: [3, 2] })).toThrow(
      /imagesPerPatient\[1\]: is 2/,
    );
    expect(() => phantomDataset({ patients: 1, prevalence: { Nodule: 2 } })).toThrow(
      /prevalence.Nodule: is 2/,
    );
    expect(() => phantomDataset({ patients: 1, unknown: Number.NaN })).toThrow(/options.unknown: is NaN/);
    expect(() => phantomDataset({ patients: 1, findings: ["Hernia" as PhantomFinding] })).toThrow(
      /"Hernia" is none of Cardiomegaly/,
    );
  });
});
