@_spi(Command) import DMoERM
import Foundation

/// How many threads each rank computes with: the same number on all, since sums depend on it.
struct RankThreads: Codable, Equatable {
  /// The machine.
  let host: String
  /// The cores that this rank may run on, as the system lists them: ranks that are bound have lists of their own.
  let cores: String
  /// How many those are.
  let count: Int

  /// This process's.
  static var own: RankThreads {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    return RankThreads(
      host: ProcessInfo.processInfo.hostName, cores: line.map(String.init) ?? "",
      count: ProcessInfo.processInfo.activeProcessorCount)
  }

  /// The threads of each rank, and a line that says so.
  ///
  /// - Parameter asked: What --threads says.
  static func share(_ asked: Int?, over ranks: any Communicator) throws -> Int {
    let all = try ranks.allGather(try JSONEncoder().encode(own)).map { bytes in
      try JSONDecoder().decode(RankThreads.self, from: bytes)
    }
    let threads = asked ?? share(all)
    let hosts = Set(all.map(\.host)).count
    let place = "\(Numbers.count(all.count, "rank")) on \(Numbers.count(hosts, "machine"))"
    Console.error.print("\(place), each on \(Numbers.count(threads, "thread"))")
    return threads
  }

  /// The threads of each rank where none are asked for: ranks with the same cores of one machine share them, and the rank with the
  /// fewest has as many as it can.
  static func share(_ all: [RankThreads]) -> Int {
    let shares = Dictionary(grouping: all) { $0.host + "\n" + $0.cores }.values.map { group in
      (group.map(\.count).min() ?? 1) / group.count
    }
    return max(1, shares.min() ?? 1)
  }
}
