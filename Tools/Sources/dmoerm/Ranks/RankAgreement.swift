import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

/// What ranks find out together before they work, so that all of them go on or none.
enum RankAgreement {
  /// Does something on every rank, and goes on only where it went well on all.
  ///
  /// - Parameter ranks: The ranks; nil is this process alone.
  /// - Throws: what the body throws; where it threw on other ranks only, a `Failure` that names the first of them.
  static func outcome<R>(over ranks: (any Communicator)?, _ body: () throws -> R) throws -> R {
    guard let ranks else { return try body() }
    let result = Result { try body() }
    let own: Failure? = if case .failure(let error) = result { Failure(error) ?? Failure("\(error)") } else { nil }
    let failures = try gather(own, over: ranks)
    let value = try result.get()
    for (rank, failure) in failures.enumerated() {
      if var failure {
        failure.message = "rank \(rank): \(failure.message)"
        throw failure
      }
    }
    return value
  }

  /// - Throws: `Failure` where ranks run different versions, the same on all.
  static func check(version: String, over ranks: any Communicator) throws {
    let all = try ranks.allGather(Data(version.utf8)).map { String(decoding: $0, as: UTF8.self) }
    guard let first = all.first, let rank = all.firstIndex(where: { $0 != first }) else { return }
    throw Failure(
      "rank \(rank) runs version \(all[rank].onOneLine.truncated(to: 32, ellipsis: "...")), and rank 0 runs \(first)",
      hint: "Every machine needs the same dmoerm-mpi.", status: .usage)
  }

  /// - Parameter facts: What has to be the same on every rank, each with the words for it.
  /// - Throws: `Failure` for the first that is not, the same on all.
  static func check(_ facts: [(name: String, value: String)], over ranks: any Communicator) throws {
    let own = try JSONEncoder().encode(facts.map(\.value))
    let all = try ranks.allGather(own).map { try JSONDecoder().decode([String].self, from: $0) }
    for (rank, values) in all.enumerated() {
      for (fact, (value, first)) in zip(facts, zip(values, all[0])) where value != first {
        throw Failure(
          "rank \(rank) has another \(fact.name) than rank 0",
          hint: "Every rank is started with the same command, on the same files.", status: .usage)
      }
    }
  }

  /// - Throws: `ValidationError` for standard input, which comes to the first rank alone.
  static func check(_ files: [DataFile], over ranks: (any Communicator)?) throws {
    guard let ranks, ranks.size > 1, files.contains(where: \.isStandardInput) else { return }
    throw ValidationError("standard input (-) comes to one rank only; on several, data is read from files")
  }

  private static func gather(_ own: Failure?, over ranks: any Communicator) throws -> [Failure?] {
    let encoder = JSONEncoder()
    return try ranks.allGather(try own.map { try encoder.encode($0) } ?? Data()).map { bytes in
      bytes.isEmpty ? nil : try JSONDecoder().decode(Failure.self, from: bytes)
    }
  }
}
