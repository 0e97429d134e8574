import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

/// `dmoerm-mpi plan`: on how many ranks a run pays.
struct RanksPlanCommand: RanksWork {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Say how long a run would take on several ranks, by what its phases took.",
    discussion: """
      The run may have been of any number of ranks, and a short one: --maximum-steps or fewer samples change what phases take, and \
      hardly which of them take longest. Phases are given out as `dmoerm-mpi train` does. Start it without mpirun.

      Example:
        dmoerm-mpi plan my.run --ranks 64

      \(ExitStatus.help)
      """)

  @Argument(help: ArgumentHelp("The run folder, such as my.run.", valueName: "run"), transform: pathWord)
  var folder: String
  @Option(help: "The most ranks that are looked at.") var ranks = 256
  @Flag(help: "Print JSON, a line for each number of ranks.") var json = false

  func validate() throws { try Bounds.check("--ranks", ranks, 1...4096) }

  func run(over ranks: any Communicator) throws {
    guard ranks.isFirst else { return }
    try InputFile(folder).checkFolder()
    let forecasts = try RankForecast.of(
      run: URL(fileURLWithPath: folder, isDirectory: true), ranks: Array(1...self.ranks))
    if json { return Console.output.print(try forecasts.map { try JSONOutput.line(Row($0)) }) }
    let shown = forecasts.filter { $0.ranks.nonzeroBitCount == 1 || $0.ranks == enough(forecasts) }
    Console.output.print(table(shown))
    let most = enough(forecasts)
    Console.output.print("", "More than \(Numbers.count(most, "rank")) gain nothing: phases wait for each other.")
  }

  /// The least number of ranks that no larger one beats by more than a hundredth.
  private func enough(_ forecasts: [RankForecast]) -> Int {
    let least = forecasts.map(\.seconds).min() ?? 0
    return forecasts.first { $0.seconds <= least * 1.01 }?.ranks ?? 1
  }

  private func table(_ forecasts: [RankForecast]) -> [String] {
    func line(_ cells: [String]) -> String {
      zip(cells, [5, 9, 8, 10, 11]).map { $0.padded(to: $1, .right) }.joined(separator: "  ")
    }
    return [line(["ranks", "time", "speedup", "efficiency", "traffic"])]
      + forecasts.map { forecast in
        line([
          "\(forecast.ranks)", DurationText.clock(forecast.seconds), Numbers.fixed(forecast.speedup, 2),
          Numbers.percent(forecast.efficiency), Numbers.bytes(forecast.bytes),
        ])
      }
  }

  private struct Row: Encodable {
    let ranks: Int
    let seconds, speedup, efficiency: Double
    let bytes: Int

    init(_ forecast: RankForecast) {
      (ranks, bytes) = (forecast.ranks, forecast.bytes)
      (seconds, speedup, efficiency) = (forecast.seconds, forecast.speedup, forecast.efficiency)
    }
  }
}
