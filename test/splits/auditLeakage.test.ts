import fc from "fast-check";
import { htmlReport, isRadiolucentError } from "radiolucent";
import type { Fingerprints, ImageFingerprint, Study } from "radiolucent/labels";
import { assertNoLeakage, auditLeakage, checkForLeakage } from "radiolucent/splits";
import { describe, expect, test } from "vitest";
import { randomStream } from "../../src/random.js";
import { nearPairs } from "../../src/splits/nearPairs.js";
import { exampleInput } from "../report/example.js";

/** Studies of patients of their own, so that only images can give them away. */
const set = (name: string, imageIds: readonly string[], source?: string) => ({
  studies: imageIds.map(
    (imageId, i): Study => ({ imageId, patientId: `${name} ${i}`, ...(source !== undefined && { source }) }),
  ),
});

const zeros = "0".repeat(64);
const ones = "f".repeat(64);
/** 256 bits that differ in `count` from the zeros. */
const apart = (count: number) => Array.from({ length: 64 }, (_, i) => "01"[i < count ? 1 : 0]).join("");
const fingerprints = (entries: Readonly<Record<string, readonly [string, string]>>): Fingerprints =>
  new Map(
    Object.entries(entries).map(([id, [pixels, perceptual]]): [string, ImageFingerprint] => [
      id,
      { pixels, perceptual },
    ]),
  );

describe("identical pixels", () => {
  const sets = { train: set("train", ["a", "b", "c"]), test: set("test", ["d", "e"]) };

  test("in two sets they are leakage under any name; the audit says which images", () => {
    const known = fingerprints({ a: ["1", zeros], b: ["2", ones], d: ["1", zeros], e: ["3", apart(60)] });
    expect(auditLeakage(sets).clean).toBe(true);
    const audit = auditLeakage(sets, { fingerprints: known });
    expect(audit.clean).toBe(false);
    expect(audit.overlaps).toEqual([
      {
        sets: ["train", "test"],
        patients: [],
        studies: [],
        images: [],
        samePixels: [{ images: [["a"], ["d"]] }],
      },
    ]);
    expect(audit.sets.map((entry) => entry.fingerprints)).toEqual([2, 2]);
    expect(audit.suspects).toEqual([]);
    expect(() => assertNoLeakage(sets, { fingerprints: known })).toThrow(
      '"train" and "test" share 1 pictures under several names (a is d)',
    );
  });

  test("within a set they are duplicates and no leakage", () => {
    const known = fingerprints({ a: ["1", zeros], c: ["1", zeros], d: ["2", ones] });
    const audit = auditLeakage(sets, { fingerprints: known });
    expect(audit.clean).toBe(true);
    expect(audit.duplicates).toEqual([{ set: "train", images: ["a", "c"] }]);
    expect(audit.suspects).toEqual([]);
  });

  test("a set's own fingerprints go before those of the options: ids may mean other images in another set", () => {
    const a = { ...set("a", ["1.png"]), fingerprints: fingerprints({ "1.png": ["x", zeros] }) };
    const b = { ...set("b", ["one.png"]), fingerprints: fingerprints({ "one.png": ["x", zeros] }) };
    expect(checkForLeakage(a, b)).toBe(true);
    expect(checkForLeakage(a, { ...b, fingerprints: fingerprints({ "one.png": ["y", ones] }) })).toBe(false);
  });
});

