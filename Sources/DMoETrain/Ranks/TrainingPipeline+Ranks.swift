public import DMoECore
public import DMoEData
public import DMoEModel
import Foundation

extension TrainingPipeline {
  /// Runs every phase that is not done, on several ranks: phases that do not need each other train at the same time.
  ///
  /// Every rank calls this, with the same model, data and settings, on as many threads and by the same kernels. Rank 0 keeps
  /// the run folder, which is that of a run of one process: the same weights come of it, byte for byte, on any number of
  /// ranks, and a run that was stopped goes on on any number. Results travel between the ranks, so that the folder may be
  /// where only rank 0 reaches it.
  ///
  /// ```swift
  /// var model = try RewardModel(
  ///   configuration: RewardModel.Configuration(taxonomy: .single), backbone: backboneURL, seed: 1)
  /// let pipeline = TrainingPipeline(runFolder: runFolder)
  /// try pipeline.run(&model, samples: samples, over: ranks) { event in print(event) }
  /// if ranks.rank == 0 { try model.write(to: bundleURL) }
  /// ```
  ///
  /// - Parameters:
  ///   - model: The untrained model; on rank 0 it holds all that was trained when this returns, and elsewhere it stays as it
  ///     is.
  ///   - samples: Preferences, overall and by capability point.
  ///   - prompts: More prompts with categories for the router.
  ///   - ranks: The ranks.
  ///   - onEvent: Called on rank 0, on the calling thread, with the events of all ranks; those of one phase come in order.
  ///     What it throws stops the run.
  /// - Throws: `TrainError`: on every rank `.ranksDiffer` before anything is trained where ranks do not have the same, and
  ///   `.rankFailed` where another met an error; `CommunicatorError`; what a run of one process throws.
  public func run(
    _ model: inout RewardModel, samples: [RankedResponses], prompts: [CategorizedPrompt] = [],
    over ranks: any Communicator, onEvent: (TrainingEvent) throws -> Void = { _ in }
  ) throws {
    try validate(model)
    let start = TrainingRun.Start(model: model, samples: samples, prompts: prompts)
    let identity = try start.identity(configuration)
    try RankFacts(identity, threads: model.compute.threads).agree(over: ranks)
    let cache = TrunkCache(limit: configuration.memory.trunkCacheBytes)
    let work = { @Sendable (line: any RankLine) throws in
      try inScratch(of: ranks.rank) { pipeline in
        try PhaseWorker.work(over: line) {
          try PhaseWorker(of: pipeline, start, identity: identity, cache: cache, line: line)
        }
      }
    }
    guard ranks.rank == 0 else {
      try awaitFolder(over: ranks)
      return try work(RemoteLine(ranks: ranks))
    }
    try withoutActuallyEscaping(onEvent) { onEvent in
      let run = try openFolder(over: ranks) {
        try TrainingRun(of: self, start, identity: identity, cache: TrunkCache(limit: 0), onEvent: onEvent)
      }
      let line = OwnLine()
      // What it throws it has told rank 0 of, which is this one.
      let worker = RankThread { try? work(line) }
      defer { worker.join() }
      let dispatcher = PhaseDispatcher(run, model, over: ranks, ownLine: line)
      try dispatcher.dispatch()
      try install(&model, from: run, leftOut: dispatcher.reasons)
    }
  }

  /// Rank 0: puts all that was kept into the model, in the order of the plan.
  private func install(_ model: inout RewardModel, from run: TrainingRun, leftOut: [TrainingPhase: String]) throws {
    let plan = PhasePlan(model, configuration)
    for phase in plan.phases {
      if let kept = try run.kept(phase.name) {
        try phase.install(kept, in: &model)
      } else {
        try phase.leaveOut(of: &model)
      }
    }
    let reasons = plan.names.compactMap { name in leftOut[name].map { "\(name): \($0)" } }
    try end(run, model, of: plan, leftOut: reasons)
    try run.folder.metrics.arrange(by: plan.names)
  }

  /// Rank 0: opens the run folder, and tells the others whether that went well.
  private func openFolder(over ranks: any Communicator, _ open: () throws -> TrainingRun) throws -> TrainingRun {
    let run = Result { try open() }
    let problem = if case .failure(let error) = run { "\(error)" } else { "" }
    _ = try ranks.broadcast(Data(problem.utf8), from: 0)
    return try run.get()
  }

  /// The other ranks: waits for that.
  ///
  /// - Throws: `TrainError.rankFailed`.
  private func awaitFolder(over ranks: any Communicator) throws {
    let problem = try ranks.broadcast(Data(), from: 0)
    guard problem.isEmpty else {
      throw TrainError.rankFailed(rank: 0, reason: String(decoding: problem, as: UTF8.self))
    }
  }

  /// Runs a body with this pipeline in a folder of the rank's own, which is gone afterwards. It has one name every time, so that
  /// a killed rank leaves no more than one behind; that no other run uses it follows from rank 0's lock of the run folder.
  private func inScratch<R>(of rank: Int, _ body: (TrainingPipeline) throws -> R) throws -> R {
    var hash = SeededHash()
    hash.combine(runFolder.standardizedFileURL.path)
    let files = FileManager.default
    let folder = files.temporaryDirectory.appendingPathComponent(
      "dmoerm-\(getuid())-\(String(hash.value, radix: 16))-rank\(rank)", isDirectory: true)
    try? files.removeItem(at: folder)
    defer { try? files.removeItem(at: folder) }
    var pipeline = TrainingPipeline(configuration: configuration, runFolder: folder)
    pipeline.clock = clock
    return try body(pipeline)
  }
}
