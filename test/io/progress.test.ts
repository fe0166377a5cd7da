import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { epochLog } from "../../src/io/epochLog.js";
import { progressBar } from "../../src/io/progressBar.js";

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

  it("says undefined where no class has an AUC", () => {
    const { stream, text } = outlet(false);
    const validation = { loss: 0.6, auc: { Mass: Number.NaN }, macroAuc: Number.NaN, undefinedAuc: ["Mass"] };
    epochLog(stream)({ ...record, validation });
    expect(text()).toContain("AUC undefined (undefined for Mass)");
  });
});
