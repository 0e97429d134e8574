import DMoERM
import Foundation

/// What threads bring, within a call and from several callers.
enum ThreadBenchmarks {
  private static let length = 256

  static func all(_ engines: Engines) -> [Benchmark] { [within(engines), callers(engines)] }

  /// One text on one thread and on all.
  private static func within(_ engines: Engines) -> Benchmark {
    Benchmark(item: "threads", unit: .tokens) {
      try engines.all.flatMap { engine in
        try Set([1, engines.threads]).sorted().map { threads in
          let run = ForwardBenchmarks.single(try engines.backbone(engine), engine.with(threads: threads), length)
          var contender = Contender(engine.name, run: run)
          contender.variant = ("threads/\(threads)", Double(length))
          return contender
        }
      }
    }
  }

  /// One caller on all threads, and two at once that may each use all of them.
  private static func callers(_ engines: Engines) -> Benchmark {
    Benchmark(item: "callers", unit: .tokens) {
      try engines.all.flatMap { engine in
        let run = ForwardBenchmarks.single(try engines.backbone(engine), engine, length)
        return [1, 2].map { callers in
          var contender = Contender(engine.name) { try concurrently(callers, run) }
          contender.variant = ("callers/\(callers)", Double(callers * length))
          return contender
        }
      }
    }
  }

  private static func concurrently(_ count: Int, _ body: () throws -> Void) throws {
    if count == 1 { return try body() }
    nonisolated(unsafe) let body = body
    let failures = Failures()
    DispatchQueue.concurrentPerform(iterations: count) { _ in
      do { try body() } catch { failures.add(error) }
    }
    if let first = failures.first { throw first }
  }
}

/// The errors of several threads.
private final class Failures: @unchecked Sendable {
  private let lock = NSLock()
  private var errors: [any Error] = []

  func add(_ error: any Error) { lock.withLock { errors.append(error) } }
  var first: (any Error)? { lock.withLock { errors.first } }
}
