import DMoEData

/// Responses to one conversation whose rewards are wanted.
struct ScoringRequest {
  var conversation: Conversation
  var responses: [String]
  /// Whose experts judge; nil leaves the choice to the router.
  var category: String?
}
