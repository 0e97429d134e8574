import DMoEPolicy

extension Failure {
  init(_ error: PolicyError) {
    switch error {
    case .noTemplate:
      self.init(
        "\(error)", hint: "--template NAME names one, such as chatml; --ids takes token ids.", status: .badInput)
    case .noTokenizer: self.init("\(error)", hint: "--ids takes token ids; --json prints them.", status: .badInput)
    case .noAdapter: self.init("\(error)", status: .usage)
    case .nonFiniteLogits, .rewardCount: self.init("\(error)")
    }
  }
}
