/** Names that the library gives to findings of PadChest. */
export type PadChestName =
  | "Effusion"
  | "Pneumothorax"
  | "Atelectasis"
  | "Cardiomegaly"
  | "Pneumonia"
  | "Chest_drain"
  | "Nasogastric_tube"
  | "Endotracheal_tube"
  | "Tracheostomy_tube";

/** Names of PadChest's classes beside its own words: the pathologies that are read by default, and the tubes. */
export const padChestNames: Readonly<Record<PadChestName, string>> = {
  Effusion: "pleural effusion",
  Pneumothorax: "pneumothorax",
  Atelectasis: "atelectasis",
  Cardiomegaly: "cardiomegaly",
  Pneumonia: "pneumonia",
  Chest_drain: "chest drain tube",
  Nasogastric_tube: "NSG tube",
  Endotracheal_tube: "endotracheal tube",
  Tracheostomy_tube: "tracheostomy tube",
};

/** The pathologies of PadChest that are read by default, under their names in other datasets. */
export const padChestPathologies = [
  "Effusion",
  "Pneumothorax",
  "Atelectasis",
  "Cardiomegaly",
  "Pneumonia",
] as const satisfies readonly PadChestName[];

/** The tubes of PadChest. */
export const padChestTubes = [
  "Chest_drain",
  "Nasogastric_tube",
  "Endotracheal_tube",
  "Tracheostomy_tube",
] as const satisfies readonly PadChestName[];

/**
 * What the words of PadChest's label trees cover (Bustos et al., Medical Image Analysis 2020, and the trees that its
 * authors publish): each word with those directly below it. A word may be below several.
 */
export const padChestTree: Readonly<Record<string, readonly string[]>> = {
  "calcified densities": [
    "calcified granuloma",
    "calcified adenopathy",
    "calcified pleural thickening",
    "calcified pleural plaques",
    "heart valve calcified",
    "calcified fibroadenoma",
  ],
  "calcified adenopathy": ["calcified mediastinal adenopathy"],
  granuloma: ["calcified granuloma"],
  adenopathy: ["calcified adenopathy"],
  nodule: ["multiple nodules"],
  pseudonodule: ["nipple shadow", "end on vessel"],
  pneumothorax: ["hydropneumothorax"],
  infiltrates: ["interstitial pattern", "alveolar pattern"],
  "interstitial pattern": [
    "ground glass pattern",
    "reticular interstitial pattern",
    "reticulonodular interstitial pattern",
    "miliary opacities",
  ],
  "alveolar pattern": ["consolidation", "air bronchogram"],
  consolidation: ["air bronchogram"],
  atelectasis: [
    "total atelectasis",
    "lobar atelectasis",
    "segmental atelectasis",
    "laminar atelectasis",
    "round atelectasis",
    "atelectasis basal",
  ],
  "fissure thickening": [
    "minor fissure thickening",
    "major fissure thickening",
    "loculated fissural effusion",
  ],
  "pleural thickening": ["apical pleural thickening", "calcified pleural thickening"],
  "pleural plaques": ["calcified pleural plaques"],
  "pleural effusion": [
    "loculated pleural effusion",
    "loculated fissural effusion",
    "hydropneumothorax",
    "empyema",
    "hemothorax",
  ],
  "vascular redistribution": ["central vascular redistribution"],
  "hilar enlargement": ["adenopathy", "vascular hilar enlargement"],
  "vascular hilar enlargement": ["pulmonary artery enlargement"],
  "aortic elongation": [
    "descendent aortic elongation",
    "ascendent aortic elongation",
    "aortic button enlargement",
    "supra aortic elongation",
  ],
  "mediastinal enlargement": [
    "superior mediastinal enlargement",
    "descendent aortic elongation",
    "ascendent aortic elongation",
    "aortic aneurysm",
    "mediastinal mass",
    "hiatal hernia",
  ],
  "superior mediastinal enlargement": ["goiter", "supra aortic elongation"],
  mass: ["mediastinal mass", "breast mass", "pleural mass", "pulmonary mass", "soft tissue mass"],
  "thoracic cage deformation": [
    "scoliosis",
    "kyphosis",
    "pectum excavatum",
    "pectum carinatum",
    "cervical rib",
  ],
  "vertebral degenerative changes": ["vertebral compression"],
  "vertebral compression": ["vertebral anterior compression"],
  "sclerotic bone lesion": ["blastic bone lesion"],
  fracture: ["clavicle fracture", "humeral fracture", "vertebral fracture", "rib fracture"],
  "rib fracture": ["callus rib fracture"],
  catheter: ["central venous catheter"],
  "central venous catheter": [
    "central venous catheter via subclavian vein",
    "central venous catheter via jugular vein",
    "reservoir central venous catheter",
    "central venous catheter via umbilical vein",
  ],
  "electrical device": ["dual chamber device", "single chamber device", "pacemaker", "dai"],
  "artificial heart valve": ["artificial mitral heart valve", "artificial aortic heart valve"],
  surgery: [
    "metal",
    "bone cement",
    "prosthesis",
    "surgery breast",
    "surgery neck",
    "surgery lung",
    "surgery heart",
    "surgery humeral",
  ],
  metal: ["osteosynthesis material", "sternotomy", "suture material"],
  prosthesis: ["humeral prosthesis", "mammary prosthesis", "endoprosthesis"],
  endoprosthesis: ["aortic endoprosthesis"],
  "surgery breast": ["mastectomy"],
  pneumonia: ["atypical pneumonia"],
  "atypical pneumonia": ["viral pneumonia"],
  tuberculosis: ["tuberculosis sequelae"],
  "pulmonary fibrosis": ["post radiotherapy changes", "asbestosis signs"],
  "pulmonary hypertension": ["pulmonary artery hypertension", "pulmonary venous hypertension"],
};

