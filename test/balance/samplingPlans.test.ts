import fc from "fast-check";
import {
  balancedBatches,
  everySample,
  oversampleRare,
  type PlannedSample,
  repeatHardest,
  type SamplingPlan,
  sampleLosses,
} from "radiolucent/balance";
import { labelMatrix } from "radiolucent/labels";
import { describe, expect, test } from "vitest";
import { wholeNih } from "../labels/wholeNih.js";
import { sharedData } from "../shared-data.js";

const classes = ["common", "rare", "rarest"];
const label = fc.constantFrom(0, 0, 0, 1, NaN);
const tables = fc.array(fc.tuple(label, label, label), { minLength: 1, maxLength: 30 });

/** How often each sample stands among the places, and how often it does as a copy. */
function counts(places: readonly PlannedSample[], samples: number) {
  const all = Array<number>(samples).fill(0);
  const augmented = Array<number>(samples).fill(0);
  for (const { index, augment } of places) {
    all[index]!++;
    if (augment) augmented[index]!++;
  }
  return { all, augmented };
}

const indices = (plan: SamplingPlan, epoch: number) => plan.epoch(epoch).map(({ index }) => index);

describe("every plan", () => {
  const labels = labelMatrix(
    classes,
    Array.from({ length: 40 }, (_, i) => [i % 2, i % 8 === 0 ? 1 : 0, i === 3 ? 1 : 0]),
  );
  const plans: Readonly<Record<string, (seed: number) => SamplingPlan>> = {
    everySample: (seed) => everySample(40, { seed }),
    oversampleRare: (seed) => oversampleRare(labels, { classes: ["rare"], seed }),
    balancedBatches: (seed) => balancedBatches(labels, { batchSize: 8, finding: "rare", seed }),
    repeatHardest: (seed) =>
      repeatHardest(
        everySample(40, { seed }),
        Array.from({ length: 40 }, (_, i) => i),
        { seed },
      ),
  };
  for (const [name, plan] of Object.entries(plans)) {
    test(`${name}: an epoch is the same each time, epochs and seeds differ, the size is as said`, () => {
      expect(plan(1).epoch(0)).toEqual(plan(1).epoch(0));
      expect(plan(1).epoch(0)).not.toEqual(plan(1).epoch(1));
      expect(plan(1).epoch(0)).not.toEqual(plan(2).epoch(0));
      expect(plan(1).epoch(3)).toHaveLength(plan(1).size);
      expect(plan(1).samples).toBe(40);
    });
  }

  test("everySample: each sample once, none augmented", () => {
    expect(indices(everySample(40), 0).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 40 }, (_, i) => i),
    );
    expect(
      everySample(3)
        .epoch(0)
        .some(({ augment }) => augment),
    ).toBe(false);
    expect(everySample(0).epoch(0)).toEqual([]);
    expect(() => everySample(-1)).toThrow("samples: is -1");
  });
});

describe("oversampleRare", () => {
  test("originals once, and as many augmented copies of each sample in which a rare finding is present", () => {
    fc.assert(
      fc.property(tables, fc.integer({ min: 1, max: 3 }), fc.nat(), (rows, copies, seed) => {
        const plan = oversampleRare(labelMatrix(classes, rows), {
          classes: ["rare", "rarest"],
          copies,
          seed,
        });
        const { all, augmented } = counts(plan.epoch(seed % 5), rows.length);
        rows.forEach(([, rare, rarest], i) => {
          const extra = rare === 1 || rarest === 1 ? copies : 0;
          expect([all[i], augmented[i]]).toEqual([1 + extra, extra]);
        });
        expect(plan.copied * copies).toBe(plan.size - rows.length);
      }),
    );
  });

  test("a prevalence makes findings rare: the share among known labels, the limit included", () => {
    const labels = labelMatrix(classes, [
      [1, 1, NaN],
      [1, 0, NaN],
      [0, 0, NaN],
      [NaN, 0, NaN],
    ]);
    expect(oversampleRare(labels, { maxPrevalence: 0.25 })).toMatchObject({ classes: ["rare"], copied: 1 });
    expect(oversampleRare(labels, { maxPrevalence: 0.24 })).toMatchObject({
      classes: [],
      copied: 0,
      size: 4,
    });
    expect(oversampleRare(labels, { maxPrevalence: 1 }).classes).toEqual(["common", "rare"]);
  });

  test("an unknown class, a prevalence outside [0, 1] and no copy are errors", () => {
    const labels = labelMatrix(classes, [[1, 0, 0]]);
    expect(() => oversampleRare(labels, { classes: ["Rare"] })).toThrow(
      '"Rare" is none of common, rare, rarest',
    );
    expect(() => oversampleRare(labels, { maxPrevalence: 2 })).toThrow("options.maxPrevalence");
    expect(() => oversampleRare(labels, { classes: [], copies: 0 })).toThrow("options.copies");
  });
});

