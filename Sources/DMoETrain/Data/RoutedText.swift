/// A prompt as the router reads it, with its category's place in the taxonomy.
struct RoutedText: Sendable {
  let ids: [Int32]
  let category: Int
}
