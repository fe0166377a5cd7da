import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { csvLog } from "../../src/io/csvLog.js";
import { jsonLinesLog } from "../../src/io/jsonLinesLog.js";
import { readCsv } from "../../src/io/readCsv.js";
import { epochRecord, multitaskRecord } from "./epochRecords.js";
import { temporaryFolders } from "./temporaryFolder.js";

const folder = temporaryFolders();

async function records(file: string): Promise<(readonly string[])[]> {
  const read: (readonly string[])[] = [];
  await readCsv(file, (fields) => read.push(fields));
  return read;
}

const epochs = [1, 2, 3].map(epochRecord);

describe("csvLog", () => {
  it("writes one row an epoch and one column a number, with all digits; NaN is NaN", async () => {
    const file = join(folder({}), "runs", "epochs.csv");
    await csvLog(file)(epochs[1]!, epochs.slice(0, 2));
    expect(readFileSync(file, "utf8")).toBe(
      'epoch,learningRate,trainingLoss,steps,validation.loss,"validation.auc.Edema, severe",validation.auc.Mass,' +
        "validation.macroAuc,seconds,skipped\n" +
        "1,0.001,0.3333333333333333,10,0.30000000000000004,0.75,NaN,0.75,2,0\n" +
        "2,0.001,0.25,20,0.30000000000000004,0.75,NaN,0.75,2,0\n",
    );
    expect((await records(file))[0]).toContain("validation.auc.Edema, severe");
  });

  it("names the figures of heads and masks by their path", async () => {
    const file = join(folder({}), "epochs.csv");
    await csvLog(file)(multitaskRecord(1), [multitaskRecord(1)]);
    const [names, row] = await records(file);
    const figures = Object.fromEntries(names!.map((name, i) => [name, row![i]]));
    expect(figures).toMatchObject({
      "trainingHeads.lungs": "0.25",
      "validation.dice.lungs": "0.9",
      "validation.heads.findings.macroAuc": "0.75",
      "validation.heads.lungs.meanDice": "0.9",
    });
  });

  it("leaves a field empty where a record has no such number, and keeps the columns in their order", async () => {
    const file = join(folder({}), "epochs.csv");
    const bare = { ...epochs[0]!, learningRate: undefined, validation: undefined };
    await csvLog(file)(bare, [bare, { ...bare, epoch: 2, learningRate: 0.5 }]);
    expect(readFileSync(file, "utf8").split("\n").slice(0, 3)).toEqual([
      "epoch,trainingLoss,steps,seconds,skipped,learningRate",
      "1,0.3333333333333333,10,2,0,",
      "2,0.3333333333333333,10,2,0,0.5",
    ]);
  });

  it("refuses a record with two numbers of one path", async () => {
    const record = epochRecord(1);
    const heads = { "a.b": { loss: 1 }, a: { loss: 1, b: { loss: 2 } } };
    const odd = { ...record, validation: { ...record.validation!, heads } };
    const file = join(folder({}), "epochs.csv");
    await expect(csvLog(file)(odd, [odd])).rejects.toMatchObject({ code: "argument" });
  });
});

describe("jsonLinesLog", () => {
  it("writes the record of an epoch in each line; NaN is null", async () => {
    const file = join(folder({}), "epochs.jsonl");
    await jsonLinesLog(file)(epochs[1]!, epochs.slice(0, 2));
    const lines = readFileSync(file, "utf8").split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[2]).toBe("");
    const validation = { ...epochs[1]!.validation!, auc: { "Edema, severe": 0.75, Mass: null } };
    expect(JSON.parse(lines[1]!)).toEqual({ ...epochs[1]!, validation });
  });
});

describe.each([
  ["csvLog", csvLog, 1],
  ["jsonLinesLog", jsonLinesLog, 0],
] as const)("%s of a training that was broken off", (_, log, header) => {
  it("holds each epoch once: neither those that are run again, nor those that no call told, are wrong", async () => {
    const directory = folder({ epochs: "half a li" });
    const file = join(directory, "epochs");
    const first = log(file);
    await first(epochs[0]!, epochs.slice(0, 1));
    await first(epochs[1]!, epochs.slice(0, 2));
    await log(file)(epochs[1]!, epochs.slice(0, 2));
    await log(file)(epochs[2]!, epochs);
    expect(readFileSync(file, "utf8").trimEnd().split("\n")).toHaveLength(3 + header);
    expect(readdirSync(directory)).toEqual(["epochs"]);
  });
});
