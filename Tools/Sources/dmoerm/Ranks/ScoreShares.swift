@_spi(Command) import DMoERM
import Foundation

/// Who of several ranks scores which batch of a file: they go round, so that each is scored once, and the first rank gets all in
/// their order.
final class ScoreShares {
  typealias Lines = [Result<[String], Failure>]

  private let ranks: (any Communicator)?
  /// The number of the next batch.
  private var number = 0
  /// What other ranks have sent and is not yet asked for, by rank.
  private var waiting: [Int: [Data]] = [:]

  /// - Parameter ranks: The ranks; nil is this process alone.
  init(over ranks: (any Communicator)?) { self.ranks = ranks }

  /// What the next batch gives.
  ///
  /// - Returns: the results on the first rank, whoever scored them, and nothing on the others.
  func next(_ score: () throws -> Lines) throws -> Lines {
    guard let ranks else { return try score() }
    let owner = number % ranks.size
    number += 1
    guard owner != ranks.rank else {
      let results = try score()
      guard !ranks.isFirst else { return results }
      try ranks.send(try JSONEncoder().encode(results.map(Answer.init)), to: 0)
      return []
    }
    return ranks.isFirst ? try received(from: owner, ranks) : []
  }

  /// Tells the first rank of an error that ends this one, which is silent.
  func tell(_ error: any Error) {
    guard let ranks, !ranks.isFirst else { return }
    var failure = Failure(error) ?? Failure("\(error)")
    failure.message = "rank \(ranks.rank): \(failure.message)"
    if let bytes = try? JSONEncoder().encode(failure) { try? ranks.send(bytes, to: 0) }
  }

  /// Whether several ranks read the file.
  var areSeveral: Bool { ranks.map { $0.size > 1 } ?? false }

  /// Whether this rank has all results.
  var isFirst: Bool { ranks.isFirst }

  private func received(from rank: Int, _ ranks: any Communicator) throws -> Lines {
    while true {
      if let bytes = waiting[rank]?.first {
        waiting[rank]?.removeFirst()
        if let failure = try? JSONDecoder().decode(Failure.self, from: bytes) { throw failure }
        return try JSONDecoder().decode([Answer].self, from: bytes).map(\.result)
      }
      if let message = try ranks.receive() {
        waiting[message.sender, default: []].append(message.bytes)
      } else {
        Thread.sleep(forTimeInterval: 0.001)
      }
    }
  }

  /// A result as it travels.
  private struct Answer: Codable {
    var lines: [String]?
    var failure: Failure?

    init(_ result: Result<[String], Failure>) {
      switch result {
      case .success(let lines): self.lines = lines
      case .failure(let failure): self.failure = failure
      }
    }

    var result: Result<[String], Failure> { failure.map { .failure($0) } ?? .success(lines ?? []) }
  }
}
