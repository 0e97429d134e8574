import Foundation

/// A job in a process of its own, whose peak memory or whole time is the measure.
struct ChildJob {
  /// The program and its first arguments.
  let command: [String]

  /// What a job prints as one line of JSON.
  struct Outcome: Codable {
    /// The most memory it held, in bytes.
    let peakBytes: Double
  }

  /// Runs the job to its end.
  ///
  /// - Returns: what it printed, and the seconds from its start to its end.
  func run(_ arguments: [String]) throws -> (outcome: Outcome, seconds: Double) {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst()) + arguments
    process.standardOutput = output
    let clock = ContinuousClock()
    let start = clock.now
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let seconds = (clock.now - start).inSeconds
    guard process.terminationStatus == 0, process.terminationReason == .exit else {
      throw BenchmarkError("\(arguments.joined(separator: " ")) ended with status \(process.terminationStatus)")
    }
    return (try JSONDecoder().decode(Outcome.self, from: data), seconds)
  }
}
