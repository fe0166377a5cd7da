import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { ArgumentError } from "../errors.js";
import { checkClasses, checkShare } from "./checkOptions.js";
import { classificationHead } from "./classificationHead.js";
import type { ModelHead } from "./contract.js";
import {
  type DecoderOptions,
  decoderFiltersFor,
  decoderKit,
  segmentationHeadOf,
  unetDecoder,
} from "./decoder.js";
import { checkNames, lastMapsOf, modelOnEncoder, stagesOf } from "./encoder.js";
import { segmentationHead } from "./segmentationHead.js";

/** A classification head of a {@link multitaskModel}. */
export interface ClassificationTask {
  /** Names of the findings, each once: one logit each, in this order. */
  readonly classes: readonly string[];
  /** Share of the pooled features dropped in training, in [0, 1); 0 by default. */
  readonly dropout?: number;
}

/** A segmentation head of a {@link multitaskModel}. */
export interface SegmentationTask {
  /** Names of the masks, each once: one logit a pixel each, in this order. */
  readonly masks: readonly string[];
  /**
   * Filters of each step up, from the coarsest maps to the image; by default 16 for the last and twice as many for each
   * before.
   */
  readonly decoderFilters?: readonly number[];
}

/** Heads by their names; a list of names is a classification head of these findings. */
export type MultitaskHeads = Readonly<
  Record<string, readonly string[] | ClassificationTask | SegmentationTask>
>;

interface Planned {
  readonly head: ModelHead;
  readonly attach: () => SymbolicTensor;
}

/**
 * Any number of heads on one encoder, learnt together (Caruana 1997): `multitaskModel(encoder, { pathology: ["Effusion"],
 * tubes: { classes: ["Chest drain"], dropout: 0.2 }, lungs: { masks: ["Lungs"] } })`. The keys name the output layers and
 * the contract's heads, in their order.
 *
 * A classification head is global average pooling of the last feature maps, which all share, dropout where it is asked
 * for, and a dense layer that gives logits [batch, classes]. A segmentation head is a U-Net decoder of its own, as in
 * `unet({ encoder })`, that gives logits [batch, height, width, masks].
 *
 * The encoder's layers and weights are shared, not copied: weights loaded into one model later are those of the other
 * too, and disposing of one frees them for both. A head that the encoder has is left out.
 *
 * @param encoder a model with feature stages, such as `denseNet(...)`, with or without a head; for classification heads
 * alone also one whose output is feature maps [batch, height, width, channels]. For segmentation heads height and width
 * have to be multiples of the deepest stage's reduction, 32 on denseNet or resNet
 * @returns a model for [batch, height, width, channels], with its contract; the input and stages are the encoder's
 * @throws ArgumentError for no head, a head without classes or masks or with one twice, a value out of range, a head's
 * name that is empty, has a slash or is that of a layer of the encoder, or a size that can't be halved often enough (it
 * names the size to pad to)
 * @throws ModelError for an encoder without feature maps, or whose contract names stages that it doesn't have
 */
export function multitaskModel(
  encoder: LayersModel,
  heads: MultitaskHeads,
  options: DecoderOptions = {},
): LayersModel {
  const { seed = 0 } = options;
  const kit = decoderKit(options);
  const entries = Object.entries(heads);
  if (entries.length === 0) {
    throw new ArgumentError("heads", 'is empty; expected at least one, such as { pathology: ["Effusion"] }');
  }
  const tasks = entries.map(([name, given]) => taskOf(name, given));
  const features = lastMapsOf(encoder);
  const stages = tasks.some((task) => "masks" in task) ? stagesOf(encoder, "encoder") : [];
  let pooled: SymbolicTensor | undefined;
  const planned = tasks.map((task, i): Planned => {
    const name = entries[i]![0];
    checkNames(features, [name], `heads.${name}`);
    if ("masks" in task) {
      const { masks, decoderFilters } = task;
      const filters = decoderFiltersFor(stages, decoderFilters, `heads.${name}`);
      return {
        head: segmentationHeadOf(name, masks),
        attach: () => segmentationHead(unetDecoder(kit, `${name}/`, stages, filters), { masks, name, seed }),
      };
    }
    const { classes, dropout = 0 } = task;
    return {
      head: { name, classes: [...classes], output: "logits" },
      attach: () => {
        pooled ??= kit.globalAverage("avg_pool", features);
        const kept = dropout > 0 ? kit.dropout(`${name}/dropout`, pooled, dropout) : pooled;
        return classificationHead(kept, { classes, name, seed });
      },
    };
  });
  checkNames(features, ["avg_pool"], "encoder");

  const outputs = planned.map(({ attach }) => attach());
  return modelOnEncoder(
    "multitask",
    encoder,
    outputs,
    planned.map(({ head }) => head),
  );
}

function taskOf(name: string, given: MultitaskHeads[string]): ClassificationTask | SegmentationTask {
  const argument = `heads.${name}`;
  if (name === "" || name === "avg_pool" || name.includes("/")) {
    throw new ArgumentError(
      argument,
      `"${name}" can't name a head; expected a name without "/", other than "avg_pool"`,
    );
  }
  const task: ClassificationTask | SegmentationTask = isList(given) ? { classes: given } : given;
  const kinds = Object.keys(task ?? {}).filter((key) => key === "classes" || key === "masks");
  if (kinds.length !== 1) {
    throw new ArgumentError(
      argument,
      `has ${kinds.length === 0 ? "neither classes nor masks" : "both classes and masks"}; expected one of them`,
    );
  }
  if ("masks" in task) {
    checkClasses(task.masks, `${argument}.masks`);
  } else {
    checkClasses(task.classes, isList(given) ? argument : `${argument}.classes`);
    checkShare("dropout", task.dropout ?? 0, argument);
  }
  return task;
}

const isList = (given: MultitaskHeads[string]): given is readonly string[] => Array.isArray(given);
