import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { afterEach, describe, expect, it, vi } from "vitest";
import { crc32c } from "../../src/io/tensorBoard/crc32c.js";
import { eventRecord } from "../../src/io/tensorBoard/eventRecord.js";
import { tensorBoardLog } from "../../src/io/tensorBoardLog.js";
import type { EpochRecord } from "../../src/training/history.js";
import reference from "../fixtures/tensorBoardEvents.json" with { type: "json" };
import { epochRecord, multitaskRecord } from "./epochRecords.js";
import { temporaryFolders } from "./temporaryFolder.js";

const folder = temporaryFolders();

describe("event records", () => {
  it("check with CRC-32C: 0xe3069283 for 123456789", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
    for (const [text, crc] of Object.entries(reference.crc)) expect(crc32c(Buffer.from(text))).toBe(crc);
  });

  it("are the bytes that google.protobuf and crcmod give", () => {
    const hex = (event: Parameters<typeof eventRecord>[0]) => Buffer.from(eventRecord(event)).toString("hex");
    const values = new Map([
      ["loss", 0.1],
      ["auc/Pleural thickening", Number.NaN],
      ["größe", -2.5e-30],
    ]);
    // google.protobuf leaves out a step of 0, which means the same.
    const version = hex({ wallTime: 1700000000.25, step: 0, content: { kind: "version" } });
    expect(version.slice(24, 42)).toBe(reference.version.slice(24, 42));
    expect(hex({ wallTime: 1700000000.5, step: 300, content: { kind: "start" } })).toBe(reference.start);
    expect(hex({ wallTime: 1700000001.125, step: 7, content: { kind: "scalars", values } })).toBe(
      reference.scalars,
    );
  });
});

interface Read {
  readonly wallTime: number;
  readonly step: number;
  readonly what: string | Readonly<Record<string, number>>;
}

/** The events of a file. */
function readEvents(file: string): Read[] {
  const bytes = readFileSync(file);
  const events: Read[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    events.push(readEvent(new BinaryReader(bytes.subarray(at + 12, at + 12 + length))));
    at += length + 16;
  }
  return events;
}

function readEvent(reader: BinaryReader): Read {
  let [wallTime, step] = [0, 0];
  let what: Read["what"] = "";
  while (reader.pos < reader.len) {
    const [field] = reader.tag();
    if (field === 1) wallTime = reader.double();
    else if (field === 2) step = Number(reader.int64());
    else if (field === 3) what = reader.string();
    else if (field === 7) what = `session ${[...reader.bytes()]}`;
    else what = readSummary(new BinaryReader(reader.bytes()));
  }
  return { wallTime, step, what };
}

function readSummary(reader: BinaryReader): Record<string, number> {
  const values: Record<string, number> = {};
  while (reader.pos < reader.len) {
    reader.tag();
    const value = new BinaryReader(reader.bytes());
    value.tag();
    const tag = value.string();
    value.tag();
    values[tag] = value.float();
  }
  return values;
}

/** What TensorBoard shows of a folder: files by name; a start voids the steps from its own on. */
function shown(directory: string): Read[] {
  let events: Read[] = [];
  for (const name of readdirSync(directory).sort()) {
    for (const event of readEvents(join(directory, name))) {
      if (event.what === "session 8,1") events = events.filter(({ step }) => step < event.step);
      else if (typeof event.what === "object") events.push(event);
    }
  }
  return events;
}

async function train(log: ReturnType<typeof tensorBoardLog>, from: number, to: number): Promise<void> {
  const records: EpochRecord[] = Array.from({ length: from - 1 }, (_, i) => epochRecord(i + 1));
  for (let epoch = from; epoch <= to; epoch++) {
    records.push(epochRecord(epoch));
    await log(records.at(-1)!, [...records]);
  }
}

describe("tensorBoardLog", () => {
  afterEach(() => void vi.useRealTimers());

  it("writes the folders train and validation, one file each, which begins with the version and a start", async () => {
    const directory = folder({});
    await train(tensorBoardLog(directory), 1, 2);
    for (const curve of ["train", "validation"]) {
      const files = readdirSync(join(directory, curve));
      expect(files).toEqual([expect.stringMatching(/^events\.out\.tfevents\.\d{10}\.epochs$/)]);
      const events = readEvents(join(directory, curve, files[0]!));
      expect(events.map(({ step }) => step)).toEqual([0, 1, 1, 2]);
      expect(events[0]!.what).toBe("brain.Event:2");
      expect(events[1]!.what).toBe("session 8,1");
    }
    expect(shown(join(directory, "train"))[1]!.what).toEqual({
      loss: 0.25,
      learning_rate: Math.fround(1e-3),
      steps: 20,
      seconds: 2,
      skipped: 0,
    });
    expect(shown(join(directory, "validation"))[0]!.what).toEqual({
      loss: Math.fround(0.3),
      auc: 0.75,
      "auc/Edema, severe": 0.75,
      "auc/Mass": Number.NaN,
    });
  });

  it("names what heads and masks have", async () => {
    const directory = folder({});
    await tensorBoardLog(directory)(multitaskRecord(1), [multitaskRecord(1)]);
    expect(shown(join(directory, "train"))[0]!.what).toMatchObject({
      "loss/findings": 0.5,
      "loss/lungs": 0.25,
    });
    expect(shown(join(directory, "validation"))[0]!.what).toMatchObject({
      "loss/findings": Math.fround(0.6),
      "auc_of_head/findings": 0.75,
      "dice/lungs": Math.fround(0.9),
      dice: Math.fround(0.9),
      "dice_of_head/lungs": Math.fround(0.9),
    });
  });

  it("makes no validation folder without a validation set", async () => {
    const directory = folder({});
    const record = { ...epochRecord(1), validation: undefined };
    await tensorBoardLog(directory)(record, [record]);
    expect(readdirSync(directory)).toEqual(["train"]);
  });

  it("shows each epoch once after a resumption, those too that the training before did not get to tell", async () => {
    vi.useFakeTimers({ now: 1_800_000_000_000, toFake: ["Date"] });
    const directory = folder({});
    await train(tensorBoardLog(directory), 1, 2);
    const log = tensorBoardLog(directory);
    await train(log, 2, 2);
    await train(tensorBoardLog(directory), 4, 5);
    expect(readdirSync(join(directory, "train"))).toHaveLength(3);
    const events = shown(join(directory, "train"));
    expect(events.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    expect(events.map(({ wallTime }) => wallTime)).toEqual([-6, -4, -2, 0, 0].map((s) => 1_800_000_000 + s));
  });

  it("begins a file after those of other writers, and anew for another training", async () => {
    const directory = folder({ "train/events.out.tfevents.4000000000.elsewhere": "" });
    const log = tensorBoardLog(directory);
    await train(log, 1, 2);
    await train(log, 1, 1);
    expect(readdirSync(join(directory, "train")).slice(1)).toEqual([
      "events.out.tfevents.4000000001.epochs",
      "events.out.tfevents.4000000002.epochs",
    ]);
    expect(shown(join(directory, "train")).map(({ step }) => step)).toEqual([1]);
  });
});
