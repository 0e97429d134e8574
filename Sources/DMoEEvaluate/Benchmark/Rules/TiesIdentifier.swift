/// The identifier of an item of the Ties subset: a prompt asked with one right answer ("ref:N") or with many ("tied:N").
struct TiesIdentifier {
  enum Asking: String {
    case reference = "ref"
    case tied
  }

  let asking: Asking
  /// The same for both askings.
  let prompt: String

  /// Nil for an identifier of another form.
  init?(_ id: String) {
    let parts = id.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, let asking = Asking(rawValue: String(parts[0])) else { return nil }
    self.asking = asking
    prompt = String(parts[1])
  }

  /// Whether a subset is scored by such identifiers.
  static func isNeeded(in subset: String) -> Bool { subset.lowercased() == "ties" }
}
