import DMoERM
import Foundation

/// Scores from many tasks over one model: `score-concurrently BUNDLE BACKBONE`.
///
/// A model is a value that scoring does not change, so tasks share it without a lock.
@main
struct ScoreConcurrently {
  static func main() async {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count == 2 else { return fail("usage: score-concurrently BUNDLE BACKBONE") }
    do {
      // One thread a call: the tasks fill the cores.
      let model = try RewardModel(
        contentsOf: URL(fileURLWithPath: arguments[1]), backbone: URL(fileURLWithPath: arguments[2]),
        options: ComputeOptions(threads: 1))
      let candidates = try (1...64).map { number in
        try Candidate(prompt: "What is \(number) times 7?", response: "It is \(number * 7).")
      }

      let clock = ContinuousClock()
      var sequential: [Float] = []
      let alone = try clock.measure { sequential = try candidates.map { try model.scores(of: [$0])[0] } }
      let start = clock.now
      let concurrent = try await scores(of: candidates, model)
      let together = clock.now - start

      print("sequential\t\(perSecond(candidates.count, alone)) responses/s")
      print("concurrent\t\(perSecond(candidates.count, together)) responses/s")
      // Not nearly: the same bits, whatever runs beside.
      guard concurrent == sequential else { return fail("the rewards differ") }
      print("equal\t\(concurrent.count) rewards")
    } catch {
      fail("\(error)")
    }
  }

  /// One task a candidate; the rewards stand in the order of the candidates.
  private static func scores(of candidates: [Candidate], _ model: RewardModel) async throws -> [Float] {
    try await withThrowingTaskGroup(of: (Int, Float).self) { group in
      for (index, candidate) in candidates.enumerated() {
        group.addTask { (index, try model.scores(of: [candidate])[0]) }
      }
      var rewards = [Float](repeating: .nan, count: candidates.count)
      for try await (index, reward) in group { rewards[index] = reward }
      return rewards
    }
  }

  private static func perSecond(_ count: Int, _ time: Duration) -> Int {
    Int((Double(count) / (time / .seconds(1))).rounded())
  }

  private static func fail(_ message: String) {
    FileHandle.standardError.write(Data("score-concurrently: \(message)\n".utf8))
    exit(1)
  }
}
