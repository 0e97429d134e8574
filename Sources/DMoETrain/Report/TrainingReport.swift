import DMoECore
import DMoEData
public import DMoEEvaluate
public import Foundation

/// A report on a training run, as one HTML page that needs no network: curves, ranking accuracy and the router's
/// mistakes.
///
/// It does not say that accuracies are held-out ones: only the program knows what its samples are, and says so in `facts`.
public struct TrainingReport: Sendable {
  /// The page's heading.
  public let title: String
  /// Facts to show of the run (model, backbone, taxonomy, date, ...), in order.
  public let facts: [(String, String)]
  /// The first is the run's; others, such as the untrained model, are drawn beside it.
  public let evaluations: [(name: String, RankingEvaluation)]
  /// The router's accuracy; `nil` if it was not measured.
  public let router: RouterEvaluation?
  let run: RunRecord

  /// Reads a run's `metrics.jsonl`, of which a torn line is left out.
  ///
  /// - Parameters:
  ///   - runFolder: The folder of the run.
  ///   - title: The title of the page.
  ///   - facts: Facts to show of the run, in order.
  ///   - evaluations: The model's own first, then what to compare it with (the untrained model), each with its name.
  ///   - router: The router's accuracy, if it was measured.
  /// - Throws: `TrainError.unusableRun`.
  public init(
    runFolder: URL, title: String, facts: [(String, String)] = [],
    evaluations: [(name: String, RankingEvaluation)] = [], router: RouterEvaluation? = nil
  ) throws {
    self.title = title
    self.facts = facts
    self.evaluations = evaluations
    self.router = router
    run = try RunRecord(metrics: runFolder.appendingPathComponent("metrics.jsonl"))
  }

  /// Writes the page; a reader sees the old page or the new one.
  ///
  /// - Throws: `CoreError.unwritableFile`.
  public func write(to url: URL) throws {
    try AtomicFile<CoreError>.write(Data(html().utf8), to: url)
  }
}
