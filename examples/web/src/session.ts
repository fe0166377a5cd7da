import { applyWindow, contractOf, type Image, type WindowOptions } from "radiolucent";
import { batchTable } from "./batch.js";
import { checkFilm } from "./checks.js";
import { batchCsv, download } from "./csv.js";
import { element } from "./dom.js";
import { forDisplay } from "./draw.js";
import { classify, explain, type FilmResult, type FindingResult, findMasks } from "./examine.js";
import type { Film, FilmSource, WindowedValues } from "./film.js";
import { addError, clearErrors, messageOf, say, showProgress, showWarnings } from "./messages.js";
import type { OpenedModel } from "./models.js";
import { resultsTable } from "./results.js";
import { inTurn, lane, nextFrame } from "./tasks.js";
import { viewer } from "./viewer.js";
import { windowControls } from "./windowControls.js";
import { readable } from "./words.js";

/** The film on the screen. */
interface ShownFilm {
  /** Its place in the table. */
  readonly index: number;
  readonly film: Film;
  /** Before any window, and the same at the size at which it is drawn. */
  readonly adjustable: WindowedValues;
  readonly small: Image;
  /** The window that was chosen; undefined for the film as it came. */
  readonly window: WindowOptions | undefined;
  /** What the model is asked of: the film through the window. */
  readonly image: Image;
  /** Whether the results on the screen are of this image and of the model in use. */
  readonly answered: boolean;
}

