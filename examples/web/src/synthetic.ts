import { type PhantomFinding, phantomDataset, renderPhantom } from "radiolucent";
import { type FilmSource, plainFilm } from "./film.js";

/** Rows and columns of a synthetic film. */
const size = 512;

/** Draws synthetic films one after the other, none of which any model was trained on: their seed is the page's own. */
export function syntheticFilms(): () => FilmSource {
  let count = 0;
  return () => {
    count++;
    const dataset = phantomDataset({
      patients: 1,
      imagesPerPatient: [1, 1],
      seed: `web page ${count}`,
      prevalence: 0.4,
    });
    const study = dataset.studies[0]!;
    const name = `synthetic-${count}`;
    return {
      name,
      read: async () =>
        plainFilm(name, renderPhantom(study, size).image, { caption: drawnWith(study.findings) }),
    };
  };
}

function drawnWith(findings: readonly PhantomFinding[]): string {
  const list =
    findings.length > 0 ? findings.map((name) => name.replaceAll("_", " ")).join(", ") : "no finding";
  return `Drawn with: ${list}.`;
}
