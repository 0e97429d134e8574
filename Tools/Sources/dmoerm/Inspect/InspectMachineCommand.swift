import ArgumentParser
@_spi(Command) import DMoERM

/// Says what multiplies the matrices here.
struct InspectMachineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "machine", abstract: "Show what this machine computes with.")

  @Flag(help: "Print one JSON object.") var json = false

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
