/**
 * Which layer of a model takes the tensors of a PyTorch module: from the module's path, which is a state dict's key
 * without its last part ("features.denseblock1.denselayer2.norm1"), to the layer's name; undefined for none.
 */
export type NameMap = (module: string) => string | undefined;

const denseNetModule =
  /(?:^|\.)features\.(?:(conv0)|(norm0)|(norm5)|denseblock(\d+)\.denselayer(\d+)\.(norm|conv)\.?([12])|transition(\d+)\.(norm|conv))$/;
const denseNetHead = /(?:^|\.)classifier(?:\.0)?$/;
const resNetModule = /(?:^|\.)(conv1|bn1|layer[1-4]\.\d+\.(?:conv[123]|bn[123]|downsample\.[01]))$/;
const resNetHead = /(?:^|\.)fc(?:\.0)?$/;

/**
 * Names of torchvision's and torchxrayvision's DenseNets, for {@link denseNet}. Whatever stands before `features` and
 * `classifier` is left out ("module." of DataParallel, "module.densenet121." of CheXNet), the old spelling "norm.1" is
 * read like "norm1", and the head may stand first in a sequence ("classifier.0").
 */
export const torchDenseNet: NameMap = (module) => {
  if (denseNetHead.test(module)) return "predictions";
  const match = denseNetModule.exec(module);
  if (match === null) return undefined;
  const [, stem, stemNorm, lastNorm, block, layer, kind, half, transition, between] = match;
  if (stem) return "conv1/conv";
  if (stemNorm) return "conv1/bn";
  if (lastNorm) return "bn";
  if (transition) return `pool${Number(transition) + 1}_${between === "norm" ? "bn" : "conv"}`;
  const place = `conv${Number(block) + 1}_block${layer}`;
  return kind === "norm" ? `${place}_${Number(half) - 1}_bn` : `${place}_${half}_conv`;
};

/**
 * Names of torchvision's ResNets and of torchxrayvision's, whose keys start with "model.", for {@link resNet}: its layers
 * have torchvision's names. Whatever stands before them is left out, and `fc` is the head.
 */
export const torchResNet: NameMap = (module) => {
  if (resNetHead.test(module)) return "predictions";
  return resNetModule.exec(module)?.[1];
};

/** The map that fits the modules of a state dict; undefined where none does. */
export function detectNames(modules: readonly string[]): NameMap | undefined {
  const has = (pattern: RegExp) => modules.some((module) => pattern.test(module));
  if (has(/(?:^|\.)features\.denseblock1\.denselayer1\.conv\.?1$/)) return torchDenseNet;
  if (has(/(?:^|\.)layer1\.0\.conv1$/)) return torchResNet;
  return undefined;
}
