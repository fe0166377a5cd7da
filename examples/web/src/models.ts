import { io } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { contractOf, type ModelContract, openModel, storeModel } from "radiolucent";

/** A model that the page can open. */
export interface KnownModel {
  /** What `openModel` opens: the address of model.json, or a place in this browser. */
  readonly source: string;
  /** What people read. */
  readonly label: string;
  /** Whether it is kept in this browser, and can be forgotten. */
  readonly stored: boolean;
  /** Its files, where this browser refuses to keep them. */
  readonly files?: readonly File[];
}

/** A model in use. */
export interface OpenedModel extends KnownModel {
  readonly model: LayersModel;
  /** The text that lies beside it and says what it is for; undefined where there is none. */
  readonly card: string | undefined;
}

/** The model that comes with the page. */
export const shippedModel: KnownModel = {
  source: "models/phantoms/model.json",
  label: "Synthetic films (comes with the page)",
  stored: false,
};

const store = "indexeddb://";

/** The model of the page, and those that this browser keeps. */
export async function knownModels(): Promise<KnownModel[]> {
  // A browser may refuse to keep anything; then there is only the page's own.
  const models = await io.listModels().catch(() => ({}));
  const places = Object.keys(models).filter((place) => place.startsWith(store));
  return [
    shippedModel,
    ...places.map((source) => ({ source, label: source.slice(store.length), stored: true })),
  ];
}

/** Opens a model. Without a contract, which says what its inputs and outputs are, it is of no use here. */
export async function openKnown(
  known: KnownModel,
  onProgress: (share: number) => void,
): Promise<OpenedModel> {
  const model = await openModel(known.files ? io.browserFiles([...known.files]) : known.source, {
    onProgress: ({ loadedBytes, totalBytes }) => onProgress(loadedBytes / totalBytes),
  });
  try {
    checkUse(contractOf(model));
  } catch (error) {
    model.dispose();
    throw error;
  }
  return { ...known, model, card: known.stored || known.files ? undefined : await cardBeside(known.source) };
}

/** Makes sure that a model says how films become its input, and something of them. */
function checkUse({ input, heads }: ModelContract): void {
  if (input.normalization === undefined) {
    throw new Error(
      "It does not say how pixels become its input (normalisation), as it was not trained with the library.",
    );
  }
  if (heads.length === 0)
    throw new Error("It has no output for findings or masks: it is only a part of a model.");
}

/** Opens model.json and its weights from files that someone chose, and keeps the model in this browser. */
export async function keepFiles(files: readonly File[]): Promise<KnownModel> {
  const json = files.filter(({ name }) => name.endsWith(".json"));
  const weights = files.filter(({ name }) => !name.endsWith(".json"));
  if (json.length !== 1 || weights.length === 0) {
    throw new Error(
      `Choose one model.json and, together with it, all of its weight files (.bin); you chose ${json.length} and ${weights.length}.`,
    );
  }
  const model = await openModel(io.browserFiles([...json, ...weights]));
  try {
    const contract = contractOf(model);
    checkUse(contract);
    const { architecture, heads } = contract;
    const count = heads.reduce((sum, { classes }) => sum + classes.length, 0);
    const taken = new Set((await knownModels()).map(({ label }) => label));
    const base = `${architecture}, ${count} ${count === 1 ? "output" : "outputs"}`;
    let label = base;
    for (let copy = 2; taken.has(label); copy++) label = `${base} (${copy})`;
    const source = `${store}${label}`;
    try {
      await storeModel(model, source);
    } catch {
      return {
        source,
        label: `${label}, until this page is closed`,
        stored: false,
        files: [...json, ...weights],
      };
    }
    return { source, label, stored: true };
  } finally {
    model.dispose();
  }
}

/** Removes a model from this browser. */
export async function forget({ source }: KnownModel): Promise<void> {
  await io.removeModel(source);
}

async function cardBeside(source: string): Promise<string | undefined> {
  const response = await fetch(new URL("model-card.md", new URL(source, location.href))).catch(
    () => undefined,
  );
  // A server that answers everything with its front page gives no card.
  if (!response?.ok || response.headers.get("content-type")?.includes("html")) return undefined;
  return response.text();
}