describe("balancedBatches", () => {
  test("every batch has its share of positives; unknown labels are in no batch; a side's samples stand equally often", () => {
    fc.assert(
      fc.property(
        tables,
        fc.integer({ min: 2, max: 9 }),
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        fc.constantFrom("all", "fewer"),
        fc.constantFrom(undefined, "rare"),
        (rows, batchSize, positiveShare, cover, finding) => {
          const stateOf = (row: readonly number[]) => {
            const decisive = finding === undefined ? row : [row[1]!];
            return decisive.includes(1) ? 1 : decisive.every((value) => value === 0) ? 0 : NaN;
          };
          const states = rows.map(stateOf);
          fc.pre(states.includes(1) && states.includes(0));
          const plan = balancedBatches(labelMatrix(classes, rows), {
            batchSize,
            positiveShare,
            cover: cover as "all",
            ...(finding !== undefined && { finding }),
          });
          const places = plan.epoch(2);
          expect(places).toHaveLength(plan.size);
          expect(plan.size % batchSize).toBe(0);
          expect(Math.abs(plan.positivesPerBatch - positiveShare * batchSize)).toBeLessThanOrEqual(1);
          for (let start = 0; start < places.length; start += batchSize) {
            const batch = places.slice(start, start + batchSize).map(({ index }) => states[index]);
            expect(batch.filter((state) => state === 1)).toHaveLength(plan.positivesPerBatch);
            expect(batch.filter((state) => state === 0)).toHaveLength(batchSize - plan.positivesPerBatch);
          }
          const { all, augmented } = counts(places, rows.length);
          const least = [0, 1].map((side) => {
            const own = all.filter((_, i) => states[i] === side);
            expect(Math.max(...own) - Math.min(...own)).toBeLessThanOrEqual(1);
            return Math.min(...own);
          });
          if (cover === "all") expect(Math.min(...least)).toBeGreaterThanOrEqual(1);
          else expect(Math.max(...least)).toBeGreaterThanOrEqual(1);
          all.forEach((count, i) => {
            expect(augmented[i]).toBe(Math.max(count - 1, 0));
            if (Number.isNaN(states[i])) expect(count).toBe(0);
          });
          expect(plan.unused).toBe(states.filter((state) => Number.isNaN(state)).length);
          expect(plan.positives + plan.negatives + plan.unused).toBe(rows.length);
        },
      ),
    );
  });

  test('cover "fewer": positives once and as many negatives, other ones each epoch', () => {
    const labels = labelMatrix(
      ["a"],
      Array.from({ length: 100 }, (_, i) => [i < 10 ? 1 : 0]),
    );
    const plan = balancedBatches(labels, { batchSize: 4, cover: "fewer" });
    expect(plan.size).toBe(20);
    const { all, augmented } = counts(plan.epoch(0), 100);
    expect(all.slice(0, 10)).toEqual(Array(10).fill(1));
    expect(augmented).toEqual(Array(100).fill(0));
    const seen = new Set(Array.from({ length: 60 }, (_, epoch) => indices(plan, epoch)).flat());
    expect(seen.size).toBeGreaterThan(95);
  });

  test("one side only, a finding that is not there and options out of range are errors", () => {
    const labels = labelMatrix(
      ["a", "b"],
      [
        [1, NaN],
        [0, NaN],
      ],
    );
    expect(() => balancedBatches(labels, { batchSize: 2 })).toThrow("have no negative sample of any finding");
    expect(() => balancedBatches(labels, { batchSize: 2, finding: "b" })).toThrow(
      'have no positive sample of "b"',
    );
    expect(() => balancedBatches(labels, { batchSize: 2, finding: "c" })).toThrow('"c" is none of a, b');
    expect(() => balancedBatches(labels, { batchSize: 1 })).toThrow("options.batchSize");
    expect(() => balancedBatches(labels, { batchSize: 2, positiveShare: 1 })).toThrow(
      "options.positiveShare",
    );
  });
});

