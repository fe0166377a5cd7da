// # Reports
// An experiment from split to report and model card: three runs, thresholds and calibration from the validation patients,
// every measure with its interval on the test patients, subgroups, a comparison of models, and where the model looks. Twice:
// on phantoms, whose findings lie at known places, so that the maps can be held against the truth; and on a folder of real
// films of ChestX-ray14 (`images/`, `metadata.csv` in the form of the dataset's Data_Entry table), if there is one.
//
//     npm run reports                                            phantoms, and ../shared/data/nih-64 where it is
//     npm run reports -- --data FOLDER [--epochs 6] [--runs 3] [--out DIR]

// %% Settings
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  activationMaps,
  ageBands,
  assertNoLeakage,
  type BackendName,
  balancedContributionWeights,
  calibratedProbabilities,
  calibrateModel,
  chooseThresholds,
  classFrequencies,
  compareAucs,
  contractOf,
  cosineSchedule,
  type Dataset,
  decisions,
  evaluateLocalization,
  evaluatePredictions,
  evaluateRuns,
  evaluateSubgroups,
  forestPlot,
  formatEvaluation,
  formatRuns,
  type LocalizationCase,
  type PhantomFinding,
  type PhantomStudy,
  phantomDataset,
  predict,
  predictRuns,
  renderPhantom,
  resizeImage,
  type Study,
  selectClasses,
  selectStudies,
  simpleCnn,
  splitByPatient,
  subgroupPlot,
  useBackend,
  weightedBinaryCrossentropy,
} from "radiolucent";
import {
  camPictures,
  chestXray14,
  epochLog,
  imageBatches,
  trainRuns,
  writeModelCard,
  writeReport,
} from "radiolucent/node";
import { settings } from "./common/settings.js";

const option = settings({
  data: "../shared/data/nih-64",
  patients: 360,
  epochs: 6,
  runs: 3,
  backend: "auto",
  out: "runs/reports",
});
const { patients, epochs, runs } = option;
const backend = await useBackend(option.backend as BackendName);

// %% The datasets, and what an experiment leaves behind
const phantoms = phantomDataset({ patients, seed: 1, size: 96 });
const films = existsSync(option.data)
  ? await chestXray14({ csv: join(option.data, "metadata.csv"), images: join(option.data, "images") })
  : undefined;
if (films === undefined) console.log(`There is no folder "${option.data}": phantoms only.`);
const frequent = [
  "Atelectasis",
  "Cardiomegaly",
  "Effusion",
  "Infiltration",
  "Mass",
  "Nodule",
  "Pneumothorax",
];
await experiment("phantoms", phantoms, 96);
if (films) await experiment("films", { ...films, labels: selectClasses(films.labels, frequent) }, 64);

