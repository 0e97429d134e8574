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
    try Self.agree(on: [input], command.model, over: ranks)
    command.model.compute.threads = try RankThreads.share(command.model.compute.threads, over: ranks)
    try command.score(input, over: ranks)
  }

  /// - Throws: `Failure` where ranks would read other files, or score by another model.
  static func agree(on files: [String], _ options: ModelOptions, over ranks: any Communicator) throws {
    guard ranks.size > 1 else { return }
    try RankAgreement.check(files.map(DataFile.init), over: ranks)
    let (contents, manifest) = try RankAgreement.outcome(over: ranks) {
      // A bundle's manifest tells models apart: it has rewards that the model gives.
      let bundle = try ModelOptions.bundle(options.model).appendingPathComponent("dmoerm.json")
      return (
        try files.map { try FileDigest(InputFile($0)).text }, try FileDigest(InputFile(bundle.path)).text
      )
    }
    // Of no account in single precision.
    let halves = options.compute.precision.value == .float32 ? "" : ComputeInformation.current.bfloat16Kernels ?? ""
    try RankAgreement.check(
      zip(files, contents).map { ("content of \($0)", $1) } + [
        ("bundle \(options.model)", manifest),
        ("set of OpenBLAS's kernels", ComputeInformation.current.openBLASCore ?? ""),
        ("set of instructions for bf16", halves),
      ], over: ranks)
  }
}
