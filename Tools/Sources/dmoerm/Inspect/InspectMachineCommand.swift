import ArgumentParser
@_spi(Command) import DMoERM

/// Says what multiplies the matrices here.
struct InspectMachineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "machine", abstract: "Show what this machine computes with.")

  @Flag(help: "Print one JSON object.") var json = false

  /// The kernels of `--precision stored`, format by format, and why it is these.
  private static func stored(_ facts: ComputeInformation) -> String {
    """
    \(facts.storedKernels), the best that the library has for this CPU: Q4_0 to Q6_K, IQ4_NL and IQ4_XS by rows of bytes, \
    F16, BF16 and F32 by rows of floats (--activations)
    """
  }

  /// What rows of bf16 are multiplied by, and what for.
  private static func bfloat16(_ facts: ComputeInformation) -> String {
    guard let kernels = facts.bfloat16Kernels else { return "widened to floats: this CPU has no instructions for it" }
    let use = "--precision stored --activations bfloat16"
    return kernels.hasPrefix("AMX")
      ? "\(kernels): \(use) scores faster than automatic, and writes slower" : "\(kernels) (\(use))"
  }

  func run() async throws {
    let facts = ComputeInformation.current
    // Kernels that the environment names and that do not run would stop whatever comes next.
    try ComputeInformation.check()
    if json { return Console.output.print(try JSONOutput.line(facts)) }
    let terminal = Console.output.terminal
    Console.output.print(
      FactList([
        ("cores", "\(facts.processors)"),
        ("AVX-512", facts.hasAVX512 ? "yes" : "no"),
        ("stored", Self.stored(facts)),
        ("bf16", Self.bfloat16(facts)),
        ("OpenBLAS", facts.openBLASConfiguration ?? "not part of this build: the reference kernels run"),
        (
          "kernels",
          facts.openBLASCore.map { core in
            let detected = facts.openBLASDetectedCore ?? core
            return detected == core ? core : "\(core) (OpenBLAS itself chose \(detected))"
          }
        ),
      ]).lines(terminal))
  }
}
