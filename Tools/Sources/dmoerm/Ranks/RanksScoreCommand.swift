import ArgumentParser
@_spi(Command) import DMoERM

/// `dmoerm-mpi score`: the rows of a file are shared out among the ranks.
struct RanksScoreCommand: RanksWork {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "Score the rows of a file, in its order, on all ranks.",
    discussion: """
      As `dmoerm score --input`. Every rank reads the file, scores its share of the lines, and the first writes all of them.

      Example:
        mpirun -n 4 --bind-to none dmoerm-mpi score --model my.dmoerm \\
          --input rows.jsonl > rewards.jsonl

      \(ExitStatus.help)
      """)

  @OptionGroup var command: ScoreCommand

  func run(over ranks: any Communicator) throws {
    var command = command
    guard let input = command.input else { throw ValidationError("--input FILE is missing: the rows to score") }
    if ranks.size > 1 { try agree(on: input, over: ranks) }
    command.model.compute.threads = try RankThreads.share(command.model.compute.threads, over: ranks)
    try command.score(input, over: ranks)
  }

  /// Of no account in single precision.
  private var halves: String {
    command.model.compute.precision.value == .float32 ? "" : ComputeInformation.current.bfloat16Kernels ?? ""
  }

  /// - Throws: `Failure` where ranks would read other rows, or score by another model.
  private func agree(on input: String, over ranks: any Communicator) throws {
    try RankAgreement.check([DataFile(input)], over: ranks)
    let model = command.model.model
    let (rows, manifest) = try RankAgreement.outcome(over: ranks) {
      // A bundle's manifest tells models apart: it has rewards that the model gives.
      let bundle = try ModelOptions.bundle(model).appendingPathComponent("dmoerm.json")
      return (try FileDigest(InputFile(input)).text, try FileDigest(InputFile(bundle.path)).text)
    }
    try RankAgreement.check(
      [
        ("content of \(input)", rows), ("bundle \(model)", manifest),
        ("set of OpenBLAS's kernels", ComputeInformation.current.openBLASCore ?? ""),
        ("set of instructions for bf16", halves),
      ], over: ranks)
  }
}