/** Words that neither cover others nor are covered. */
const single = [
  "abnormal foreign body",
  "abscess",
  "air fluid level",
  "air trapping",
  "aortic atheromatosis",
  "axial hyperostosis",
  "azygoesophageal recess shift",
  "azygos lobe",
  "bone metastasis",
  "bronchiectasis",
  "bronchovascular markings",
  "bullas",
  "cardiomegaly",
  "cavitation",
  "chest drain tube",
  "Chilaiditi sign",
  "chronic changes",
  "COPD signs",
  "costochondral junction hypertrophy",
  "costophrenic angle blunting",
  "cyst",
  "dextrocardia",
  "diaphragmatic eventration",
  "double J stent",
  "emphysema",
  "endotracheal tube",
  "esophagic dilatation",
  "external foreign body",
  "fibrotic band",
  "flattened diaphragm",
  "gastrostomy tube",
  "gynecomastia",
  "heart insufficiency",
  "hemidiaphragm elevation",
  "hilar congestion",
  "hyperinflated lung",
  "hypoexpansion",
  "hypoexpansion basal",
  "increased density",
  "kerley lines",
  "lepidic adenocarcinoma",
  "lipomatosis",
  "lung metastasis",
  "lung vascular paucity",
  "lymphangitis carcinomatosa",
  "lytic bone lesion",
  "mediastinal shift",
  "mediastinic lipomatosis",
  "nephrostomy tube",
  "non axial articular degenerative changes",
  "NSG tube",
  "obesity",
  "osteopenia",
  "osteoporosis",
  "pericardial effusion",
  "pneumomediastinum",
  "pneumoperitoneo",
  "pulmonary edema",
  "respiratory distress",
  "right sided aortic arch",
  "sternoclavicular junction hypertrophy",
  "subacromial space narrowing",
  "subcutaneous emphysema",
  "tracheal shift",
  "tracheostomy tube",
  "ventriculoperitoneal drain tube",
  "volume loss",
] as const;

/**
 * The words of PadChest's label trees, sorted: radiographic findings, devices, operations and differential diagnoses, in its
 * spelling. "normal", "exclude", "suboptimal study" and "unchanged" are not findings.
 */
export const padChestFindings: readonly string[] = [
  ...new Set([...single, ...Object.entries(padChestTree).flatMap(([word, below]) => [word, ...below])]),
].sort();

/** A word and all that stand below it in the trees of PadChest. */
export function padChestWordsUnder(word: string): ReadonlySet<string> {
  const words = new Set([word]);
  for (const above of words) for (const below of padChestTree[above] ?? []) words.add(below);
  return words;
}
