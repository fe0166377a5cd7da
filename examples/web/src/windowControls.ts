import type { WindowOptions } from "radiolucent";
import { element } from "./dom.js";
import type { WindowedValues } from "./film.js";

/** The two sliders of the window, and the button that puts them back. Calls `onChange` with undefined for the film as it came. */
export function windowControls(onChange: (window: WindowOptions | undefined) => void) {
  const center = element("window-center", HTMLInputElement);
  const width = element("window-width", HTMLInputElement);
  const reset = element("window-reset", HTMLButtonElement);
  let start: WindowOptions | undefined;

  const tell = () => {
    for (const slider of [center, width]) {
      // Whole numbers and a digit where the greys are many; more digits where a header's slope makes them small.
      const span = Number(width.max);
      const digits = span >= 100 ? 1 : Math.min(2 - Math.floor(Math.log10(span)), 20);
      const text = Number(slider.value).toLocaleString("en", { maximumFractionDigits: digits });
      element(`${slider.id}-value`, HTMLOutputElement).value = text;
      slider.setAttribute("aria-valuetext", `${text} grey values`);
    }
  };
  const changed = () => {
    if (start === undefined) return;
    tell();
    onChange({ ...start, center: Number(center.value), width: Number(width.value) });
  };
  const putBack = () => {
    if (start === undefined) return;
    center.value = String(start.center);
    width.value = String(start.width);
    tell();
  };
  center.addEventListener("input", changed);
  width.addEventListener("input", changed);
  reset.addEventListener("click", () => {
    putBack();
    onChange(undefined);
  });

  return {
    /** Fits the sliders to a film; without one they rest. */
    fit(film: WindowedValues | undefined): void {
      for (const control of [center, width, reset]) control.disabled = film === undefined;
      start = film?.window;
      if (film === undefined) return;
      const [low, high] = film.values.range;
      center.min = String(Math.min(low, film.window.center));
      center.max = String(Math.max(high, film.window.center));
      width.min = String(Math.min((high - low) / 255, film.window.width));
      width.max = String(Math.max(high - low, film.window.width));
      putBack();
    },
  };
}
