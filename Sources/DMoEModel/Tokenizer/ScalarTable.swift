import Synchronization

/// A property of Unicode scalars, found out a page at a time when a text has one of its scalars: asking the standard library
/// takes a hundred nanoseconds a scalar, and most texts are of few scripts.
final class ScalarTable<Value: Sendable>: Sendable {
  private final class Page: Sendable {
    let values: [Value]
    init(_ values: [Value]) { self.values = values }
  }

  private final class Place: Sendable {
    let page = AtomicLazyReference<Page>()
  }

  private static var bits: Int { 11 }
  /// The first two planes, which hold nearly all text.
  private let places = (0..<(0x20000 >> ScalarTable.bits)).map { _ in Place() }
  private let value: @Sendable (Unicode.Scalar) -> Value
  private let none: Value

  /// - Parameters:
  ///   - none: The value of what is no scalar.
  ///   - value: The value of a scalar.
  init(none: Value, _ value: @escaping @Sendable (Unicode.Scalar) -> Value) {
    self.none = none
    self.value = value
  }

  /// The value of the scalar of this number.
  subscript(number: UInt32) -> Value {
    let index = Int(number >> UInt32(Self.bits))
    guard index < places.count else { return found(number) }
    let page = places[index].page.load() ?? fill(index)
    return page.values[Int(number) & (1 << Self.bits - 1)]
  }

  /// Two threads may both find a page out, of which one is kept.
  @inline(never)
  private func fill(_ index: Int) -> Page {
    let first = UInt32(index << Self.bits)
    return places[index].page.storeIfNil(Page((first..<first + UInt32(1 << Self.bits)).map(found)))
  }

  private func found(_ number: UInt32) -> Value { Unicode.Scalar(number).map(value) ?? none }

  /// The values of the first scalars, of which nearly all text of some languages is: to be looked up at no cost.
  var firstPage: [Value] { (places[0].page.load() ?? fill(0)).values }
}
