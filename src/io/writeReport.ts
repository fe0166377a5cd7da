import { basename, dirname } from "node:path";
import { htmlReport } from "../report/htmlReport.js";
import { type ModelCardInput, modelCard } from "../report/modelCard.js";
import type { ReportInput } from "../report/reportInput.js";
import { replaceFiles } from "./replaceFiles.js";

/**
 * Writes the report of a trained model as one HTML file that needs no other file and no network: {@link htmlReport} to
 * disk. A file of that name is replaced as a whole; its folder is made where it is absent.
 *
 * @param path of the file, such as "report.html"
 * @throws ArgumentError when the parts of the input do not belong together
 */
export async function writeReport(path: string, input: ReportInput): Promise<void> {
  await replaceFiles(dirname(path), { [basename(path)]: await htmlReport(input) });
}

/**
 * Writes the card of a trained model as a Markdown file: {@link modelCard} to disk, from what a report is made of. A file of
 * that name is replaced as a whole; its folder is made where it is absent.
 *
 * @param path of the file, such as "model-card.md"
 */
export async function writeModelCard(path: string, input: ModelCardInput): Promise<void> {
  await replaceFiles(dirname(path), { [basename(path)]: modelCard(input) });
}
