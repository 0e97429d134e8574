/// One piece of work that several engines do, so that they can be compared.
struct Benchmark {
  /// What the peers' files call it too, such as `forward/1x256`.
  let item: String
  let unit: Unit
  /// Units of work in one run: operations, tokens; 1 where the time itself is shown.
  let work: Double
  /// Whether one run of the fallback takes a minute or so; `--quick` leaves the fallback out then.
  var isLong = false
  /// Makes ready what runs; called just before, so that only one benchmark's data are in memory.
  let contenders: () throws -> [Contender]
}

/// One engine's way of doing the work.
struct Contender {
  /// The engine's name in reports.
  let engine: String
  /// Seconds to wait after every run, until threads that still spin are at rest.
  var rest = 0.0
  let run: () throws -> Void
}

/// The names of our own engines.
enum EngineName {
  static let openBLAS = "openBLAS"
  static let reference = "reference"
  /// The bare product on OpenBLAS's own threads: the roof.
  static let pool = "openBLAS-pool"
}
