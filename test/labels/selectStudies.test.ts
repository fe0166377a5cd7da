import { describe, expect, it } from "vitest";
import type { Dataset } from "../../src/labels/dataset.js";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { filterStudies, selectStudies, withLabelSet } from "../../src/labels/selectStudies.js";

const dataset: Dataset = {
  name: "made",
  studies: [0, 1, 2].map((i) => ({ imageId: `${i}.png`, patientId: `p${i}`, view: i === 1 ? "L" : "PA" })),
  labels: labelMatrix(["Mass"], [[0], [Number.NaN], [1]]),
  uncertain: labelMatrix(["Mass"], [[0], [1], [0]]),
  labelSets: {
    first: labelMatrix(["Edema"], [[1], [0], [Number.NaN]]),
    second: labelMatrix(["Mass"], [[1], [1], [0]]),
  },
  account: {
    rowsRead: 4,
    rowsKept: 3,
    dropped: [{ reason: "blurred", count: 1, examples: ["9.png"] }],
    changed: [],
  },
};
const column = ({ values }: { values: Dataset["labels"]["values"] }) => Array.from(values.data);

describe("selectStudies", () => {
  it("selects the rows of labels, of what is uncertain and of every label set alike", () => {
    const part = selectStudies(dataset, [2, 0, 2]);
    expect(part.studies.map(({ imageId }) => imageId)).toEqual(["2.png", "0.png", "2.png"]);
    expect(column(part.labels)).toEqual([1, 0, 1]);
    expect(column(part.uncertain!)).toEqual([0, 0, 0]);
    expect(column(part.labelSets!.first!)).toEqual([Number.NaN, 1, Number.NaN]);
    expect(column(part.labelSets!.second!)).toEqual([0, 1, 0]);
  });
});

describe("filterStudies", () => {
  it("counts what goes under the reason given, so that the account still adds up", () => {
    const { studies, labels, account } = filterStudies(dataset, ({ view }) => view === "PA", "not frontal");
    expect(studies.map(({ imageId }) => imageId)).toEqual(["0.png", "2.png"]);
    expect(column(labels)).toEqual([0, 1]);
    expect(account).toEqual({
      rowsRead: 4,
      rowsKept: 2,
      dropped: [...dataset.account.dropped, { reason: "not frontal", count: 1, examples: ["1.png"] }],
      changed: [],
    });
  });

  it("leaves a dataset as it is when all stay", () => {
    expect(filterStudies(dataset, () => true, "none")).toBe(dataset);
  });
});

describe("withLabelSet", () => {
  it("makes a set the labels; what was uncertain in the labels of before goes with them", () => {
    const { labels, labelSets, uncertain } = withLabelSet(dataset, "first", { keepAs: "before" });
    expect(labels).toEqual(dataset.labelSets!.first);
    expect(Object.keys(labelSets!)).toEqual(["second", "before"]);
    expect(labelSets!.before).toEqual(dataset.labels);
    expect(uncertain).toBeUndefined();
  });

  it("refuses a set that is not there, and a name that another set has: that set would be lost", () => {
    expect(() => withLabelSet(dataset, "toString")).toThrow(
      'name: "toString" is no label set of made; it has first, second',
    );
    expect(() => withLabelSet(dataset, "first", { keepAs: "second" })).toThrow(
      'options.keepAs: "second" is another label set of made',
    );
  });
});