async function experiment(name: string, dataset: Dataset, size: number): Promise<void> {
  // %% Split by patient, three runs
  const { classes } = dataset.labels;
  const sets = splitByPatient(dataset, { fractions: { train: 0.6, validation: 0.2, test: 0.2 }, seed: 1 });
  const audit = assertNoLeakage(sets);
  const weights = balancedContributionWeights(classFrequencies(sets.train.labels));
  const images = { size, batchSize: 16, normalization: { method: "per-image" } } as const;
  const augmentation = { rotation: 5, zoom: 0.05, shift: 0.03 };
  const settings = { size, epochs, runs, backend: backend.name, network: "simpleCnn" };
  const { runs: trained } = await trainRuns({
    directory: join(option.out, name, "runs"),
    runs,
    backend,
    resume: true,
    sets,
    configuration: settings,
    model: ({ seed }) =>
      simpleCnn({
        height: size,
        width: size,
        classes,
        filters: [16, 32, 64, 64],
        kernelSize: 3,
        padding: "same",
        momentum: 0.9,
        seed,
      }),
    options: ({ seed }) => ({
      training: imageBatches(sets.train, { ...images, augmentation, shuffle: true, seed }),
      validation: imageBatches(sets.validation, images),
      loss: weightedBinaryCrossentropy(weights),
      learningRate: cosineSchedule({ from: 0.004 }),
      epochs,
      monitor: "validationAuc",
      onEpoch: epochLog(),
    }),
  });

  // %% Thresholds and calibration on the validation patients, measures on the test patients
  const { load, history } = trained[0]!;
  const model = await load();
  const validation = await predict(model, imageBatches(sets.validation, images));
  const thresholds = chooseThresholds(model, validation, { split: "validation" });
  calibrateModel(model, validation, { method: "platt", smoothedTargets: true, split: "validation" });
  const test = imageBatches(sets.test, images);
  const predictions = await predict(model, test);
  const evaluation = evaluatePredictions(predictions, { thresholds, split: "test" });
  const allRuns = await predictRuns(trained, test);
  const runsEvaluation = evaluateRuns(allRuns);
  console.log(`\n${name}, run 1 on the test patients\n${formatEvaluation(evaluation)}`);
  console.log(`\n${name}, ${runs} runs\n${formatRuns({ [name]: runsEvaluation })}`);

  // %% Who it works for, and whether the mean of the runs beats one of them
  const { studies, labels, probabilities } = predictions;
  const groups = studies.map(({ patientId }) => patientId);
  const by = {
    sex: studies.map(({ sex }) => sex),
    age: ageBands(
      studies.map(({ ageYears }) => ageYears),
      [40, 60],
    ),
    view: studies.map(({ view }) => view),
  };
  const column = (matrix: typeof probabilities, c: number) => studies.map((_, i) => matrix.get(i, c));
  const subgroups = classes.map((finding, c) => ({
    finding,
    evaluation: evaluateSubgroups(column(labels.values, c), column(probabilities, c), { by, groups }),
  }));
  const comparison = compareAucs(labels, allRuns.meanProbabilities, probabilities, { groups });

  // %% Where it looks, and on phantoms how well that agrees with the truth
  const decided = decisions(model, predictions);
  const cams = [];
  const cases: (LocalizationCase & { readonly method: string })[] = [];
  for (const [c, finding] of classes.entries()) {
    const found = studies
      .map((_, i) => i)
      .filter((i) => labels.values.get(i, c) === 1 && decided.values.get(i, c) === 1)
      .sort((a, b) => probabilities.get(b, c) - probabilities.get(a, c))
      .slice(0, 24);
    const truthOf = (study: Study, rows: number) =>
      dataset === phantoms
        ? renderPhantom(study as PhantomStudy, rows).findingMasks[finding as PhantomFinding]
        : undefined;
    const surest = selectStudies(sets.test, found.slice(0, 2));
    cams.push(...(await camPictures(model, surest, { finding, truth: (study) => truthOf(study, 256) })));
    if (dataset !== phantoms) continue;
    const methods = ["gradCam", "gradCamPlusPlus", "hiResCam", "layerCam", "xGradCam", "eigenCam"] as const;
    for await (const batch of imageBatches(selectStudies(sets.test, found), images)) {
      for (const map of await activationMaps(model, batch.images, { targets: [finding], methods })) {
        batch.studies.forEach((study, i) => {
          const small = { pixels: map.normalized.pick(i, null, null), range: [0, 1] } as const;
          const stretched = resizeImage(small, size, size).pixels;
          const peak = map.peaks[i];
          cases.push({
            method: map.method,
            class: finding,
            map: stretched,
            truth: truthOf(study, size)!,
            group: study.patientId,
            ...(peak && { peak }),
          });
        });
      }
    }
  }
  const localization = [...new Set(cases.map(({ method }) => method))].map((method) => ({
    method,
    ...evaluateLocalization(cases.filter((of) => of.method === method)),
  }));
  for (const { method, all } of localization) {
    console.log(`${method}: peak inside the finding in ${all.hits} of ${all.cases} true positives`);
  }

  // %% Report and model card
  const input = {
    title: `${runs} runs of a small network on ${dataset.name}`,
    dataset,
    sets,
    audit,
    weights,
    history,
    predictions,
    evaluation,
    evaluatedOn: "test",
    calibratedProbabilities: calibratedProbabilities(model, predictions),
    runs: runsEvaluation,
    cams,
    contract: contractOf(model),
    sections: [
      {
        title: "Subgroups",
        figures: subgroups.map(({ finding, evaluation: of }) =>
          subgroupPlot(of, { measure: `AUC of ${finding}`, evaluatedOn: "test" }),
        ),
      },
      {
        title: "The mean of the runs against the first",
        text: "Difference of the areas under the ROC curve, with Obuchowski's intervals for several images of a patient.",
        figures: [
          forestPlot(
            comparison.classes.map(({ name: label, difference: value, lower, upper }) => ({
              label,
              value,
              lower,
              upper,
            })),
            {
              measure: "difference in AUC",
              evaluatedOn: "test",
              reference: { value: 0, label: "no difference" },
              directions: ["first run better", "mean of the runs better"],
            },
          ),
        ],
      },
      ...(localization.length > 0
        ? [
            {
              title: "Maps against the truth",
              text: "How often the peak of a map lies inside the finding, over true positives.",
              figures: [
                forestPlot(
                  localization.map(({ method, all: { pointingGame, cases: n } }) => ({
                    label: method,
                    ...pointingGame,
                    n,
                  })),
                  { measure: "pointing game", evaluatedOn: "test" },
                ),
              ],
            },
          ]
        : []),
    ],
    purpose: {
      intendedUse: "An example of how to measure and to report; for readers of this library.",
      outOfScope: ["Any decision about a patient."],
      limits: [
        "Few and small films, and few epochs: the figures show the method, not what a network can do.",
      ],
    },
    settings,
  };
  await writeReport(join(option.out, name, "report.html"), input);
  await writeModelCard(join(option.out, name, "model-card.md"), input);
  console.log(`\nReport and model card: ${join(option.out, name)}`);
  model.dispose();
}
