@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM
import Foundation
import Synchronization

/// Shows how a labelling run comes on: a live line on a terminal, elsewhere a line every ten seconds.
final class LabelProgressView: Sendable {
  private let console: Console
  private let budget: Budget
  private let currency: String
  private let start: ContinuousClock.Instant
  private let lastLine: Mutex<ContinuousClock.Instant>

  init(console: Console = .error, budget: Budget, currency: String) {
    self.console = console
    self.budget = budget
    self.currency = currency
    start = .now
    lastLine = Mutex(.now)
  }

  func show(_ progress: LabelingProgress) {
    if console.terminal.isInteractive {
      console.show { self.line(progress, $0) }
    } else {
      let isDue = lastLine.withLock { last in
        guard last.duration(to: .now) >= .seconds(10) else { return false }
        last = .now
        return true
      }
      if isDue { console.print(line(progress, console.terminal)) }
    }
  }

  func line(_ progress: LabelingProgress, _ terminal: Terminal) -> String {
    let done = progress.answeredCount + progress.failedCount
    var parts = ["\(done)/\(progress.requestCount)"]
    if progress.failedCount > 0 { parts.append("\(progress.failedCount) failed") }
    if progress.retryCount > 0 { parts.append("\(progress.retryCount) sent again") }
    parts.append(spending(progress.ledger))
    let seconds = start.duration(to: .now).seconds
    let left = progress.requestCount - done - progress.batchedCount
    if progress.newCount > 0, left > 0 {
      parts.append("\(DurationText.clock(seconds / Double(progress.newCount) * Double(left))) left")
    }
    let text = "labelling " + parts.joined(separator: "  ")
    guard terminal.isInteractive else { return text }
    let bar = min(24, terminal.width - 2 - text.displayWidth)
    guard bar >= 6 else { return text.truncated(to: max(1, terminal.width - 1), ellipsis: "") }
    let fraction = Double(done) / Double(max(1, progress.requestCount))
    return "labelling " + terminal.bar(fraction, width: bar) + " " + text.dropFirst("labelling ".count)
  }

  private func spending(_ ledger: Ledger) -> String {
    let spent = ledger.spent + ledger.uncertain
    if let ceiling = budget.money {
      let both = [spent.money, ceiling].map { $0.formatted(currency: currency, decimals: 4) }
      return both.joined(separator: " of ")
    }
    if let ceiling = budget.tokens { return "\(spent.tokens) of \(ceiling) tokens" }
    if spent.money > .zero { return spent.money.formatted(currency: currency, decimals: 4) }
    return Numbers.rate(Double(spent.tokens)) + " tokens"
  }
}
