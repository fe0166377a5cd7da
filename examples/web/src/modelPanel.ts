import { element, make } from "./dom.js";
import { addError, clearErrors, messageOf, say } from "./messages.js";
import { forget, type KnownModel, keepFiles, knownModels, shippedModel } from "./models.js";

/** The list of models, and the ways to add one and to forget one. */
export async function modelPanel(onChoose: (model: KnownModel) => Promise<void>) {
  const select = element("model", HTMLSelectElement);
  const files = element("model-files", HTMLInputElement);
  const address = element("model-url", HTMLInputElement);
  const remove = element("model-forget", HTMLButtonElement);
  let known: readonly KnownModel[] = [];

  const list = async (chosen: string) => {
    known = await knownModels();
    select.replaceChildren(...known.map(({ source, label }) => make("option", { value: source }, label)));
    select.value = chosen;
    remove.disabled = !current().stored;
  };
  const current = () => known.find(({ source }) => source === select.value) ?? shippedModel;

  /** Says what went wrong, and goes on with the model before. */
  const attempt = async (work: () => Promise<void>) => {
    const before = select.value;
    clearErrors();
    try {
      await work();
    } catch (error) {
      addError(`The model cannot be used: ${messageOf(error)}`);
      say("");
      select.value = before;
    }
    remove.disabled = !current().stored;
  };

  select.addEventListener("change", () => void attempt(() => onChoose(current())));
  files.addEventListener("change", () =>
    attempt(async () => {
      if (files.files === null || files.files.length === 0) return;
      const model = await keepFiles([...files.files]);
      files.value = "";
      await list(model.source);
      await onChoose(model);
    }),
  );
  element("model-address", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(async () => {
      const source = new URL(address.value, location.href);
      if (source.origin !== location.origin) {
        throw new Error(
          `${source.origin} is another host, and this page talks to none but its own; load the model's files instead.`,
        );
      }
      const model = { source: source.href, label: source.pathname, stored: false };
      await onChoose(model);
      known = [...known, model];
      select.append(make("option", { value: model.source }, model.label));
      select.value = model.source;
    });
  });
  remove.addEventListener("click", () =>
    attempt(async () => {
      await forget(current());
      await list(shippedModel.source);
      await onChoose(shippedModel);
    }),
  );
  await list(shippedModel.source);
  return current;
}