const ownWindow =
  "Film and findings are through the window that you chose. The table of all films has them as they came.";

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
    const result = await turn(() => classify(modelInUse(), image, film.name, signal));
    element("time", HTMLElement).textContent = `${Math.round(result.milliseconds)} ms`;
    return result;
  };

  /** Puts a film on the screen in place of the one before, all at once, so that nothing of the two is ever mixed. */
  const present = (index: number, film: Film, adjustable: WindowedValues, result: FilmResult) => {
    clearTimeout(settling);
    const small = forDisplay(adjustable.values);
    shown = { index, film, adjustable, small, window: undefined, image: film.image, answered: true };
    screen.showHeat(undefined);
    screen.showMask(undefined);
    screen.showFilm(adjustable.values === film.image ? small : forDisplay(film.image), film.name);
    sliders.fit(adjustable);
    batch.select(index);
    element("film-name", HTMLElement).textContent = film.name;
    element("film-caption", HTMLElement).textContent = film.caption;
    warn(shown);
    showResult(result);
  };

  const warn = ({ film, window }: ShownFilm) =>
    showWarnings([
      ...(window ? [ownWindow] : []),
      ...film.notes,
      ...checkFilm(film.image, contractOf(modelInUse().model)),
    ]);

  const showResult = (result: FilmResult) => {
    results.show(result.findings, "This model gives masks and no findings. They can be shown under “View”.");
    element("results", HTMLElement).ariaBusy = "false";
    explained = result.findings.find((found) => isSame(found, explained));
    results.press(explained);
  };

  /** Asks the model of what is on the screen, unless it has answered. */
  const catchUp = async (signal: AbortSignal) => {
    if (shown === undefined || shown.answered) return;
    say("Asking the model again …");
    await nextFrame();
    const { film, adjustable, window } = shown;
    const image = window ? applyWindow(adjustable.values, window) : film.image;
    const result = await classifyTimed(film, image, signal);
    signal.throwIfAborted();
    shown = { ...shown, image, answered: true };
    warn(shown);
    showResult(result);
  };

  /** Lays over the film what is wanted; says whether there is anything that speaks for the finding in question. */
  const overlays = async (signal: AbortSignal): Promise<boolean> => {
    if (shown === undefined) return false;
    const [{ image }, wanted] = [shown, explained];
    try {
      const mask = lungsWanted.checked
        ? await turn(() => findMasks(modelInUse().model, image, signal))
        : undefined;
      signal.throwIfAborted();
      screen.showMask(mask);
      const map = wanted && (await turn(() => explain(modelInUse().model, image, wanted)));
      signal.throwIfAborted();
      screen.showHeat(map, wanted && readable(wanted.finding));
      return map !== undefined;
    } catch (error) {
      // What lies there may be of another window or model.
      if (!signal.aborted) for (const show of [screen.showMask, screen.showHeat]) show(undefined);
      throw error;
    }
  };

  /** Reads and classifies films one after the other, shows the first that can be read, and fills the table. */
  const readAll = (given: readonly FilmSource[], first = 0) =>
    reading(async (signal) => {
      clearTimeout(settling);
      looking.stop();
      sources = given;
      batch.reset(sources);
      document.body.dataset.batch = "shown";
      const order = [first, ...sources.keys()].filter((i, k) => k === 0 || i !== first);
      const many = sources.length > 1;
      say(many ? `Reading ${sources.length} films …` : `Reading ${sources[0]!.name} …`);
      let [missing, bad] = [true, 0];
      for (const [k, i] of order.entries()) {
        const source = sources[i]!;
        showProgress(many ? k / order.length : undefined, `Film ${k + 1} of ${order.length}`);
        await nextFrame();
        signal.throwIfAborted();
        try {
          const film = await source.read();
          const adjustable = missing ? await film.adjustable() : undefined;
          signal.throwIfAborted();
          const result = await classifyTimed(film, film.image, signal);
          signal.throwIfAborted();
          batch.done(i, result);
          if (adjustable === undefined) continue;
          missing = false;
          await looking(async (still) => {
            present(i, film, adjustable, result);
            await overlays(still);
          });
          signal.throwIfAborted();
        } catch (error) {
          signal.throwIfAborted();
          bad++;
          const message = messageOf(error, source.name);
          batch.failed(i, message);
          addError(`${source.name}: ${message}`);
        }
      }
      if (missing) withoutFilm();
      showProgress();
      say(summary(sources.length, bad));
    });

  const withoutFilm = () => {
    looking.stop();
    shown = undefined;
    explained = undefined;
    sliders.fit(undefined);
    showWarnings([]);
    results.show([]);
    screen.showHeat(undefined);
    screen.showMask(undefined);
    for (const id of ["film-name", "film-caption"]) element(id, HTMLElement).textContent = "";
    delete document.body.dataset.film;
  };

  /** Shows a film of the table. */
  const reopen = (index: number) =>
    looking(async (signal) => {
      const source = sources[index];
      if (source === undefined) return;
      clearTimeout(settling);
      say(`Reading ${source.name} …`);
      await nextFrame();
      signal.throwIfAborted();
      try {
        const film = await source.read();
        const adjustable = await film.adjustable();
        signal.throwIfAborted();
        const result = await classifyTimed(film, film.image, signal);
        signal.throwIfAborted();
        present(index, film, adjustable, result);
      } catch (error) {
        throw signal.aborted ? error : new Error(`${source.name}: ${messageOf(error, source.name)}`);
      }
      await overlays(signal);
      say(`Showing ${source.name}.`);
      screen.scrollTo();
    });

  /** Draws the film through another window at once, and asks the model when the slider rests. */
  const rewindow = (window: WindowOptions | undefined) => {
    if (shown === undefined) return;
    const { film, small } = shown;
    looking.stop();
    clearTimeout(settling);
    shown = { ...shown, window, answered: false };
    element("results", HTMLElement).ariaBusy = "true";
    screen.showFilm(window ? applyWindow(small, window) : forDisplay(film.image), film.name);
    const ask = async (signal: AbortSignal) => {
      await catchUp(signal);
      await overlays(signal);
      say(
        window ? "These results are for the window that you chose." : "Done: the window is as the film came.",
      );
    };
    settling = setTimeout(() => void looking(ask), 200);
  };

  const explainFinding = (wanted: FindingResult | undefined) =>
    looking(async (signal) => {
      clearTimeout(settling);
      explained = wanted;
      results.press(explained);
      await catchUp(signal);
      const name = wanted && readable(wanted.finding);
      say(name ? `Looking for what speaks for ${name} …` : "");
      await nextFrame();
      signal.throwIfAborted();
      const found = await overlays(signal);
      if (name === undefined) return;
      say(found ? `Shown: what speaks for ${name}.` : `Grad-CAM finds no place that speaks for ${name}.`);
      screen.scrollTo();
    });

  const changeMasks = () =>
    looking(async (signal) => {
      clearTimeout(settling);
      await catchUp(signal);
      await overlays(signal);
      say(lungsWanted.checked ? "The masks are shown." : "The masks are hidden.");
    });

  lungsWanted.addEventListener("change", () => void changeMasks());
  element("csv", HTMLButtonElement).addEventListener("click", () =>
    download("radiolucent.csv", batchCsv(batch.rows)),
  );

  return {
    /** Opens other films. */
    open(given: readonly FilmSource[]): Promise<void> {
      clearErrors();
      return readAll(given);
    },
    /** Ends what runs, and keeps films waiting while the model or what it runs on is changed. */
    async exclusively(change: () => Promise<void>): Promise<void> {
      clearTimeout(settling);
      reading.stop();
      looking.stop();
      showProgress();
      await turn(change);
    },
    /** Asks again, of all films, first of that which is shown: after another model came, or a change ended the reading. */
    async again(changed: boolean): Promise<void> {
      if (changed) {
        results.show([]);
        if (shown) shown = { ...shown, answered: false };
      }
      const ended = batch.rows.some(({ status }) => status === "waiting");
      if (sources.length > 0 && (changed || ended)) await readAll(sources, shown?.index);
    },
  };
}

const isSame = (found: FindingResult, other: FindingResult | undefined) =>
  found.head === other?.head && found.finding === other.finding;

function summary(count: number, bad: number): string {
  const films = `${count} ${count === 1 ? "film" : "films"}`;
  return bad === 0 ? `Done: ${films}.` : `Done: ${films}, of which ${bad} could not be read.`;
}
