/// The language in which a judge is asked.
enum PromptLanguage: String, CaseIterable {
  /// The sample's own.
  case auto
  case en, zh
}
