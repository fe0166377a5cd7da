/** The findings of the lungs and the heart that phantoms can show, in the spelling of ChestX-ray14. */
export const phantomFindings = ["Cardiomegaly", "Effusion", "Nodule", "Pneumothorax"] as const;

/** The tubes that phantoms can show. */
export const phantomTubes = [
  "Chest_drain",
  "Endotracheal_tube",
  "Nasogastric_tube",
  "Tracheostomy_tube",
] as const;

/** Anything that a phantom can show. */
export type PhantomFinding = (typeof phantomFindings)[number] | (typeof phantomTubes)[number];
