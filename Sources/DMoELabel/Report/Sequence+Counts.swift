extension Sequence<Int> {
  /// Whether all numbers may be counts of comparisons: none negative, none so large that a sum could overflow.
  var areCounts: Bool { allSatisfy { (0...1 << 40).contains($0) } }
}
