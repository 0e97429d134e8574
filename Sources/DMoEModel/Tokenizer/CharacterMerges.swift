/// What becomes what in a vocabulary of characters.
package enum CharacterMerges: Sendable {
  /// Merges in order of preference, each as two tokens with a space between (`tokenizer.json`).
  case ranked([String])
  /// A score for every token of the vocabulary: any two neighbors that together are a token become it, the highest
  /// score first (SentencePiece's own rule, which GGUF files keep).
  case scored([Float])
}
