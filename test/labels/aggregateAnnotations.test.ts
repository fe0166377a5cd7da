import { readFileSync } from "node:fs";
import fc from "fast-check";
import ndarray from "ndarray";
import { csvDatasetFromRows } from "radiolucent";
import {
  type AnnotationMatrix,
  aggregateAnnotations,
  aggregateVotes,
  labelMatrix,
  selectClasses,
} from "radiolucent/labels";
import { describe, expect, test } from "vitest";
import { sharedData } from "../shared-data.js";

describe("aggregateVotes", () => {
  test("consensus: all above is present, all below is absent, anything else is a disagreement", () => {
    const consensus = (...votes: number[]) => aggregateVotes(votes, { rule: "consensus" });
    expect(consensus(1, 0.75)).toBe("present");
    expect(consensus(0, 0.25)).toBe("absent");
    expect(consensus(0.75, 0.25)).toBe("disagreement");
    expect(consensus(1)).toBe("present");
  });

  test("a score equal to the threshold is a vote for neither side", () => {
    expect(aggregateVotes([0.5, 1], { rule: "consensus" })).toBe("disagreement");
    expect(aggregateVotes([0.5, 0.5], { rule: "consensus" })).toBe("disagreement");
    expect(aggregateVotes([0.5, 1], { rule: "majority" })).toBe("disagreement");
    expect(aggregateVotes([0.5, 1], { rule: "any" })).toBe("present");
    expect(aggregateVotes([0.5, 0], { rule: "any" })).toBe("disagreement");
    expect(aggregateVotes([0.5, 1], { rule: "consensus", threshold: 0.4 })).toBe("present");
  });

  test("majority: more than half of the votes cast; a tie is a disagreement", () => {
    const majority = (...votes: number[]) => aggregateVotes(votes, { rule: "majority" });
    expect(majority(1, 1, 0)).toBe("present");
    expect(majority(1, 0, 0)).toBe("absent");
    expect(majority(1, 0)).toBe("disagreement");
    expect(majority(1, 0.5, 0.5, 0)).toBe("disagreement");
    expect(majority(1, NaN, NaN)).toBe("present");
  });

  test("any: one above is present, all below is absent", () => {
    const any = (...votes: number[]) => aggregateVotes(votes, { rule: "any" });
    expect(any(0, 0, 1)).toBe("present");
    expect(any(0, NaN, 0)).toBe("absent");
  });

  test("NaN is no vote; fewer votes than the minimum are too few, whatever they say", () => {
    for (const rule of ["consensus", "majority", "any"] as const) {
      expect(aggregateVotes([], { rule })).toBe("too-few-votes");
      expect(aggregateVotes([NaN, NaN], { rule })).toBe("too-few-votes");
      expect(aggregateVotes([NaN, 1], { rule })).toBe("present");
      expect(aggregateVotes([NaN, 1], { rule, minimumVotes: 2 })).toBe("too-few-votes");
    }
  });

  test("the order of the annotators makes no difference, and swapped labels swap the verdict but for any", () => {
    const vote = fc.constantFrom(0, 0.25, 0.5, 0.75, 1, NaN);
    const swapped = { present: "absent", absent: "present" } as Record<string, string>;
    fc.assert(
      fc.property(
        fc.array(vote, { maxLength: 6 }),
        fc.constantFrom("consensus", "majority"),
        (votes, rule) => {
          const verdict = aggregateVotes(votes, { rule: rule as "consensus" });
          expect(aggregateVotes([...votes].reverse(), { rule: rule as "consensus" })).toBe(verdict);
          const mirrored = aggregateVotes(
            votes.map((value) => 1 - value),
            { rule: rule as "consensus" },
          );
          expect(mirrored).toBe(swapped[verdict] ?? verdict);
        },
      ),
    );
  });

  test("votes and options out of their range are errors that say which", () => {
    expect(() => aggregateVotes([0, 2], { rule: "any" })).toThrow(
      "votes: vote 1 is 2; expected a number in [0, 1]",
    );
    expect(() => aggregateVotes([], { rule: "any", threshold: 1 })).toThrow("options.threshold");
    expect(() => aggregateVotes([], { rule: "any", minimumVotes: 0 })).toThrow("options.minimumVotes");
    expect(() => aggregateVotes([], { rule: "mean" as "any" })).toThrow('options.rule: is "mean"');
  });
});

