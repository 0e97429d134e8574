import DMoERL

extension Failure {
  init(_ error: RLError) {
    switch error {
    case .foreignRun:
      self.init(
        "\(error)", hint: "--output NEW makes another run; --replace begins this one anew.", status: .usage)
    case .diverged: self.init("\(error)", hint: "Try --learning-rate with less, in a new run folder.")
    default: self.init("\(error)")
    }
  }
}
