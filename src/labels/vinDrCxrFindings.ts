/**
 * The fourteen findings of the VinBigData contest, in the order of its `class_id` and the spelling of its table. "No
 * finding" (14) is not one of them: it is the absence of all.
 */
export const vinBigDataFindings = [
  "Aortic enlargement",
  "Atelectasis",
  "Calcification",
  "Cardiomegaly",
  "Consolidation",
  "ILD",
  "Infiltration",
  "Lung Opacity",
  "Nodule/Mass",
  "Other lesion",
  "Pleural effusion",
  "Pleural thickening",
  "Pneumothorax",
  "Pulmonary fibrosis",
] as const;

/**
 * What the readers of VinDr-CXR looked for, in the order of its tables (Nguyen et al., Scientific Data 2022): 22 findings
 * that were marked with boxes, then five diagnoses of the whole image.
 */
export const vinDrCxrFindings = [
  "Aortic enlargement",
  "Atelectasis",
  "Calcification",
  "Cardiomegaly",
  "Clavicle fracture",
  "Consolidation",
  "Edema",
  "Emphysema",
  "Enlarged PA",
  "ILD",
  "Infiltration",
  "Lung Opacity",
  "Lung cavity",
  "Lung cyst",
  "Mediastinal shift",
  "Nodule/Mass",
  "Pleural effusion",
  "Pleural thickening",
  "Pneumothorax",
  "Pulmonary fibrosis",
  "Rib fracture",
  "Other lesion",
  "COPD",
  "Lung tumor",
  "Pneumonia",
  "Tuberculosis",
  "Other diseases",
] as const;
