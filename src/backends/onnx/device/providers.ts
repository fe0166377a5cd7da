/** Where ONNX Runtime runs graphs: its execution providers. */
export type Device = "cpu" | "cuda" | "webgpu" | "coreml" | "directml";

/** What is known of an execution provider. */
export interface Provider {
  /** Its name in ONNX Runtime, with its settings. */
  readonly name: string;
  /** What a machine needs for it, and how to get it. */
  readonly needs: string;
  /** Settings of the provider. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Whether onnxruntime-node can hand a value on the device from one run to the next. */
  readonly keepsValues?: boolean;
}

/** The execution providers. */
export const providers: Readonly<Record<Device, Provider>> = {
  cpu: { name: "cpu", needs: "nothing more" },
  cuda: {
    name: "cuda",
    needs:
      "Linux on x64 with an NVIDIA card, its driver, CUDA 12 and cuDNN 9, and ONNX Runtime's libraries for them: run " +
      "ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node",
  },
  webgpu: {
    name: "webgpu",
    needs:
      "a graphics card with a driver: for Vulkan on Linux for x64 (the packages libvulkan1 and the card's own, such as " +
      "mesa-vulkan-drivers or nvidia-driver), Direct3D 12 on Windows, Metal on macOS for arm64",
    // Its convolutions in groups are wrong with channels last (ONNX Runtime 1.30), and graphs have channels second.
    settings: { preferredLayout: "NCHW" },
    keepsValues: true,
  },
  coreml: { name: "coreml", needs: "macOS" },
  directml: { name: "dml", needs: "Windows with a graphics card that has Direct3D 12" },
};
