@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM

extension Failure {
  init(_ error: LabelError) {
    switch error {
    case .journalInUse:
      self.init("\(error)", hint: "Wait for it, or name another file with --journal.", status: .failure)
    case .unknownPrice:
      self.init(
        "\(error)", hint: "--price 0.15,0.60 gives the price of a million tokens in and out; --prices FILE a table.",
        status: .usage)
    case .invalidMoney, .unboundedRequest, .currencyMismatch: self.init("\(error)", status: .usage)
    case .unwritableFile, .unwritableJournal, .closedJournal, .budgetExhausted: self.init("\(error)")
    default: self.init("\(error)", status: .badInput)
    }
  }

  init(_ error: PerturbationError) {
    switch error {
    case .unknownRule(_, let known):
      self.init("\(error)", hint: "There are \(known.joined(separator: ", ")).", status: .usage)
    case .unknownPoint:
      self.init("\(error)", hint: "--taxonomy says which points there are.", status: .usage)
    case .noRuleApplies:
      self.init(
        "\(error)",
        hint: "--rule-points FILE says which points the rules are for; --list-rules shows what they are for.",
        status: .usage)
    case .duplicateRule, .invalidWeight: self.init("\(error)", status: .usage)
    case .unreadablePoints, .malformedPoints: self.init("\(error)", status: .badInput)
    }
  }

  init(_ error: CompletionError) {
    switch error {
    case .invalidBaseURL: self.init("\(error)", hint: "Such as --base-url http://127.0.0.1:8080/v1", status: .usage)
    case .keyUnavailable:
      self.init("\(error)", hint: "--api-key-env NAME says which variable holds the key.", status: .usage)
    default: self.init("\(error)")
    }
  }
}
