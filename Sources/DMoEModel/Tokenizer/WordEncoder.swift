/// Turns the words of one text into ids, remembering the words it has met.
struct WordEncoder {
  /// What the model knows about merging.
  struct Model: Sendable {
    /// The symbols that merging begins with.
    var symbols: Symbols
    var merges: MergeTable
    /// The vocabulary by the bytes it spells, if words that it holds are not merged but taken whole.
    var wholeWords: ByteStringTable?
    /// What a byte or character without an id becomes; without it, it is dropped.
    var unknownID: Int32?
    /// Whether neighboring unknown bytes or characters become one unknown token.
    var fusesUnknown: Bool
  }

  /// What a word is before merging.
  enum Symbols: Sendable {
    /// Bytes: the id of each, -1 where the vocabulary has none.
    case bytes([Int32])
    /// Characters; ids from `count` on, the size of the vocabulary, are characters that are no token.
    case characters(CharacterSymbols, count: Int)
  }

  /// A word met before: where it stands in the text, and its ids in the result.
  private struct Memory {
    var start = 0
    var length: Int32 = 0
    var idCount: Int32 = 0
    var firstID = 0
  }

  private let model: Model
  private let bytes: UnsafeBufferPointer<UInt8>
  // Direct-mapped: a collision forgets the older word. Nothing is shared between calls.
  private var memory: [Memory]
  private var ids: [Int32] = []
  private var merges: [MergeTable.Merge] = []

  /// Merges that heaps have offered so far: of a word of n symbols at most 3n, since each merge offers two more.
  private(set) var candidateCount = 0

  private static let longestRemembered = 64
  /// Above this length a heap finds the next merge faster than a look over all of them.
  private static let longestScanned = 40

  init(_ model: Model, _ bytes: UnsafeBufferPointer<UInt8>) {
    self.model = model
    self.bytes = bytes
    memory = Array(repeating: Memory(), count: nextPowerOfTwo(min(max(bytes.count / 8, 32), 1 << 15)))
  }

  /// Appends the ids of the word at `range`. Every call must pass the same `result`, grown only.
  mutating func encode(_ range: Range<Int>, into result: inout [Int32]) {
    guard range.count <= Self.longestRemembered else { return encodeAfresh(range, into: &result) }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in range { hash = (hash ^ UInt64(bytes[index])) &* 0x0000_0100_0000_01B3 }
    let slot = Int(truncatingIfNeeded: hash ^ (hash >> 32)) & (memory.count - 1)
    let known = memory[slot]
    if Int(known.length) == range.count, bytes[known.start..<(known.start + range.count)].elementsEqual(bytes[range]) {
      for index in known.firstID..<(known.firstID + Int(known.idCount)) { result.append(result[index]) }
      return
    }
    let firstID = result.count
    encodeAfresh(range, into: &result)
    memory[slot] = Memory(
      start: range.lowerBound, length: Int32(range.count), idCount: Int32(result.count - firstID), firstID: firstID)
  }

  private mutating func encodeAfresh(_ range: Range<Int>, into result: inout [Int32]) {
    if let id = model.wholeWords?.index(of: bytes[range]) { return result.append(id) }
    ids.removeAll(keepingCapacity: true)
    switch model.symbols {
    case .bytes(let byteIDs): appendBytes(range, byteIDs)
    case .characters(let symbols, _):
      symbols.append(bytes[range], unknownID: model.unknownID, fusesUnknown: model.fusesUnknown, to: &ids)
    }
    if ids.count > Self.longestScanned { mergeByHeap() } else { mergeByScan() }
    if case .characters(let symbols, let count) = model.symbols { symbols.expand(&ids, from: count) }
    result.append(contentsOf: ids)
  }

  private mutating func appendBytes(_ range: Range<Int>, _ byteIDs: [Int32]) {
    var afterUnknown = false
    for byte in bytes[range] {
      let id = byteIDs[Int(byte)]
      if id >= 0 {
        ids.append(id)
        afterUnknown = false
      } else if let unknown = model.unknownID {
        if !(afterUnknown && model.fusesUnknown) { ids.append(unknown) }
        afterUnknown = true
      }
    }
  }

  private mutating func mergeByScan() {
    guard ids.count > 1 else { return }
    merges.removeAll(keepingCapacity: true)
    for index in 1..<ids.count { merges.append(model.merges.merge(ids[index - 1], ids[index])) }
    while !merges.isEmpty {
      var best = 0
      for index in 1..<merges.count where merges[index].precedes(merges[best]) { best = index }
      guard merges[best] != .none else { return }
      ids[best] = merges[best].id
      ids.remove(at: best + 1)
      merges.remove(at: best)
      if best > 0 { merges[best - 1] = model.merges.merge(ids[best - 1], ids[best]) }
      if best < merges.count { merges[best] = model.merges.merge(ids[best], ids[best + 1]) }
    }
  }

  /// The same merges in the same order in n log n: symbols are a linked list, candidates a heap by rank, then place.
  private mutating func mergeByHeap() {
    let count = ids.count
    precondition(count < Int(Int32.max), "mergeByHeap: word of \(count) symbols")
    var next = (1...Int32(count)).map { $0 }
    var previous = (0..<Int32(count)).map { $0 - 1 }
    var heap = MinHeap(
      (0..<(count - 1)).compactMap { index -> UInt64? in
        let merge = model.merges.merge(ids[index], ids[index + 1])
        return merge == .none ? nil : merge.rank << 32 | UInt64(index)
      })
    while let candidate = heap.popMin() {
      candidateCount += 1
      let left = Int(candidate & 0xFFFF_FFFF)
      let right = Int(next[left])
      guard ids[left] >= 0, right < count else { continue }
      let merge = model.merges.merge(ids[left], ids[right])
      // A candidate whose symbols have changed since is stale.
      guard merge != .none, merge.rank == candidate >> 32 else { continue }
      ids[left] = merge.id
      ids[right] = -1
      let after = Int(next[right])
      next[left] = Int32(after)
      if after < count {
        previous[after] = Int32(left)
        let merge = model.merges.merge(ids[left], ids[after])
        if merge != .none { heap.insert(merge.rank << 32 | UInt64(left)) }
      }
      let before = Int(previous[left])
      if before >= 0 {
        let merge = model.merges.merge(ids[before], ids[left])
        if merge != .none { heap.insert(merge.rank << 32 | UInt64(before)) }
      }
    }
    ids.removeAll { $0 < 0 }
  }
}
