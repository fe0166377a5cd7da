const names: Readonly<Record<string, string>> = {
  W: "kernel",
  b: "bias",
  // It holds a variance, in spite of its name.
  running_std: "moving_variance",
  running_mean: "moving_mean",
  alphas: "alpha",
};

/** The name that a weight of Keras 1, such as "convolution2d_1_W:0", has today. */
export function kerasOneWeight(weight: string): string {
  const plain = weight.replace(/:\d+$/, "");
  const own =
    /(?:^|[_/])(W|b|gamma|beta|running_mean|running_std|depthwise_kernel|pointwise_kernel|alphas)$/.exec(
      plain,
    );
  const name = own?.[1] ?? plain.slice(plain.lastIndexOf("/") + 1);
  return names[name] ?? name;
}
