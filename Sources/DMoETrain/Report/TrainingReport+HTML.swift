extension TrainingReport {
  /// The page.
  public func html() -> String { "" }
}