describe("near-duplicates", () => {
  const sets = { train: set("train", ["a", "b"]), test: set("test", ["c", "d"]) };
  const known = fingerprints({ a: ["1", zeros], b: ["2", apart(3)], c: ["3", apart(40)], d: ["4", ones] });

  test("within the distance they are suspects, nearest first, in two sets and within one, and the audit stays clean", () => {
    const audit = auditLeakage(sets, { fingerprints: known });
    expect(audit.clean).toBe(true);
    expect(audit.suspects).toEqual([
      {
        sets: ["train", "train"],
        reason: "near-duplicate",
        count: 1,
        pairs: [{ images: ["a", "b"], distance: 3 }],
      },
      {
        sets: ["train", "test"],
        reason: "near-duplicate",
        count: 2,
        pairs: [
          { images: ["b", "c"], distance: 37 },
          { images: ["a", "c"], distance: 40 },
        ],
      },
    ]);
    expect(auditLeakage(sets, { fingerprints: known, maxDistance: 37 }).suspects[1]).toMatchObject({
      count: 1,
    });
    expect(auditLeakage(sets, { fingerprints: known, maxDistance: 2 }).suspects).toEqual([]);
  });

  test("all are counted, few are kept", () => {
    const { suspects } = auditLeakage(sets, { fingerprints: known, pairsKept: 1 });
    expect(suspects[1]).toMatchObject({ count: 2, pairs: [{ images: ["b", "c"], distance: 37 }] });
  });

  test("suspects of two sets are an error when they are to stop; those within a set never are", () => {
    expect(assertNoLeakage(sets, { fingerprints: known }).suspects).toHaveLength(2);
    const strict = { suspects: "stop" } as const;
    expect(assertNoLeakage(sets, { fingerprints: known, maxDistance: 3, ...strict }).suspects).toHaveLength(
      1,
    );
    try {
      assertNoLeakage(sets, { fingerprints: known, ...strict });
      expect.unreachable();
    } catch (error) {
      if (!isRadiolucentError(error, "leakage")) throw error;
      expect(error.overlaps).toEqual([]);
      expect(error.suspects.map(({ sets: names }) => names)).toEqual([["train", "test"]]);
      expect(error.message).toContain(
        '"train" and "test" have 2 pairs that may be one film by near-duplicate (b and c)',
      );
    }
  });

  test("48 bits is the default for fingerprints of 256 bits only; another length must say", () => {
    const short = fingerprints({ a: ["1", "00"], c: ["2", "01"] });
    expect(() => auditLeakage(sets, { fingerprints: short })).toThrow(
      "options.maxDistance: is needed for fingerprints of 8 bits",
    );
    expect(auditLeakage(sets, { fingerprints: short, maxDistance: 1 }).suspects).toHaveLength(1);
    const mixed = fingerprints({ a: ["1", zeros], c: ["2", "01"] });
    expect(() => auditLeakage(sets, { fingerprints: mixed })).toThrow('"01" is not 64 hexadecimal digits');
    expect(() => auditLeakage(sets, { maxDistance: -1 })).toThrow("options.maxDistance: is -1");
  });
});

describe("file names", () => {
  test("one file name in two folders or datasets is suspect, whatever the ending; the same id is a shared image", () => {
    const sets = {
      train: set("train", ["nih/00000001_000.png", "same.png"], "nih"),
      test: set("test", ["rsna/images/00000001_000.dcm", "same.png", "rsna/other.dcm"], "rsna"),
    };
    const audit = auditLeakage(sets);
    expect(audit.overlaps[0]).toMatchObject({ images: ["same.png"] });
    expect(audit.suspects).toEqual([
      {
        sets: ["train", "test"],
        reason: "file name",
        count: 1,
        pairs: [{ images: ["nih/00000001_000.png", "rsna/images/00000001_000.dcm"] }],
      },
    ]);
  });

  test("a file name that repeats within a set tells nothing", () => {
    const view = "view1_frontal.jpg";
    const sets = {
      train: set("train", [`patient1/${view}`, `patient2/${view}`]),
      test: set("test", [`patient3/${view}`]),
    };
    expect(auditLeakage(sets).suspects).toEqual([]);
  });

  test("a file name that all images of a large set share costs no more than other names", {
    timeout: 20_000,
  }, () => {
    const images = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => `patient${from + i}/study1/view1_frontal.jpg`);
    const millisecondsFor = (count: number) => {
      const sets = { train: set("train", images(0, count)), test: set("test", images(count, 9)) };
      const start = performance.now();
      expect(auditLeakage(sets)).toMatchObject({ clean: true, suspects: [] });
      return performance.now() - start;
    };
    expect(millisecondsFor(40_000)).toBeLessThan(4000); // with a list copied for each image: 13 s
  });

  test("names that repeat across the sources of a merged set are compared", () => {
    const merged = {
      studies: [...set("a", ["nih/1.png"], "nih").studies, ...set("b", ["siim/1.png"], "siim").studies],
    };
    expect(auditLeakage({ merged, test: set("c", ["rsna/1.png"], "rsna") }).suspects[0]).toMatchObject({
      count: 2,
    });
  });

  test("a pair that is proved by its pixels is not suspected as well", () => {
    const known = fingerprints({ "x/1.png": ["p", zeros], "y/1.png": ["p", zeros] });
    const audit = auditLeakage(
      { a: set("a", ["x/1.png"]), b: set("b", ["y/1.png"]) },
      { fingerprints: known },
    );
    expect(audit.overlaps).toHaveLength(1);
    expect(audit.suspects).toEqual([]);
  });
});

