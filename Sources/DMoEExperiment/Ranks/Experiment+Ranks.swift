public import DMoECore
import DMoEData
@_spi(Command) import DMoEModel
import DMoETrain
public import Foundation

extension Experiment {
  /// The same on several ranks: each trains members as rank 0 gives them out, those first that take longest, and has its own score
  /// all sets at the end.
  ///
  /// Every rank calls this, with the same plan and data, on as many threads and by the same kernels. Rank 0 keeps the experiment's
  /// folder, which others need not reach, and in which a run of one process or of any number of ranks goes on. A rank trains
  /// one member at a time: everything but times is as it comes of a run of one process with one member at a time.
  ///
  /// ```swift
  /// let experiment = try Experiment(
  ///   contenders: [ExperimentContender(id: "single", structure: .single, seeds: [1, 2])], folder: folder)
  /// if let result = try experiment.run(data, backbone: backboneURL, over: ranks) {
  ///   print(ExperimentReport(result: result, title: "On all ranks").markdown())
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - data: The samples to train on, to choose on and to measure with.
  ///   - backbone: The GGUF file or Hugging Face folder of the language model.
  ///   - options: The backend, threads and precision to compute with.
  ///   - ranks: The ranks.
  ///   - onEvent: Called on rank 0, on the calling thread. What it throws stops the run, which can go on later.
  /// - Returns: the result on rank 0, and nothing on the others.
  /// - Throws: `ExperimentError`; `TrainError.ranksDiffer` on every rank where they do not have the same, `.rankFailed` where another
  ///   rank met an error, `.runInUse` for a folder in which another job works; `CommunicatorError`; what training and scoring
  ///   throw. After an error the ranks are not used again.
  public func run(
    _ data: ExperimentData, backbone: URL, options: ComputeOptions = ComputeOptions(), over ranks: any Communicator,
    onEvent: (ExperimentEvent) throws -> Void = { _ in }
  ) throws -> ExperimentResult? {
    let isFirst = ranks.rank == 0
    func tell(_ event: ExperimentEvent) throws { if isFirst { try onEvent(event) } }
    try agree(in: ranks.onEach { try facts(data, options) }, over: ranks)
    let judged = try checked(data, options, over: ranks, tell)
    let own = oneMemberAtATime
    let backbone = try ranks.onEach { try read(backbone, options, tell) }
    try agree(in: [RankFact("backbone", backbone.fingerprint)], over: ranks)
    let (plan, switchboard) = (own.plannedMembers, RankSwitchboard(ranks))
    let opened = try ranks.onFirst {
      let store = try ExperimentStore(folder, data: judged)
      let lock = try store.lock()
      for planned in plan { try store.settle(planned.id) }
      let run = try own.run(judged, in: store, over: backbone, options)
      try run.check(plan)
      return (run: run, lock: lock)
    }
    let job = try ranks.fromFirst { RankScratch.job(in: folder) }
    let work = { @Sendable (line: any RankLine) throws in
      try RankScratch.with(of: ranks.rank, in: job) { scratch in
        try MemberWorker.work(over: line) {
          let store = try ExperimentStore(scratch, data: judged)
          return MemberWorker(try own.run(judged, in: store, over: backbone, options), plan, line: line)
        }
      }
    }
    guard let opened else {
      try work(RemoteLine(switchboard: switchboard))
      return nil
    }
    defer { withExtendedLifetime(opened.lock) {} }
    return try withoutActuallyEscaping(onEvent) { onEvent in
      let line = OwnLine()
      // What it throws it has told rank 0 of, which is this one.
      let worker = RankThread { try? work(line) }
      defer { worker.join() }
      let dispatcher = MemberDispatcher(opened.run, plan, over: switchboard, ownLine: line, onEvent: onEvent)
      let failures = try dispatcher.dispatch()
      guard failures.isEmpty else { throw ExperimentError.failedMembers(failures) }
      // All is there: it is read back, and was told of already.
      return try opened.run.result { event in if case .scored = event { try onEvent(event) } }
    }
  }

  private var oneMemberAtATime: Experiment {
    var result = self
    result.membersAtOnce = 1
    return result
  }

  /// What has to be the same on all ranks.
  private func facts(_ data: ExperimentData, _ options: ComputeOptions) throws -> [RankFact] {
    let encoder = JSONEncoder.canonical
    func hash(_ values: [any Encodable]) throws -> String {
      var hash = SeededHash()
      for value in values { hash.combine(String(decoding: try encoder.encode(value), as: UTF8.self)) }
      return String(hash.value, radix: 16)
    }
    let sets = try data.sets()
    let prompts = (data.prompts + data.routerTest).flatMap { [$0.category ?? "", $0.conversation] as [any Encodable] }
    let bundles = (contenders.compactMap(\.bundle) + (judge.map { [$0.bundle] } ?? [])).map { bundle in
      (try? RewardModel.fingerprint(ofBundle: bundle)) ?? ""
    }
    return [
      RankFact("set of contenders", try hash(contenders)),
      RankFact("data set", try hash(data.training + sets.flatMap(\.samples) + prompts)),
      RankFact("taxonomy", try hash(data.taxonomy.categories.map(\.id))),
      RankFact("bundle", bundles.joined(separator: " ")),
    ] + ComputeInformation.facts(threads: try Compute(options).threads, precision: options.precision)
  }

  /// - Throws: `TrainError.ranksDiffer`, the same on every rank.
  private func agree(in facts: [RankFact], over ranks: any Communicator) throws {
    if let (rank, name) = try ranks.difference(in: facts) { throw TrainError.ranksDiffer(rank: rank, reason: name) }
  }
}

extension ExperimentRun {
  /// What is wrong with a plan, before anything is given out.
  ///
  /// - Throws: `ExperimentError.invalidContender`, `.changedContender`.
  fileprivate func check(_ plan: [PlannedMember]) throws {
    try checkSettings()
    for planned in plan {
      if let bundle = planned.contender.bundle {
        try store.identify(planned.id, as: RewardModel.fingerprint(ofBundle: bundle))
      } else {
        try store.checkTrained(planned.id)
      }
    }
  }
}
