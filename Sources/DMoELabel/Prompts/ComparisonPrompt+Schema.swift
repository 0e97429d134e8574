import DMoEFoundation

extension ComparisonPrompt {
  /// The JSON schema of a verdict, as JSON text.
  ///
  /// An object with `verdict`, one of the first spellings of the answers, after `reason` if one is asked for. The order
  /// of the keys matters: constrained models write them in this order. Everything is required and nothing else
  /// allowed, as strict schemas must be.
  public var verdictSchema: String {
    let verdicts = answers.byVerdict.compactMap(\.spellings.first).map(JSONText.quoted).joined(separator: ",")
    let reason = (property: #""reason":{"type":"string"},"#, key: #""reason","#)
    return #"{"type":"object","properties":{"# + (asksForReason ? reason.property : "")
      + #""verdict":{"type":"string","enum":["# + verdicts + #"]}},"required":["#
      + (asksForReason ? reason.key : "") + #""verdict"],"additionalProperties":false}"#
  }
}
