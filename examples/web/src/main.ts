// The page: a backend and a model first, then films, each read, checked and classified on this machine.
import "./style.css";
import { type BackendInUse, contractOf } from "radiolucent";
import { isBackendChoice, startBackend } from "./backend.js";
import { element } from "./dom.js";
import { shownMasks, warmUp } from "./examine.js";
import { fileSource } from "./film.js";
import { addError, clearErrors, messageOf, say, showProgress } from "./messages.js";
import { showModelCard } from "./modelCard.js";
import { modelPanel } from "./modelPanel.js";
import { type KnownModel, type OpenedModel, openKnown, shippedModel } from "./models.js";
import { keepOffline } from "./offline.js";
import { session } from "./session.js";
import { syntheticFilms } from "./synthetic.js";

const backends = element("backend", HTMLSelectElement);
let opened: OpenedModel | undefined;

const films = session(() => {
  if (opened === undefined) throw new Error("No model is open; choose one under “Model”.");
  return opened;
});

/** Opens a model in place of the one before, which stays if it can't be opened, and asks it of the films that are open. */
async function use(known: KnownModel): Promise<void> {
  const before = opened;
  ready(false);
  try {
    await films.exclusively(() => replaceModel(known));
  } finally {
    ready(opened !== undefined);
    void films.again(opened !== before);
  }
}

async function replaceModel(known: KnownModel): Promise<void> {
  say("Loading the model …");
  showProgress(0, "Loading the model");
  const next = await openKnown(known, (share) => showProgress(share, "Loading the model"));
  showProgress();
  say("Preparing the model …");
  try {
    await warmUp(next.model);
  } catch (error) {
    next.model.dispose();
    throw error;
  }
  opened?.model.dispose();
  opened = next;
  showModelCard(element("model-card", HTMLElement), contractOf(next.model), next.card);
  const masks = shownMasks(next.model);
  element("lungs", HTMLInputElement).disabled = masks === undefined;
  element("lungs-label", HTMLElement).textContent = `Show ${masks?.title ?? "the lungs"}`;
  say("Ready.");
}

/** Starts a backend and gives it the model anew: its weights lie on the backend before. */
async function changeBackend(): Promise<void> {
  const known = opened ?? shippedModel;
  ready(false);
  try {
    await films.exclusively(async () => {
      opened?.model.dispose();
      opened = undefined;
      say("Starting the backend …");
      await startChosen();
      await replaceModel(known);
    });
  } finally {
    ready(opened !== undefined);
    void films.again(opened !== undefined);
  }
}

/** Starts what the list says; where that can't be used, what ran before goes on, or at first the fastest that works. */
async function startChosen(): Promise<void> {
  const inUse = element("backend-in-use", HTMLElement);
  const choice = isBackendChoice(backends.value) ? backends.value : "auto";
  const show = ({ name, description }: BackendInUse) => {
    inUse.textContent = description;
    inUse.dataset.backend = name;
  };
  try {
    show(await startBackend(choice));
  } catch (error) {
    addError(`The backend cannot be used: ${messageOf(error)}`);
    const before = inUse.dataset.backend ?? null;
    backends.value = isBackendChoice(before) ? before : "auto";
    show(await startBackend(isBackendChoice(before) ? before : "auto"));
  }
}

function ready(value: boolean): void {
  document.body.dataset.ready = String(value);
}

/** Films can be chosen, dropped anywhere on the page, pasted, or drawn. */
function listen(): void {
  const input = element("files", HTMLInputElement);
  const open = (files: FileList | null | undefined) => {
    if (files && files.length > 0) void films.open([...files].map(fileSource));
  };
  input.addEventListener("change", () => {
    open(input.files);
    input.value = "";
  });
  document.addEventListener("paste", (event) => open(event.clipboardData?.files));
  // What is dropped on a field for files is that field's; words that are dragged are no film.
  const isFilm = ({ target, dataTransfer }: DragEvent) =>
    dataTransfer?.types.includes("Files") && !(target instanceof HTMLInputElement && target.type === "file");
  document.addEventListener("dragover", (event) => {
    if (!isFilm(event)) return;
    event.preventDefault();
    document.body.dataset.dragging = "true";
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) delete document.body.dataset.dragging;
  });
  document.addEventListener("drop", (event) => {
    delete document.body.dataset.dragging;
    if (!isFilm(event)) return;
    event.preventDefault();
    open(event.dataTransfer?.files);
  });
  const next = syntheticFilms();
  element("synthetic", HTMLButtonElement).addEventListener("click", () => void films.open([next()]));
  backends.addEventListener("change", () => {
    clearErrors();
    void attempt(changeBackend);
  });
}

async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    addError(messageOf(error));
    say("");
    showProgress();
  }
}

async function start(): Promise<void> {
  const asked = new URLSearchParams(location.search).get("backend");
  if (isBackendChoice(asked)) backends.value = asked;
  listen();
  await modelPanel(use);
  await changeBackend();
}

void attempt(start).then(keepOffline);
