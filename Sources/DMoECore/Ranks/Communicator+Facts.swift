import Foundation

/// Something that has to be the same on all ranks of a task.
package struct RankFact: Sendable {
  /// The words for it, which follow "another".
  package let name: String
  /// What it is on this rank.
  package let value: String

  /// A fact of this rank.
  package init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
}

extension Communicator {
  /// Compares facts of all ranks; every rank calls this with as many.
  ///
  /// - Returns: the first rank that has another value than rank 0, and the name of the fact, the same on all ranks; `nil` if
  ///   all agree.
  /// - Throws: `CommunicatorError`.
  package func difference(in facts: [RankFact]) throws -> (rank: Int, name: String)? {
    let all = try allGather(try JSONEncoder().encode(facts.map(\.value))).enumerated().map { sender, bytes in
      guard let values = try? JSONDecoder().decode([String].self, from: bytes), values.count == facts.count else {
        throw CommunicatorError.malformedMessage(sender: sender, reason: "no facts about a task")
      }
      return values
    }
    for (rank, values) in all.enumerated() {
      if let place = facts.indices.first(where: { values[$0] != all[0][$0] }) { return (rank, facts[place].name) }
    }
    return nil
  }

  /// Has every rank do something, and goes on where it went well on all.
  ///
  /// - Throws: what the body throws; where it threw on another rank only, `CommunicatorError.failed` with what it said.
  package func onEach<R>(_ body: () throws -> R) throws -> R {
    let own = Result { try body() }
    _ = try sharing(size, as: Bool.self) { _ in
      _ = try own.get()
      return true
    }
    return try own.get()
  }

  /// Has the first rank do something, and goes on on all where that went well.
  ///
  /// - Returns: what the body returns on rank 0; `nil` on the others.
  /// - Throws: as `onEach(_:)`.
  package func onFirst<R>(_ body: () throws -> R) throws -> R? {
    try onEach { rank == 0 ? try body() : nil }
  }

  /// Has the first rank make something, and gives it to all.
  ///
  /// - Parameter make: Called on rank 0.
  /// - Throws: what making throws; on the other ranks `CommunicatorError.failed` with what it said.
  package func fromFirst<Value: Codable>(_ make: () throws -> Value) throws -> Value {
    guard size > 1 else { return try make() }
    let made: Result<Value, any Error>? = rank == 0 ? Result { try make() } : nil
    var news = FirstNews<Value>()
    switch made {
    case .success(let value)?: news.values = [value]
    case .failure(let error)?: news.failure = "\(error)"
    case nil: break
    }
    let bytes = try broadcast(rank == 0 ? try JSONEncoder().encode(news) : Data(), from: 0)
    if let made { return try made.get() }
    guard let told = try? JSONDecoder().decode(FirstNews<Value>.self, from: bytes) else {
      throw CommunicatorError.malformedMessage(sender: 0, reason: "no news of the first rank")
    }
    guard let value = told.values.first else {
      throw CommunicatorError.failed(operation: "go on", reason: "rank 0: \(told.failure ?? "it has nothing")")
    }
    return value
  }
}

/// What the first rank has made, or why it has not.
private struct FirstNews<Value: Codable>: Codable {
  /// One or none: the value itself may be nothing.
  var values: [Value] = []
  var failure: String?
}

extension ComputeInformation {
  /// What of a process decides how sums are rounded, and so has to be the same on all ranks.
  ///
  /// - Parameters:
  ///   - threads: How many share a product.
  ///   - precision: What weights are kept in: in single precision instructions for bf16 are of no account.
  package static func facts(threads: Int, precision: WeightPrecision) -> [RankFact] {
    let own = current
    return [
      RankFact("number of threads", "\(threads)"),
      RankFact(
        "set of OpenBLAS's kernels (with DMOERM_OPENBLAS_CORETYPE all take one that every machine has)",
        own.openBLASCore ?? "none"),
      RankFact(
        "set of instructions for bf16 (--precision float32 needs none)",
        precision == .float32 ? "" : own.bfloat16Kernels ?? "none"),
    ]
  }
}
