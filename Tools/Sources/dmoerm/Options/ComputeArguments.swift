import ArgumentParser
@_spi(Command) import DMoERM

/// Where the arithmetic runs.
struct ComputeArguments: ParsableArguments {
  @Option(help: "Who multiplies: \(Choice<ComputeBackend>.listed).") var backend = Choice(ComputeBackend.automatic)
  @Option(
    help: """
      How the backbone's weights are kept: float32, bfloat16, int8 (needs oneDNN), or stored, as they are in their file.
      """) var precision = Choice(WeightPrecision.float32)
  @Option(
    help: """
      What stored weights are multiplied by: float32, bfloat16 (AVX-512 BF16), int8, or automatic: int8 by quantized ones.
      """) var activations = Choice(ActivationPrecision.automatic)
  @Option(parsing: .unconditional, help: "How many threads to use; every core if not given.") var threads: Int?

  func validate() throws {
    try Bounds.check("--threads", threads, Bounds.workers)
    if activations.value != .automatic, precision.value != .stored {
      throw ValidationError("--activations says what stored weights are multiplied by; it needs --precision stored")
    }
  }

  var options: ComputeOptions {
    ComputeOptions(
      backend: backend.value, threads: threads, precision: precision.value, activations: activations.value)
  }
}
