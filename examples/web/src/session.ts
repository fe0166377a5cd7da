import { applyWindow, contractOf, type Image, type WindowOptions } from "radiolucent";
import { batchTable } from "./batch.js";
import { checkFilm } from "./checks.js";
import { batchCsv, download } from "./csv.js";
import { element } from "./dom.js";
import { forDisplay } from "./draw.js";
import { classify, explain, type FilmResult, type FindingResult, findLungs } from "./examine.js";
import type { Film, FilmSource, WindowedValues } from "./film.js";
import { addError, clearErrors, messageOf, say, showWarnings } from "./messages.js";
import type { OpenedModel } from "./models.js";
import { readable, resultsTable } from "./results.js";
import { inTurn, lane, nextFrame } from "./tasks.js";
import { viewer } from "./viewer.js";
import { windowControls } from "./windowControls.js";

/** The film on the screen. */
interface ShownFilm {
  readonly film: Film;
  /** Before any window, and the same at the size at which it is drawn. */
  readonly adjustable: WindowedValues;
  readonly small: Image;
  /** What the model sees: the film through the window. */
  readonly image: Image;
}

/** Films that were opened, and the one that is shown. */
export function session(modelInUse: () => OpenedModel) {
  const lungsWanted = element("lungs", HTMLInputElement);
  const screen = viewer();
  const results = resultsTable(element("results", HTMLElement), (wanted) => void explainFinding(wanted));
  const batch = batchTable(element("batch", HTMLElement), (index) => void reopen(index));
  const sliders = windowControls((window) => rewindow(window));
  // Films are read one after the other until others are opened; what is done with the film on the screen ends only what was
  // done with it before. The model serves one at a time.
  const reading = lane();
  const looking = lane();
  const turn = inTurn();
  let sources: readonly FilmSource[] = [];
  let shown: ShownFilm | undefined;
  let explained: FindingResult | undefined;
  let settling: ReturnType<typeof setTimeout> | undefined;

  const classifyTimed = async (film: Film, image: Image, signal: AbortSignal): Promise<FilmResult> => {
    const result = await turn(() => classify(modelInUse().model, image, film.name, signal));
    element("time", HTMLElement).textContent = `${Math.round(result.milliseconds)} ms`;
    return result;
  };

  const present = async (film: Film, result: FilmResult, signal: AbortSignal) => {
    const adjustable = await film.adjustable();
    signal.throwIfAborted();
    shown = { film, adjustable, small: forDisplay(adjustable.values), image: film.image };
    screen.showFilm(forDisplay(film.image), film.name);
    sliders.fit(adjustable);
    element("film-name", HTMLElement).textContent = film.name;
    element("film-caption", HTMLElement).textContent = film.caption;
    showWarnings([...film.notes, ...checkFilm(film.image, contractOf(modelInUse().model))]);
    showResult(result);
    await overlays(signal);
  };

  const showResult = (result: FilmResult) => {
    results.show(result);
    explained = result.findings.find((found) => isSame(found, explained));
    results.press(explained);
  };

  /** Lays over the film what is wanted; says whether there is anything that speaks for the finding in question. */
  const overlays = async (signal: AbortSignal): Promise<boolean> => {
    if (shown === undefined) return false;
    const [{ image }, wanted] = [shown, explained];
    const mask = lungsWanted.checked
      ? await turn(() => findLungs(modelInUse().model, image, signal))
      : undefined;
    signal.throwIfAborted();
    screen.showLungs(mask);
    const map = wanted && (await turn(() => explain(modelInUse().model, image, wanted)));
    signal.throwIfAborted();
    screen.showHeat(map, wanted && readable(wanted.finding));
    return map !== undefined;
  };

  /** Reads and classifies films one after the other, shows the first that can be read, and fills the table. */
  const open = (given: readonly FilmSource[]) =>
    reading(async (signal) => {
      clearTimeout(settling);
      looking.stop();
      sources = given;
      clearErrors();
      batch.reset(sources);
      document.body.dataset.batch = "shown";
      let [first, bad] = [true, 0];
      for (const [i, source] of sources.entries()) {
        say(
          sources.length === 1 ? `Reading ${source.name} …` : `Reading film ${i + 1} of ${sources.length} …`,
        );
        await nextFrame();
        signal.throwIfAborted();
        try {
          const film = await source.read();
          signal.throwIfAborted();
          const result = await classifyTimed(film, film.image, signal);
          batch.done(i, result);
          if (!first) continue;
          first = false;
          batch.select(i);
          await looking((still) => present(film, result, still));
          signal.throwIfAborted();
        } catch (error) {
          signal.throwIfAborted();
          bad++;
          const message = messageOf(error, source.name);
          batch.failed(i, message);
          addError(`${source.name}: ${message}`);
        }
      }
      if (first) withoutFilm();
      say(summary(sources.length, bad));
    });

  const withoutFilm = () => {
    looking.stop();
    shown = undefined;
    explained = undefined;
    sliders.fit(undefined);
    showWarnings([]);
    results.show({ findings: [], milliseconds: 0 });
    screen.showHeat(undefined);
    screen.showLungs(undefined);
    for (const id of ["film-name", "film-caption"]) element(id, HTMLElement).textContent = "";
    delete document.body.dataset.film;
  };

  /** Shows a film of the table. */
  const reopen = (index: number) =>
    looking(async (signal) => {
      const source = sources[index];
      if (source === undefined) return;
      say(`Reading ${source.name} …`);
      await nextFrame();
      const film = await source.read();
      const result = await classifyTimed(film, film.image, signal);
      signal.throwIfAborted();
      batch.select(index);
      await present(film, result, signal);
      say(`Showing ${source.name}.`);
    });

  /** Draws the film through another window at once, and asks the model when the slider rests. */
  const rewindow = (window: WindowOptions | undefined) => {
    if (shown === undefined) return;
    const { film, adjustable, small } = shown;
    looking.stop();
    clearTimeout(settling);
    screen.showFilm(window ? applyWindow(small, window) : forDisplay(film.image), film.name);
    const ask = async (signal: AbortSignal) => {
      if (shown?.film !== film) return;
      say("Asking the model again …");
      await nextFrame();
      const image = window ? applyWindow(adjustable.values, window) : film.image;
      const result = await classifyTimed(film, image, signal);
      signal.throwIfAborted();
      shown = { ...shown, image };
      showResult(result);
      await overlays(signal);
      say(
        window ? "These results are for the window that you chose." : "Done: the window is as the film came.",
      );
    };
    settling = setTimeout(() => void looking(ask), 200);
  };

  const explainFinding = (wanted: FindingResult | undefined) =>
    looking(async (signal) => {
      explained = wanted;
      results.press(explained);
      const name = wanted && readable(wanted.finding);
      say(name ? `Looking for what speaks for ${name} …` : "");
      await nextFrame();
      const found = await overlays(signal);
      if (name) say(found ? `Shown: what speaks for ${name}.` : `Nothing in this film speaks for ${name}.`);
    });

  lungsWanted.addEventListener("change", () => void looking(async (signal) => void (await overlays(signal))));
  element("csv", HTMLButtonElement).addEventListener("click", () =>
    download("radiolucent.csv", batchCsv(batch.rows, modelInUse().label)),
  );

  return {
    open,
    /** Asks again, of all films: after another model or backend came. */
    again: () => (sources.length > 0 ? open(sources) : Promise.resolve()),
    /** Ends what runs, and waits until the model is at rest. */
    async stop(): Promise<void> {
      clearTimeout(settling);
      reading.stop();
      looking.stop();
      await turn(() => Promise.resolve());
    },
  };
}

const isSame = (found: FindingResult, other: FindingResult | undefined) =>
  found.head === other?.head && found.finding === other.finding;

function summary(count: number, bad: number): string {
  const films = `${count} ${count === 1 ? "film" : "films"}`;
  return bad === 0 ? `Done: ${films}.` : `Done: ${films}, of which ${bad} could not be read.`;
}
