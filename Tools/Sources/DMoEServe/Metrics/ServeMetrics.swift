import DMoERM
import Synchronization

/// What a server counts of its work; no text is among it.
final class ServeMetrics: Sendable {
  private struct RequestLabels: Hashable {
    let path: String
    let status: Int
  }

  private struct Outcome: Hashable {
    let model: String
    let code: String
  }

  private struct Category: Hashable {
    let model: String
    let category: String
  }

  private struct State {
    var requests: [RequestLabels: Int] = [:]
    var seconds: [String: Histogram] = [:]
    var rewards: [Category: Histogram] = [:]
    var abstentions: [Outcome: Int] = [:]
    var sharedPrompts = 0
    var readPrompts = 0
    var sharedTokens = 0
    var tokens = 0
    var passes = 0
    var passSeconds = 0.0
    var inFlight = 0
    var notes: [String: Int] = [:]
  }

  private let state = Mutex(State())

  /// A request has come.
  func begin() { state.withLock { $0.inFlight += 1 } }

  /// A request is answered.
  func end(path: String, status: Int, seconds: Double) {
    state.withLock { state in
      state.inFlight -= 1
      state.requests[RequestLabels(path: path, status: status), default: 0] += 1
      state.seconds[path, default: Histogram(bounds: Histogram.seconds)].add(seconds)
    }
  }

  /// A prompt was needed.
  func prompt(isCached: Bool, tokens: Int) {
    state.withLock { state in
      if isCached {
        state.sharedPrompts += 1
        state.sharedTokens += tokens
      } else {
        state.readPrompts += 1
      }
    }
  }

  /// A response was scored, or has no reward.
  func response(_ result: Result<RewardBreakdown, ServeError>, model: String) {
    state.withLock { state in
      switch result {
      case .success(let breakdown):
        let category = Category(model: model, category: breakdown.category)
        state.rewards[category, default: Histogram(bounds: Histogram.rewards)].add(Double(breakdown.reward))
      case .failure(let error):
        state.abstentions[Outcome(model: model, code: error.code.rawValue), default: 0] += 1
      }
    }
  }

  /// A pass is done.
  func passed(tokens: Int, seconds: Double) {
    state.withLock { state in
      state.tokens += tokens
      state.passes += 1
      state.passSeconds += seconds
    }
  }

  /// Something was done to a text that its sender should know.
  func note(_ note: String) { state.withLock { $0.notes[note, default: 0] += 1 } }

  /// All of it as Prometheus reads it.
  ///
  /// - Parameter gauges: What is so at this moment, by name, with what it means.
  func text(gauges: [(name: String, help: String, value: Double)]) -> String {
    let state = self.state.withLock { $0 }
    var text = MetricText()
    text.add(
      "dmoerm_requests_total", "counter", "Requests answered.",
      rows(state.requests) { labels, count in
        "dmoerm_requests_total{\(MetricText.label("path", labels.path)),status=\"\(labels.status)\"} \(count)"
      })
    text.add(
      "dmoerm_request_seconds", "histogram", "Time from a request's head to its answer.",
      state.seconds.sorted { $0.key < $1.key }.flatMap {
        $0.value.lines("dmoerm_request_seconds", labels: MetricText.label("path", $0.key))
      })
    text.add("dmoerm_requests_in_flight", "gauge", "Requests under way.", value: Double(state.inFlight))
    for gauge in gauges { text.add(gauge.name, "gauge", gauge.help, value: gauge.value) }
    text.add("dmoerm_tokens_total", "counter", "Tokens read.", value: Double(state.tokens))
    text.add("dmoerm_passes_total", "counter", "Passes of scoring.", value: Double(state.passes))
    text.add("dmoerm_pass_seconds_total", "counter", "Time spent scoring.", value: state.passSeconds)
    text.add(
      "dmoerm_prompts_total", "counter", "Prompts needed, by whether they had been read before.",
      [
        "dmoerm_prompts_total{cached=\"true\"} \(state.sharedPrompts)",
        "dmoerm_prompts_total{cached=\"false\"} \(state.readPrompts)",
      ])
    text.add(
      "dmoerm_cached_tokens_total", "counter", "Tokens of prompts that had been read before.",
      value: Double(state.sharedTokens))
    text.add(
      "dmoerm_reward", "histogram", "Rewards by the category that gave them.",
      state.rewards.sorted { ($0.key.model, $0.key.category) < ($1.key.model, $1.key.category) }.flatMap {
        let labels = [MetricText.label("model", $0.key.model), MetricText.label("category", $0.key.category)]
        return $0.value.lines("dmoerm_reward", labels: labels.joined(separator: ","))
      })
    text.add(
      "dmoerm_abstentions_total", "counter", "Responses without a reward, by the reason.",
      rows(state.abstentions) { labels, count in
        "dmoerm_abstentions_total{\(MetricText.label("model", labels.model)),code=\"\(labels.code)\"} \(count)"
      })
    text.add(
      "dmoerm_text_notes_total", "counter", "Texts that were not taken as they came.",
      rows(state.notes) { note, count in "dmoerm_text_notes_total{\(MetricText.label("note", note))} \(count)" })
    return text.text
  }

  private func rows<Key>(_ counts: [Key: Int], _ line: (Key, Int) -> String) -> [String] {
    counts.map { line($0.key, $0.value) }.sorted()
  }
}
