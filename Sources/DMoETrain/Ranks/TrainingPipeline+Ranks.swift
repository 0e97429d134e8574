public import DMoECore
public import DMoEData
public import DMoEModel
import Foundation

extension TrainingPipeline {
  /// Runs every phase that is not done, on several ranks: phases that do not need each other train at the same time, and with
  /// `TrainingConfiguration.microBatch` ranks that are left share out the steps of a phase.
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
  /// - Throws: `TrainError`: on every rank `.ranksDiffer` before anything is trained where ranks do not have the same,
  ///   `.foreignRun` for a folder of another run, and `.rankFailed` where another rank met an error; `CommunicatorError`; what
  ///   a run of one process throws. Messages may be on their way after an error: the ranks are not used for another run then,
  ///   but after `.ranksDiffer` and `.foreignRun`.
  public func run(
    _ model: inout RewardModel, samples: [RankedResponses], prompts: [CategorizedPrompt] = [],
    over ranks: any Communicator, onEvent: (TrainingEvent) throws -> Void = { _ in }
  ) throws {
    try validate(model)
    let start = TrainingRun.Start(model: model, samples: samples, prompts: prompts)
    let identity = try start.identity(configuration)
    try RankFacts(identity, threads: model.compute.threads).agree(over: ranks)
    let work = { @Sendable (switchboard: RankSwitchboard, line: any RankLine, job: String) throws in
      try RankScratch.with(of: ranks.rank, in: job) { folder in
        var pipeline = TrainingPipeline(configuration: configuration, runFolder: folder)
        pipeline.clock = clock
        try PhaseWorker.work(over: line) {
          try PhaseWorker(
            of: pipeline, start, identity: identity, cache: try trunkCache(), line: line, switchboard: switchboard)
        }
      }
    }
    guard ranks.rank == 0 else {
      let job = try awaitFolder(over: ranks)
      let switchboard = RankSwitchboard(ranks)
      return try work(switchboard, RemoteLine(switchboard: switchboard), job)
    }
    // No two jobs have one folder on one machine, by its lock.
    let job = RankScratch.job(in: runFolder)
    try withoutActuallyEscaping(onEvent) { onEvent in
      let run = try openFolder(of: job, over: ranks) {
        try TrainingRun(of: self, start, identity: identity, cache: TrunkCache(limit: 0), onEvent: onEvent)
      }
      let line = OwnLine()
      let switchboard = RankSwitchboard(ranks)
      // What it throws it has told rank 0 of, which is this one.
      let worker = RankThread { try? work(switchboard, line, job) }
      defer { worker.join() }
      let dispatcher = PhaseDispatcher(run, model, over: switchboard, ownLine: line)
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

  /// What came of opening the run folder.
  private struct FolderNews: Codable {
    /// The machine and the place of the folder, which tell jobs apart.
    var job: String
    var problem: String?
    /// Whether the folder is another run's, for that reason.
    var isForeign = false
  }

  /// Rank 0: opens the run folder, and tells the others whether that went well.
  private func openFolder(
    of job: String, over ranks: any Communicator, _ open: () throws -> TrainingRun
  ) throws -> TrainingRun {
    let run = Result { try open() }
    var news = FolderNews(job: job)
    switch run {
    case .success: break
    case .failure(TrainError.foreignRun(_, let reason)): (news.problem, news.isForeign) = (reason, true)
    case .failure(let error): news.problem = "\(error)"
    }
    _ = try ranks.broadcast(try JSONEncoder.canonical.encode(news), from: 0)
    return try run.get()
  }

  /// The other ranks: waits for that.
  ///
  /// - Returns: the job's name.
  /// - Throws: `TrainError.rankFailed`, `.foreignRun`.
  private func awaitFolder(over ranks: any Communicator) throws -> String {
    let bytes = try ranks.broadcast(Data(), from: 0)
    guard let news = try? JSONDecoder().decode(FolderNews.self, from: bytes) else {
      throw CommunicatorError.malformedMessage(sender: 0, reason: "no news of the run folder")
    }
    guard let problem = news.problem else { return news.job }
    throw news.isForeign
      ? TrainError.foreignRun(path: runFolder.path, reason: problem) : .rankFailed(rank: 0, reason: problem)
  }
}
