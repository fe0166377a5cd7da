// The page: a backend and a model first, then films, each read, checked and classified on this machine.
import "./style.css";
import { contractOf } from "radiolucent";
import { isBackendChoice, startBackend } from "./backend.js";
import { element } from "./dom.js";
import { lungHead, warmUp } from "./examine.js";
import { fileSource } from "./film.js";
import { addError, clearErrors, messageOf, say } from "./messages.js";
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
  await films.stop();
  ready(false);
  try {
    say("Loading the model …");
    const next = await openKnown(known, (share) => say(`Loading the model … ${Math.round(100 * share)}%`));
    opened?.model.dispose();
    opened = next;
    showModelCard(element("model-card", HTMLElement), contractOf(next.model), next.card);
    element("lungs", HTMLInputElement).disabled = lungHead(next.model) === undefined;
    say("Preparing the model …");
    await warmUp(next.model);
    say("Ready.");
  } finally {
    ready(opened !== undefined);
  }
  await films.again();
}

/** Starts a backend and gives it the model anew: its weights lie on the backend before. */
async function changeBackend(): Promise<void> {
  await films.stop();
  ready(false);
  const known = opened ?? shippedModel;
  opened?.model.dispose();
  opened = undefined;
  const inUse = element("backend-in-use", HTMLElement);
  try {
    say("Starting the backend …");
    const { name, description } = await startBackend(
      isBackendChoice(backends.value) ? backends.value : "auto",
    );
    inUse.textContent = description;
    inUse.dataset.backend = name;
  } catch (error) {
    backends.value = inUse.dataset.backend ?? "auto";
    addError(`The backend cannot be used: ${messageOf(error)}`);
  }
  await use(known);
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
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.dataset.dragging = "true";
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) delete document.body.dataset.dragging;
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    delete document.body.dataset.dragging;
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
