@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM

/// Whether a labelling run did what it was asked for, and what its user can do if it did not.
struct LabelVerdict {
  let end: LabelingEnd
  /// Whether requests without an answer were sent.
  let asked: Bool
  /// Labels by judges.
  let labels: Int
  let report: LabelingReport
  /// The longest reply in tokens.
  let maximumReplyTokens: Int

  private static let goesOn = "The same command goes on from there; nothing that was answered is asked twice."
  private static let isKept = "Everything answered so far is kept."
  private static let isRefused = "\(isKept) Another --model or --base-url may take such requests."

  private var left: Int { end.progress.requestCount - end.progress.answeredCount }
  private var notAnswered: String { "\(Numbers.count(left, "request")) not answered" }

  /// What is to be told at the end; nil if all is well.
  var failure: Failure? {
    switch end.stop {
    case .budget:
      Failure(
        "the budget is reached; \(notAnswered)",
        hint: "The same command with a higher --budget goes on from there; "
          + "a lower --maximum-reply-tokens sets less aside.",
        status: .incomplete)
    case .cancelled: Failure("stopped; \(notAnswered)", hint: Self.goesOn, status: .interrupted)
    case .service(let kind, let description): serviceFailure(kind, description)
    case .failures(let count, let kind):
      Failure(
        "\(Numbers.count(count, "request")) in a row failed (\(kind))" + words(of: kind),
        hint: isPassing(kind) ? Self.goesOn : Self.isRefused,
        status: isPassing(kind) ? .incomplete : .failure)
    case .unusableReplies(let count, let problem):
      Failure(
        "\(Numbers.count(count, "reply", "replies")) in a row were no verdict (\(name(problem))); \(notAnswered)",
        hint: hint(for: problem))
    case nil: left > 0 ? incomplete : labels == 0 ? withoutLabel : nil
    }
  }

  private func serviceFailure(_ kind: String, _ description: String) -> Failure {
    switch kind {
    case "quota-exhausted":
      Failure(description, hint: "\(Self.isKept) \(Self.goesOn)", status: .incomplete)
    case "unauthorized":
      Failure(description, hint: "--api-key-env NAME says which variable holds the key. \(Self.isKept)")
    default: Failure(description, hint: "\(Self.isKept) Check --base-url and --model.")
    }
  }

  /// Not every request has its answer, though all were tried.
  private var incomplete: Failure {
    let batched = end.progress.batchedCount
    let kinds = end.failureList
    let isOver = asked && batched == 0 && !kinds.isEmpty && !kinds.contains { isPassing($0.kind) }
    return Failure(
      notAnswered + (kinds.isEmpty ? "" : " (\(kinds.map { "\($0.kind) \($0.count)" }.joined(separator: ", ")))")
        + (batched > 0 ? ", \(batched) of them in batches; --import-batch enters their results" : "")
        + (kinds.first.map { words(of: $0.kind) } ?? ""),
      hint: isOver
        ? Self.isRefused
        : asked
          ? Self.goesOn : "The same command without --import-batch asks for what is not in a batch, at the full price.",
      status: isOver ? .failure : .incomplete)
  }

  /// Everything was answered, and nothing came of it.
  private var withoutLabel: Failure {
    let slice = report.overall
    let parts =
      [("tie", slice.tie), ("inconsistent", slice.inconsistent)].filter { $0.1 > 0 }.map { "\($0) \($1)" }
      + slice.unparsable.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
      .map { "\(name($0.key)) \($0.value)" }
    let worst = slice.unparsable.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key
    return Failure(
      "no label came of \(Numbers.count(slice.comparisons, "comparison")): \(parts.joined(separator: ", "))",
      hint: worst.map(hint) ?? "--undecided soft keeps such comparisons as labels of 0.5; another --model may decide.")
  }

  /// Whether the same request may do better later, be it because money was added.
  private func isPassing(_ kind: String) -> Bool {
    ![
      "bad-request", "invalid-request", "reply-too-large", "unauthorized", "unknown-model-or-path", "redirected",
      "connection-insecure", "invalid-base-url", "key-unavailable",
    ].contains(kind)
  }

  private func words(of kind: String) -> String { end.failureDescriptions[kind].map { ": \($0)" } ?? "" }

  private func name(_ problem: ReplyProblem) -> String {
    switch problem {
    case .empty: "empty"
    case .refused: "refused"
    case .cutOff: "cut off"
    case .unreadable: "unreadable"
    }
  }

  private func hint(for problem: ReplyProblem) -> String {
    let room = "--maximum-reply-tokens \(min(maximumReplyTokens * 4, JudgeArguments.mostReplyTokens))"
    let now = "it is \(maximumReplyTokens) now"
    return switch problem {
    case .cutOff: "\(room) leaves more room for thoughts and the verdict; \(now)."
    case .empty:
      "\(room) leaves room for a verdict after the thoughts; \(now). --free-text asks for words instead of JSON."
    case .unreadable:
      "--free-text asks for words instead of JSON; \(room) leaves more room for thoughts; \(now). "
        + "The replies are in the journal."
    case .refused: "The model or its service declines such texts; another --model or --template may not."
    }
  }
}
