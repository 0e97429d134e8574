/// One piece of work that several engines do, so that they can be compared.
struct Benchmark {
  /// What the peers call it too, such as `forward/1x256`.
  let item: String
  let unit: Unit
  /// Units of work in one run: operations, tokens; 1 where the measure itself is shown.
  var work = 1.0
  /// Operations of the linear layers in one run, two for every weight and row; `nil` where nobody counts them.
  var operations: () throws -> Double? = { nil }
  /// Makes ready what runs; called just before, so that only one benchmark's data are in memory.
  let contenders: () throws -> [Contender]
}

/// One engine's way of doing the work.
struct Contender {
  let engine: EngineName
  /// Seconds to wait after every sample, until threads that still spin are at rest.
  var rest = 0.0
  /// Does the work so many times; returns the seconds (bytes, for a unit of memory) of one time.
  let sample: (_ repetitions: Int) throws -> Double
  /// Whether one sample tells all, as the peak memory of a process does.
  var isCounted = false
  /// Whether it is known to fail where memory is short; what fails then counts as not measured.
  var mayFail = false
  /// Another item than the benchmark's, and its units of work: what is compared with each other is timed in turns.
  var variant: (item: String, work: Double)?
}

extension Contender {
  /// One that is timed here.
  init(_ engine: EngineName, rest: Double = 0, run: @escaping () throws -> Void) {
    self.init(engine: engine, rest: rest) { repetitions in
      let clock = ContinuousClock()
      let start = clock.now
      for _ in 0..<repetitions { try run() }
      return (clock.now - start).inSeconds / Double(repetitions)
    }
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
