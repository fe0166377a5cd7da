import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { resizeImage } from "../../src/images/index.js";
import {
  type PhantomFinding,
  type PhantomStudy,
  phantomDataset,
  phantomFindings,
  phantomTubes,
  renderPhantom,
} from "../../src/phantom/index.js";
import { area, dilated, extent, shared } from "./masks.js";

const size = 80;
const all: readonly PhantomFinding[] = [...phantomFindings, ...phantomTubes];
const { studies } = phantomDataset({ patients: 12, seed: "render", imagesPerPatient: [1, 1] });
const showing = (study: PhantomStudy, ...findings: PhantomFinding[]) =>
  renderPhantom({ ...study, findings }, size);
const meanInside = (values: Uint8Array, mask: Uint8Array) => {
  let sum = 0;
  let count = 0;
  values.forEach((value, i) => {
    sum += value * mask[i]!;
    count += mask[i]!;
  });
  return sum / count;
};

describe("the film", () => {
  it("has the same bytes whenever it is drawn", () => {
    const hash = () => {
      const sum = createHash("sha256");
      for (const study of phantomDataset({ patients: 5, seed: 3 }).studies) {
        const film = renderPhantom({ ...study, findings: all }, 64);
        sum.update(film.image.pixels.data).update(film.lungMask.data);
        for (const mask of Object.values(film.findingMasks)) sum.update(mask.data);
      }
      return sum.digest("hex");
    };
    expect(hash()).toBe(hash());
  });

  it("is the same film at another size", () => {
    for (const study of studies.slice(0, 4)) {
      const large = renderPhantom({ ...study, findings: all }, 256);
      const small = renderPhantom({ ...study, findings: all }, 64);
      const shrunk = resizeImage(large.image, 64, 64).pixels.data;
      let difference = 0;
      small.image.pixels.data.forEach((value, i) => {
        difference += Math.abs(value - shrunk[i]!) / shrunk.length;
      });
      expect(difference).toBeLessThan(3);
      for (const finding of phantomFindings) {
        const share = area(large.findingMasks[finding]!) / 16 / area(small.findingMasks[finding]!);
        expect(Math.abs(Math.log(share))).toBeLessThan(0.25);
      }
    }
  });

  it("draws any size from 48 to 512 and refuses what is no size", () => {
    for (const side of [48, 81, 512]) {
      const film = renderPhantom(studies[0]!, side);
      expect(film.image.pixels.shape).toEqual([side, side]);
      expect(film.lungMask.shape).toEqual([side, side]);
    }
    expect(() => renderPhantom(studies[0]!, 15)).toThrow(/size: is 15/);
    expect(() => renderPhantom(studies[0]!, 64.5)).toThrow(/size: is 64.5/);
  });

  it("shows dark lungs around a bright heart, and air beside the neck darkest", () => {
    for (const study of studies) {
      const { image, lungMask, heartMask } = showing(study);
      const lungs = meanInside(image.pixels.data, lungMask.data);
      const heart = meanInside(image.pixels.data, heartMask.data);
      expect(heart - lungs).toBeGreaterThan(60);
      expect(lungs - image.pixels.get(0, 0)).toBeGreaterThan(30);
      expect(shared(lungMask, heartMask)).toBe(0);
      expect(area(lungMask) / size ** 2).toBeGreaterThan(0.2);
      expect(area(lungMask) / size ** 2).toBeLessThan(0.45);
      // The heart leans towards the patient's left, the image's right.
      const { first, last, centre } = extent(lungMask, "columns");
      expect(extent(heartMask, "columns").centre).toBeGreaterThan((first + last) / 2);
      expect(Math.abs(centre - 0.5)).toBeLessThan(0.1);
    }
  });
});

