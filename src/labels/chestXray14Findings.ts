/**
 * The fourteen findings of ChestX-ray14, in alphabetical order and the spelling of its tables (Wang et al., CVPR 2017,
 * extended to fourteen by the NIH Clinical Center). "No Finding" is not one of them: it is the absence of all.
 */
export const chestXray14Findings = [
  "Atelectasis",
  "Cardiomegaly",
  "Consolidation",
  "Edema",
  "Effusion",
  "Emphysema",
  "Fibrosis",
  "Hernia",
  "Infiltration",
  "Mass",
  "Nodule",
  "Pleural_Thickening",
  "Pneumonia",
  "Pneumothorax",
] as const;
