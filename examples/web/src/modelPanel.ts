import { element, make } from "./dom.js";
import { addError, clearErrors, messageOf, say, showProgress } from "./messages.js";
import { forget, type KnownModel, keepFiles, knownModels, shippedModel } from "./models.js";

/** The list of models, and the ways to add one and to forget one. */
export async function modelPanel(onChoose: (model: KnownModel) => Promise<void>) {
  const select = element("model", HTMLSelectElement);
  const files = element("model-files", HTMLInputElement);
  const address = element("model-url", HTMLInputElement);
  const remove = element("model-forget", HTMLButtonElement);
  // Those of an address or of files that are not kept are known until the page is closed.
  const added: KnownModel[] = [];
  let known: readonly KnownModel[] = [];
  let used = shippedModel.source;

  const list = async (chosen: string) => {
    known = [...(await knownModels()), ...added];
    select.replaceChildren(...known.map(({ source, label }) => make("option", { value: source }, label)));
    select.value = chosen;
    remove.disabled = !current().stored;
  };
  const current = () => known.find(({ source }) => source === select.value) ?? shippedModel;
  const choose = async (model: KnownModel) => {
    await onChoose(model);
    used = model.source;
  };
  const add = (model: KnownModel) => {
    if (!added.some(({ source }) => source === model.source)) added.push(model);
  };

  /** Says what went wrong, and goes on with the model before. */
  const attempt = async (work: () => Promise<void>) => {
    clearErrors();
    try {
      await work();
    } catch (error) {
      addError(`The model cannot be used: ${messageOf(error)}`);
      say("");
      showProgress();
    }
    // What is in use, also where something else was asked for meanwhile.
    select.value = used;
    remove.disabled = !current().stored;
  };

  select.addEventListener("change", () => void attempt(() => choose(current())));
  files.addEventListener("change", () =>
    attempt(async () => {
      if (files.files === null || files.files.length === 0) return;
      const given = [...files.files];
      // The same files can be chosen again, also after something was wrong with them.
      files.value = "";
      say("Reading the model’s files …");
      const model = await keepFiles(given);
      if (!model.stored) add(model);
      await list(model.source);
      await choose(model);
    }),
  );
  element("model-address", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(async () => {
      if (!URL.canParse(address.value, location.href)) throw new Error(`“${address.value}” is no address.`);
      const source = new URL(address.value, location.href);
      if (source.origin !== location.origin) {
        throw new Error(
          `${source.origin} is another host, and this page talks to none but its own; load the model's files instead.`,
        );
      }
      const model = { source: source.href, label: source.pathname, stored: false };
      await choose(model);
      add(model);
      await list(model.source);
    });
  });
  remove.addEventListener("click", () =>
    attempt(async () => {
      await forget(current());
      await list(shippedModel.source);
      // The button rests now; what had the focus is not to be lost.
      select.focus();
      await choose(shippedModel);
    }),
  );
  await list(shippedModel.source);
}