describe("nearPairs", () => {
  const onesOf = Uint8Array.from({ length: 16 }, (_, digit) => digit.toString(2).replaceAll("0", "").length);
  /** All pairs within the distance, by comparing digit by digit. */
  const expectedPairs = (hashes: readonly string[], limit: number) => {
    const digits = hashes.map((hash) => Uint8Array.from(hash, (digit) => Number.parseInt(digit, 16)));
    const pairs: string[] = [];
    digits.forEach((a, i) => {
      for (let j = i + 1; j < digits.length; j++) {
        const b = digits[j]!;
        let distance = 0;
        for (let k = 0; k < a.length; k++) distance += onesOf[a[k]! ^ b[k]!]!;
        if (distance <= limit) pairs.push(`${i} ${j} ${distance}`);
      }
    });
    return pairs.sort();
  };
  const found = (hashes: readonly string[], distance: number) => {
    const pairs: string[] = [];
    nearPairs(hashes, distance, (i, j, d) => pairs.push(`${i} ${j} ${d}`));
    return pairs.sort();
  };

  test("finds each pair within the distance once, by buckets as by comparing all", () => {
    // Enough fingerprints for buckets to be cheaper, in clusters so that there are pairs at every distance.
    for (const { digits, distance } of [
      { digits: 16, distance: 0 },
      { digits: 16, distance: 5 },
      { digits: 16, distance: 9 },
      { digits: 64, distance: 20 },
      { digits: 12, distance: 3 },
      { digits: 6, distance: 1 },
    ]) {
      const random = randomStream(digits + distance);
      const digit = () => random.integer(16).toString(16);
      const hashes = Array.from({ length: 2000 }, () => Array.from({ length: digits }, digit).join(""));
      for (let i = 0; i < 2000; i += 2) {
        const bits = [...hashes[i]!];
        for (let flips = random.integer(2 * distance + 2); flips > 0; flips--) {
          const at = random.integer(digits);
          bits[at] = (Number.parseInt(bits[at]!, 16) ^ (1 << random.integer(4))).toString(16);
        }
        hashes[random.integer(2000)] = bits.join("");
      }
      const expected = expectedPairs(hashes, distance);
      expect(expected.length).toBeGreaterThan(100);
      expect(found(hashes, distance)).toEqual(expected);
    }
  });

  test("of any few fingerprints, too, at any distance", () => {
    const hash = fc.string({ unit: fc.constantFrom("0", "1", "8", "f"), minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(fc.array(hash, { maxLength: 12 }), fc.integer({ min: 0, max: 64 }), (hashes, distance) => {
        expect(found(hashes, distance)).toEqual(expectedPairs(hashes, distance));
      }),
    );
  });

  test("no fingerprint gives no pair; fingerprints that are no digits are errors", () => {
    expect(found([], 3)).toEqual([]);
    expect(() => found(["0g"], 3)).toThrow('"0g" is not');
    expect(() => found(["000"], 3)).toThrow("expected an even number");
  });
});

test("a report shows shared pictures, duplicates and suspects", async () => {
  const example = exampleInput();
  const sets = { training: example.sets.training!, test: example.sets.test! };
  const [a, b, c] = sets.training.studies.map(({ imageId }) => imageId);
  const [d] = sets.test.studies.map(({ imageId }) => imageId);
  const known = fingerprints({
    [a!]: ["1", zeros],
    [b!]: ["1", zeros],
    [c!]: ["2", apart(7)],
    [d!]: ["1", zeros],
  });
  const page = await htmlReport({ ...example, sets, audit: auditLeakage(sets, { fingerprints: known }) });
  expect(page).toContain(`${a} = ${d}`);
  expect(page).toContain("Pictures that one set has under several names: 1 in training.");
  expect(page).toContain("(7 bits)");
  expect(await htmlReport(example)).toContain("Pixels were not compared.");
});