describe("repeatHardest", () => {
  test("the share with the highest losses is added; NaN never is; of equal losses the earlier sample comes first", () => {
    const losses = [0.5, 2, NaN, 2, 0.1, Number.POSITIVE_INFINITY];
    const plan = repeatHardest(everySample(6), losses, { share: 0.6, times: 2 });
    expect(plan.hardest).toEqual([5, 1, 3]);
    const { all, augmented } = counts(plan.epoch(4), 6);
    expect(all).toEqual([1, 3, 1, 3, 1, 3]);
    expect(augmented).toEqual([0, 2, 0, 2, 0, 2]);
  });

  test("any losses: no sample that is not added has a higher loss than one that is; the share is rounded up", () => {
    const loss = fc.oneof(
      fc.double({ min: 0, max: 9, noNaN: true }),
      fc.constant(NaN),
      fc.constantFrom(0, 1),
    );
    fc.assert(
      fc.property(
        fc.array(loss, { minLength: 1 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (losses, share) => {
          const known = losses.filter((value) => !Number.isNaN(value));
          fc.pre(known.length > 0);
          const { hardest, size } = repeatHardest(everySample(losses.length), losses, { share });
          expect(hardest.length).toBeGreaterThanOrEqual(share * known.length - 1e-6);
          expect(hardest.length).toBeLessThan(share * known.length + 1);
          expect(size).toBe(losses.length + hardest.length);
          const easiestAdded = Math.min(...hardest.map((i) => losses[i]!));
          losses.forEach((value, i) => {
            if (value > easiestAdded) expect(hardest).toContain(i);
          });
        },
      ),
    );
  });

  test("it adds to any plan", () => {
    const rare = oversampleRare(labelMatrix(["a"], [[1], [0], [0]]), { classes: ["a"] });
    const { all } = counts(repeatHardest(rare, [0, 0, 1], { share: 1 / 3 }).epoch(0), 3);
    expect(all).toEqual([2, 1, 2]);
  });

  test("losses of another number, none known and options out of range are errors", () => {
    const plan = everySample(2);
    expect(() => repeatHardest(plan, [1])).toThrow("are 1 for a plan of 2 samples");
    expect(() => repeatHardest(plan, [NaN, NaN])).toThrow("all unknown");
    expect(() => repeatHardest(plan, [1, 2], { share: 0 })).toThrow("options.share");
    expect(() => repeatHardest(plan, [1, 2], { times: 0.5 })).toThrow("options.times");
  });
});

describe("sampleLosses", () => {
  test("the mean cross-entropy over the known labels of each sample; NaN without one", () => {
    const labels = [
      [1, 0],
      [NaN, 1],
      [NaN, NaN],
      [0, 1],
    ];
    const probabilities = [
      [0.5, 0.25],
      [0.9, 0.5],
      [0.5, 0.5],
      [0.5, NaN],
    ];
    const losses = [...sampleLosses(labels, probabilities)];
    expect(losses[0]).toBeCloseTo((Math.log(2) + Math.log(4 / 3)) / 2, 14);
    expect(losses[1]).toBeCloseTo(Math.log(2), 14);
    expect(losses[2]).toBeNaN();
    expect(losses[3]).toBeCloseTo(Math.log(2), 14);
  });

  test("a sure and wrong prediction has a finite loss", () => {
    expect(sampleLosses([[1], [0]], [[0], [1]])[0]).toBeCloseTo(-Math.log(1e-7), 10);
  });

  test("shapes that differ and values out of range are errors", () => {
    expect(() => sampleLosses([[1]], [[1, 1]])).toThrow("have shape [1, 2] where labels have [1, 1]");
    expect(() => sampleLosses([[1]], [[2]])).toThrow("row 0, class 0 is 2; expected [0, 1]");
    expect(() => sampleLosses([[0.5]], [[0.5]])).toThrow("is 0.5; expected 1, 0 or NaN");
  });
});

describe.skipIf(sharedData === undefined)("real labels (skipped: ../shared/data is absent)", () => {
  test("ChestX-ray14 with images of ten rare findings added a second time", async () => {
    const { labels, studies } = await wholeNih();
    const plan = oversampleRare(labels, { maxPrevalence: 0.0422 });
    expect(plan.classes).toHaveLength(8);
    const frequent = ["Infiltration", "Effusion", "Atelectasis", "Nodule"];
    const rare = labels.classes.filter((name) => !frequent.includes(name));
    const ten = oversampleRare(labels, { classes: rare });
    const columns = rare.map((name) => labels.classes.indexOf(name));
    const withRare = studies.filter((_, row) => columns.some((c) => labels.values.get(row, c) === 1)).length;
    expect(ten.classes).toHaveLength(10);
    expect(ten.copied).toBe(withRare);
    expect(ten.epoch(0).filter(({ augment }) => augment)).toHaveLength(withRare);
    expect(ten.size).toBe(112_120 + withRare);
  });
});
