import type { Image, Mask } from "radiolucent";
import { canvasIn, element } from "./dom.js";
import { clear, drawFilm, drawHeat, drawLegend, drawMask } from "./draw.js";

/** The film with what lies over it: three canvases of one size, one on the other. */
export function viewer() {
  const [film, heat, lungs] = [canvasIn("film"), canvasIn("overlay"), canvasIn("lung-overlay")];
  const opacity = element("opacity", HTMLInputElement);
  const legend = element("legend", HTMLElement);
  let shape: readonly number[] = [1, 1];
  drawLegend(canvasIn("legend"));

  const fade = () => {
    heat.style.opacity = opacity.value;
    const percent = `${Math.round(100 * Number(opacity.value))}%`;
    element("opacity-value", HTMLOutputElement).value = percent;
    opacity.setAttribute("aria-valuetext", percent);
  };
  opacity.addEventListener("input", fade);
  fade();

  return {
    /** Draws a film, named for those who can't see it. What lay over the one before stays until it is replaced. */
    showFilm(image: Image, name: string): void {
      shape = image.pixels.shape;
      drawFilm(film, image);
      film.ariaLabel = `Chest film ${name}`;
      document.body.dataset.film = "shown";
    },
    /** Lays a map of a finding over the film, or takes it away. */
    showHeat(map: Image | undefined, finding = ""): void {
      legend.hidden = map === undefined;
      heat.hidden = map === undefined;
      if (map === undefined) {
        clear(heat);
        return;
      }
      drawHeat(heat, map, shape);
      element("legend-text", HTMLElement).textContent =
        `Grad-CAM of ${finding}. The colours say where in this film, not how much: the map of a low probability is as bright.`;
    },
    /** Lays a mask over the film, or takes it away. */
    showMask(mask: Mask | undefined): void {
      lungs.hidden = mask === undefined;
      if (mask === undefined) clear(lungs);
      else drawMask(lungs, mask, shape);
    },
    /** Brings the film into sight, where what was pressed lies far below it, as on a phone. */
    scrollTo(): void {
      const smooth = matchMedia("(prefers-reduced-motion: no-preference)").matches;
      element("drop", HTMLElement).scrollIntoView({ block: "nearest", behavior: smooth ? "smooth" : "auto" });
    },
  };
}