describe("a finding", () => {
  it.each(all)(
    "%s changes the film inside its mask and next to nowhere else (over 95% of the difference)",
    (finding) => {
      for (const study of studies) {
        const without = showing(study).image.pixels.data;
        const film = showing(study, finding);
        const near = dilated(film.findingMasks[finding]!, 2);
        let inside = 0;
        let total = 0;
        film.image.pixels.data.forEach((value, i) => {
          const difference = Math.abs(value - without[i]!);
          total += difference;
          inside += difference * near[i]!;
        });
        expect(inside / total).toBeGreaterThan(0.95);
        expect(total / area(film.findingMasks[finding]!)).toBeGreaterThan(7);
      }
    },
  );

  it("has a mask where the study has it, and only there", () => {
    expect(showing(studies[0]!).findingMasks).toEqual({});
    expect(Object.keys(showing(studies[0]!, "Nodule", "Chest_drain").findingMasks).sort()).toEqual([
      "Chest_drain",
      "Nodule",
    ]);
  });

  it("Cardiomegaly: the heart takes more than half of the chest's width, otherwise less (cardiothoracic ratio)", () => {
    for (const study of studies) {
      const ratio = (...findings: PhantomFinding[]) => {
        const { heartMask, lungMask } = showing(study, ...findings);
        const heart = extent(heartMask, "columns");
        const chest = extent(lungMask, "columns");
        return (heart.last - heart.first) / (chest.last - chest.first);
      };
      expect(ratio()).toBeLessThan(0.5);
      expect(ratio("Cardiomegaly")).toBeGreaterThan(0.5);
      const { findingMasks, heartMask } = showing(study, "Cardiomegaly");
      expect(area(heartMask)).toBeGreaterThan(1.2 * area(showing(study).heartMask));
      expect(findingMasks.Cardiomegaly).toEqual(heartMask);
    }
  });

  it("Nodule: lies in a lung, clear of the largest heart, of fluid and of free air", () => {
    for (const study of studies) {
      const { findingMasks, lungMask } = showing(study, ...phantomFindings);
      const nodule = findingMasks.Nodule!;
      expect(shared(nodule, lungMask)).toBe(area(nodule));
      expect(shared(nodule, findingMasks.Effusion!) + shared(nodule, findingMasks.Pneumothorax!)).toBe(0);
    }
  });

  it("Effusion: stands in one costophrenic angle", () => {
    for (const study of studies) {
      const { findingMasks, lungMask } = showing(study, "Effusion");
      const fluid = findingMasks.Effusion!;
      const lungs = extent(lungMask, "rows");
      expect(extent(fluid, "rows").centre).toBeGreaterThan(lungs.first + 0.7 * (lungs.last - lungs.first));
      const { first, last } = extent(fluid, "columns");
      expect(first > 0.45 || last < 0.55).toBe(true);
    }
  });

  it("Pneumothorax: lies in the upper outer rim of one lung and is darker than the lung was", () => {
    for (const study of studies) {
      const film = showing(study, "Pneumothorax");
      const air = film.findingMasks.Pneumothorax!;
      expect(shared(air, film.lungMask)).toBe(area(air));
      const lungs = extent(film.lungMask, "rows");
      expect(extent(air, "rows").centre).toBeLessThan((lungs.first + lungs.last) / 2);
      const { centre, first, last } = extent(air, "columns");
      expect(first > 0.5 || last < 0.5).toBe(true);
      expect(Math.abs(centre - 0.5)).toBeGreaterThan(0.18);
      const before = meanInside(showing(study).image.pixels.data, air.data);
      expect(before - meanInside(film.image.pixels.data, air.data)).toBeGreaterThan(8);
    }
  });

  it("tubes: take their courses", () => {
    for (const study of studies) {
      const { findingMasks, lungMask } = showing(study, ...phantomTubes);
      const lungs = extent(lungMask, "rows");
      const midline = (extent(lungMask, "columns").first + extent(lungMask, "columns").last) / 2;
      const rows = (tube: PhantomFinding) => extent(findingMasks[tube]!, "rows");
      const columns = (tube: PhantomFinding) => extent(findingMasks[tube]!, "columns");

      // From above the film into the trachea; the carina lies a third down the lungs.
      expect(rows("Endotracheal_tube").first).toBe(0);
      expect(rows("Endotracheal_tube").last).toBeLessThan(lungs.first + 0.4 * (lungs.last - lungs.first));
      expect(Math.abs(columns("Endotracheal_tube").centre - midline)).toBeLessThan(0.06);
      // Down the midline, through the diaphragm, then to the patient's left.
      expect(rows("Nasogastric_tube").first).toBe(0);
      expect(rows("Nasogastric_tube").last).toBeGreaterThan(0.7);
      expect(columns("Nasogastric_tube").last).toBeGreaterThan(midline + 0.1);
      // Short, low in the neck.
      expect(rows("Tracheostomy_tube").first).toBeGreaterThan(0);
      expect(rows("Tracheostomy_tube").last).toBeLessThan(0.35);
      // From outside one lung into it.
      const drain = findingMasks.Chest_drain!;
      const inLung = shared(drain, lungMask) / area(drain);
      expect(inLung).toBeGreaterThan(0.5);
      expect(inLung).toBeLessThan(0.95);
      for (const tube of phantomTubes) expect(area(findingMasks[tube]!) / size ** 2).toBeLessThan(0.04);
    }
  });
});
