/**
 * What CheXpert and MIMIC-CXR label, in the order and spelling of CheXpert's tables (Irvin et al., AAAI 2019): twelve
 * findings and "Support Devices". Their fourteenth column, "No Finding", is not one of them: it is the absence of the
 * twelve.
 */
export const cheXpertFindings = [
  "Enlarged Cardiomediastinum",
  "Cardiomegaly",
  "Lung Opacity",
  "Lung Lesion",
  "Edema",
  "Consolidation",
  "Pneumonia",
  "Atelectasis",
  "Pneumothorax",
  "Pleural Effusion",
  "Pleural Other",
  "Fracture",
  "Support Devices",
] as const;
