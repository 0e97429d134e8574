/// All that is measured, in the order of the page.
enum Suite {
  /// What is timed in this process.
  static func timed(_ engines: Engines) -> [Benchmark] {
    RoofBenchmarks.all(engines) + ForwardBenchmarks.all(engines) + DecodingBenchmarks.all(engines)
      + ScoringBenchmarks.all(engines) + TrainingBenchmarks.all(engines)
      + ForwardBenchmarks.scale(engines) + ThreadBenchmarks.all(engines)
  }

  /// What can be done once in a process of its own.
  static func jobs(_ engines: Engines) -> [Benchmark] {
    timed(engines) + [TrainingBenchmarks.recomputedStep(engines), TrainingBenchmarks.largeStep(engines)]
  }
}
