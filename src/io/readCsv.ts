import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip, gunzipSync } from "node:zlib";
import { parse } from "fast-csv";
import { isRadiolucentError, TableError } from "../errors.js";
import { quoteFault } from "./quoteFault.js";
import { splitUntilQuote } from "./splitUntilQuote.js";

/** Longest stretch of a file, in characters, without the end of a record. */
const longestRecord = 2 ** 21;

/**
 * Streams the records of a CSV file (RFC 4180: fields may be quoted, quotes doubled, line breaks quoted; LF, CRLF or CR;
 * a UTF-8 byte order mark is dropped). A name that ends in `.gz` is unpacked. Blank lines come as records of no fields.
 * A record may have up to a million characters.
 *
 * @param file path
 * @param onRecord called with the fields of each record, in order; what it throws ends the reading
 * @param signal ends the reading with its reason
 * @throws TableError when the file cannot be read, is not UTF-8 or its quotes are faulty
 */
export async function readCsv(
  file: string,
  onRecord: (fields: readonly string[]) => void,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  let sinceRecord = 0;
  async function* decode(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    for await (const chunk of chunks) {
      const text = decoder.decode(chunk, { stream: true });
      sinceRecord += text.length;
      if (sinceRecord > longestRecord) throw new Error("Parse Error: the record is too long");
      if (text !== "") yield text;
    }
    decoder.decode();
  }
  const take = (fields: readonly string[]): void => {
    sinceRecord = 0;
    onRecord(fields);
  };
  const split = (texts: AsyncIterable<string>) => splitUntilQuote(texts, take);
  const consume = async (records: AsyncIterable<string[]>): Promise<void> => {
    for await (const fields of records) take(fields);
  };
  const source = createReadStream(file);
  const parser = parse({ headers: false });
  try {
    await (isGzip(file)
      ? pipeline(source, createGunzip(), decode, split, parser, consume, { ...(signal && { signal }) })
      : pipeline(source, decode, split, parser, consume, { ...(signal && { signal }) }));
  } catch (error) {
    signal?.throwIfAborted();
    throw await tableError(file, error);
  }
}

function isGzip(file: string): boolean {
  return file.endsWith(".gz");
}

async function tableError(file: string, error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || isRadiolucentError(error)) return error;
  const code = "code" in error ? String(error.code) : "";
  const failed = (message: string, advice: string) => new TableError(file, [{ message }], advice);
  if (error.message.startsWith("Parse Error")) {
    const bytes = await readFile(file);
    const fault = quoteFault(new TextDecoder().decode(isGzip(file) ? gunzipSync(bytes) : bytes));
    const advice = "A quote inside a quoted field must stand doubled.";
    if (fault !== undefined) return new TableError(file, [fault], advice);
    return failed(`a record is longer than ${longestRecord} characters`, advice);
  }
  if (code === "ENOENT") return failed("there is no such file", "Check the path.");
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
    return failed("is not UTF-8 text", "Save the table as CSV in UTF-8.");
  }
  if (code.startsWith("Z_")) {
    return failed(`cannot be unpacked (${error.message})`, "Expected a whole gzip file; fetch it again.");
  }
  if ("syscall" in error) {
    return failed(`cannot be read (${error.message})`, "Check the path and its permissions.");
  }
  return error;
}
