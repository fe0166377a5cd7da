import { Writable } from "node:stream";
import { afterEach, describe, expect, it, vi } from "vitest";
import { epochLog } from "../../src/io/epochLog.js";
import { progressBar } from "../../src/io/progressBar.js";
import { multitaskRecord } from "./epochRecords.js";

function outlet(isTTY: boolean) {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns: 120 }), text: () => written.join("") };
}

const losses = [4, 2, 3];

function run(show: ReturnType<typeof progressBar>, epochs: number): void {
  for (let epoch = 1; epoch <= epochs; epoch++) {
    losses.forEach((loss, i) => {
      show({ epoch, epochs, batch: i + 1, batches: losses.length, loss });
    });
  }
}

describe("progressBar", () => {
  it("writes one line an epoch where there is no terminal, with the mean loss of its batches", () => {
    const { stream, text } = outlet(false);
    run(progressBar(stream), 2);
    expect(text()).toBe(
      "epoch 1/2: 3 batches, training loss 3.000\nepoch 2/2: 3 batches, training loss 3.000\n",
    );
  });

  it("draws one bar an epoch on a terminal and ends each with a line break", () => {
    const { stream, text } = outlet(true);
    run(progressBar(stream), 2);
    const lines = text().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain("epoch 1/2");
    expect(lines[0]).toContain("3/3");
    expect(lines[0]).toContain("loss 3.000");
    expect(lines[1]).toContain("epoch 2/2");
  });

  it("begins where a resumed training begins, and takes the mean loss of the batches since", () => {
    for (const isTTY of [true, false]) {
      const { stream, text } = outlet(isTTY);
      const show = progressBar(stream);
      show({ epoch: 2, epochs: 2, batch: 2, batches: 3, loss: 4 });
      show({ epoch: 2, epochs: 2, batch: 3, batches: 3, loss: 5 });
      if (isTTY) expect(text()).toMatch(/epoch 2\/2 \[=+ +\] 2\/3 .* loss 4.000/);
      else expect(text()).toBe("epoch 2/2: 2 batches, training loss 4.500\n");
      if (isTTY) expect(text()).toContain("loss 4.500");
    }
  });

  it("ends an epoch that lacks batches when the next begins", () => {
    const { stream, text } = outlet(false);
    const show = progressBar(stream);
    show({ epoch: 1, epochs: 2, batch: 1, batches: 3, loss: 4 });
    show({ epoch: 1, epochs: 2, batch: 2, batches: 3, loss: 2 });
    show({ epoch: 2, epochs: 2, batch: 1, batches: 3, loss: 1 });
    expect(text()).toBe("epoch 1/2: 2 batches, training loss 3.000\n");
  });

  describe("the time left", () => {
    afterEach(() => void vi.useRealTimers());

    it("is the mean time of the epoch's batches since the first, times the batches left", () => {
      vi.useFakeTimers();
      const { stream, text } = outlet(true);
      const show = progressBar(stream);
      show({ epoch: 1, epochs: 1, batch: 1, batches: 100, loss: 1 });
      expect(text()).toContain("1/100 | ? left");
      vi.advanceTimersByTime(30_000);
      show({ epoch: 1, epochs: 1, batch: 2, batches: 100, loss: 1 });
      vi.advanceTimersByTime(50_000);
      show({ epoch: 1, epochs: 1, batch: 3, batches: 100, loss: 1 });
      vi.advanceTimersByTime(1_000);
      expect(text()).toContain("2/100 | 0:49:00 left");
      expect(text()).toContain("3/100 | 1:04:40 left");
    });
  });

  it("does not keep the process alive after a training that ended in the middle of an epoch", () => {
    const { stream } = outlet(true);
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    progressBar(stream)({ epoch: 1, epochs: 2, batch: 1, batches: 3, loss: 1 });
    expect(timers()).toBe(before);
  });
});

describe("epochLog", () => {
  const record = {
    epoch: 3,
    learningRate: 1e-3,
    trainingLoss: 0.51234,
    steps: 30,
    validation: undefined,
    seconds: 12.34,
    skipped: 0,
  };

  it("tells losses, AUC, seconds and skipped images in one line", () => {
    const { stream, text } = outlet(false);
    const log = epochLog(stream);
    log(record);
    const validation = {
      loss: 0.6,
      auc: { Edema: 0.7, Mass: Number.NaN },
      macroAuc: 0.7,
      undefinedAuc: ["Mass"],
    };
    log({ ...record, epoch: 4, skipped: 2, validation });
    expect(text()).toBe(
      "epoch 3: loss 0.5123, 12.3 s\n" +
        "epoch 4: loss 0.5123, validation loss 0.6000, AUC 0.700 (undefined for Mass), 12.3 s, 2 images skipped\n",
    );
  });

  it("tells the mean Dice, and the figures of each head where there are several", () => {
    const { stream, text } = outlet(false);
    epochLog(stream)(multitaskRecord(2));
    expect(text()).toContain(
      "AUC 0.750 (undefined for Mass), Dice 0.900, findings AUC 0.750, lungs Dice 0.900, 2.0 s",
    );
  });

  it("tells no AUC of a model that only draws masks", () => {
    const { stream, text } = outlet(false);
    const { validation, ...rest } = multitaskRecord(2);
    const { heads, ...masks } = validation!;
    epochLog(stream)({ ...rest, validation: { ...masks, auc: {}, macroAuc: Number.NaN, undefinedAuc: [] } });
    expect(text()).toBe("epoch 2: loss 0.2500, validation loss 0.3000, Dice 0.900, 2.0 s\n");
  });

  it("says undefined where no class has an AUC", () => {
    const { stream, text } = outlet(false);
    const validation = { loss: 0.6, auc: { Mass: Number.NaN }, macroAuc: Number.NaN, undefinedAuc: ["Mass"] };
    epochLog(stream)({ ...record, validation });
    expect(text()).toContain("AUC undefined (undefined for Mass)");
  });
});
