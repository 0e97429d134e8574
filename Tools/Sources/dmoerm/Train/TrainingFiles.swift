@_spi(Command) import DMoERM

/// The files that a training run reads, by what they are for.
struct TrainingFiles {
  let samples: [DataFile]
  /// Capability labels; what the samples have already is left out of them.
  let labels: [DataFile]
  /// More prompts for the router.
  let prompts: [DataFile]

  var all: [DataFile] { samples + labels + prompts }

  /// - Throws: `Failure` for what is no file that can be read; `ValidationError` for standard input or a file given twice.
  init(samples: [String], labels: [String], prompts: [String]) throws {
    self.samples = samples.map(DataFile.init)
    self.labels = labels.map(DataFile.init)
    self.prompts = prompts.map(DataFile.init)
    try all.check()
    for files in [self.samples, self.labels, self.prompts] { try files.checkDistinct() }
  }

  /// What the files hold, and what is to be said of it.
  ///
  /// - Throws: `Failure` for a line that cannot be read, or a file of no use.
  func read(
    _ options: ReadingOptions, _ advice: DataFile.Advice
  ) throws -> (samples: [RankedResponses], prompts: [CategorizedPrompt], notes: [String]) {
    var (all, notes) = try samples.samples(options, advice)
    if !labels.isEmpty {
      let (labelled, more) = try labels.samples(options, advice)
      let known = Set(all)
      all += labelled.filter { !known.contains($0) }
      notes += more
      if labelled.allSatisfy({ $0.capability == nil }) {
        notes.append("--labels: no row speaks of a capability point; they train bases and aggregators only")
      }
    }
    let routed = try prompts.prompts(options)
    return (all, routed.prompts, notes + routed.notes)
  }
}