const scores = (classes: readonly string[], rows: readonly (readonly number[])[]): AnnotationMatrix => ({
  classes,
  values: ndarray(Float64Array.from(rows.flat()), [rows.length, classes.length]),
});

describe("aggregateAnnotations", () => {
  const classes = ["Mass", "Nodule"];
  const a = labelMatrix(classes, [
    [1, 0],
    [1, NaN],
    [NaN, NaN],
  ]);
  const b = labelMatrix(classes, [
    [1, 1],
    [0, 0],
    [NaN, 0],
  ]);

  test("counts say, class by class, what became of every sample", () => {
    const { labels, counts } = aggregateAnnotations({ a, b }, { rule: "consensus" });
    expect(labels.classes).toEqual(classes);
    expect([...labels.values.data]).toEqual([1, NaN, NaN, 0, NaN, 0]);
    expect(counts).toEqual([
      { finding: "Mass", present: 1, absent: 0, disagreement: 1, tooFewVotes: 1 },
      { finding: "Nodule", present: 0, absent: 2, disagreement: 1, tooFewVotes: 0 },
    ]);
  });

  test("annotators may come as a list; no samples give no rows", () => {
    const { labels } = aggregateAnnotations([a, b, b], { rule: "majority" });
    expect([...labels.values.data]).toEqual([1, 1, 0, 0, NaN, 0]);
    const none = aggregateAnnotations([labelMatrix(classes, [])], { rule: "any" });
    expect(none.labels.values.shape).toEqual([0, 2]);
    expect(none.counts[0]).toEqual({
      finding: "Mass",
      present: 0,
      absent: 0,
      disagreement: 0,
      tooFewVotes: 0,
    });
  });

  test("matrices that differ, no annotator and a score out of range are errors that name the annotator", () => {
    const rule = "any" as const;
    expect(() => aggregateAnnotations({}, { rule })).toThrow("at least one annotator");
    expect(() => aggregateAnnotations({ a, b: selectClasses(b, ["Nodule", "Mass"]) }, { rule })).toThrow(
      "annotations.b: has the classes Nodule, Mass where a has Mass, Nodule",
    );
    expect(() => aggregateAnnotations({ a, b: labelMatrix(classes, [[0, 0]]) }, { rule })).toThrow(
      "annotations.b: has shape [1,2]; expected [3, 2]",
    );
    expect(() => aggregateAnnotations({ x: scores(["Mass"], [[0], [1.5]]) }, { rule })).toThrow(
      'annotations.x: row 1, class "Mass" is 1.5',
    );
  });
});

describe.skipIf(sharedData === undefined)("real annotations (skipped: ../shared/data is absent)", () => {
  const table = (name: string) =>
    readFileSync(`${sharedData}annotations/${name}`, "utf8")
      .trim()
      .split(/\r?\n/)
      .map((line) => line.split(","));

  test("both annotators above .5 is present, both below absent: the published labels of 1,011 images, all of them", () => {
    const raw = table("Annotations_raw.csv");
    const tubes = ["Chest_drain_tube", "NSG_tube", "Endotracheal_tube", "Tracheostomy_tube"];
    const annotator = (suffix: string) => {
      const columns = tubes.map((tube) => raw[0]!.indexOf(`${tube}_${suffix}`));
      return scores(
        tubes,
        raw.slice(1).map((row) => columns.map((column) => Number(row[column]))),
      );
    };
    const { labels, counts } = aggregateAnnotations(
      { first: annotator("a1"), second: annotator("a2") },
      { rule: "consensus", minimumVotes: 2 },
    );
    expect(counts.map(({ present, absent, disagreement }) => [present, absent, disagreement])).toEqual([
      [37, 946, 28],
      [449, 360, 202],
      [162, 691, 158],
      [252, 744, 15],
    ]);
    const published = csvDatasetFromRows(table("Annotations_aggregated.csv"), {
      imageColumn: "ImageID",
      patientColumn: "ImageID",
      classes: ["Chest_drain", "NSG_tube", "Endotracheal_tube", "Tracheostomy_tube"],
      values: { "-1": NaN },
    });
    const id = raw[0]!.indexOf("ImageID");
    expect(published.studies.map((study) => study.imageId)).toEqual(raw.slice(1).map((row) => row[id]));
    expect(labels.values.data).toEqual(published.labels.values.data);
  });
});
