/// Which two neighboring tokens become which token, and in what order of preference.
struct MergeTable: Sendable {
  /// What two tokens become: the rank in the upper half (less is sooner), the new id in the lower.
  struct Merge: Equatable, Sendable {
    let packed: UInt64

    init(rank: Int, id: Int32) { packed = UInt64(rank) << 32 | UInt64(UInt32(bitPattern: id)) }
    private init(packed: UInt64) { self.packed = packed }

    /// Stands for a pair that does not merge; every merge precedes it.
    static let none = Merge(packed: .max)

    var rank: UInt64 { packed >> 32 }
    var id: Int32 { Int32(truncatingIfNeeded: packed) }

    /// Whether this merge comes first wherever both stand; of equal ranks the left one does.
    @inline(__always)
    func precedes(_ other: Merge) -> Bool { rank < other.rank }

    fileprivate static func unpacked(_ packed: UInt64) -> Merge { Merge(packed: packed) }
  }

  // Open addressing; the pair and its merge lie side by side so that a look-up touches one cache line.
  private var slots: [UInt64]
  private let mask: Int
  private static let vacant = UInt64.max

  /// Makes room for `count` merges.
  init(count: Int) {
    let capacity = nextPowerOfTwo(max(16, 2 * count))
    slots = [UInt64](repeating: Self.vacant, count: 2 * capacity)
    mask = capacity - 1
  }

  /// Records a merge; the last one for a pair counts, as in the Hugging Face `tokenizers` library.
  mutating func insert(_ left: Int32, _ right: Int32, _ merge: Merge) {
    let key = Self.key(left, right)
    var slot = start(of: key)
    while slots[2 * slot] != Self.vacant, slots[2 * slot] != key { slot = (slot + 1) & mask }
    slots[2 * slot] = key
    slots[2 * slot + 1] = merge.packed
  }

  /// What the pair becomes, or `Merge.none`.
  @inline(__always)
  func merge(_ left: Int32, _ right: Int32) -> Merge {
    let key = Self.key(left, right)
    var slot = start(of: key)
    while true {
      let found = slots[2 * slot]
      if found == key { return .unpacked(slots[2 * slot + 1]) }
      if found == Self.vacant { return .none }
      slot = (slot + 1) & mask
    }
  }

  @inline(__always)
  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  @inline(__always)
  private func start(of key: UInt64) -> Int {
    // Fibonacci hashing: the upper half of the product mixes both ids.
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
  }
}
