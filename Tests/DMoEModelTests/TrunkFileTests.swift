import DMoECore
import DMoEData
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

@Suite struct TrunkFileTests {
  private static func reader(_ edit: (inout RewardModel.Configuration) -> Void = { _ in }) throws -> StateReader {
    try TinyModel.untrained {
      $0.pooling = .response
      $0.lowerDepths = [1]
      edit(&$0)
    }.reader
  }

  private static func items(_ reader: StateReader) throws -> [EncodedResponses] {
    [
      try reader.encode("Say a word", responses: ["word", "no"]), try reader.encode("2+2?", responses: ["4"]),
      try reader.encode("And?", responses: ["a longer one"]),
    ]
  }

  /// What the reader's backbone makes of texts, without anything that keeps it.
  private static func computed(_ items: [EncodedResponses], _ reader: StateReader, layers: Int = 2) throws
    -> TrunkStates
  {
    try TrunkCache(limit: 0).states(items, reader, layers: layers)
  }

  private static func expectSame(
    _ found: TrunkStates, _ expected: TrunkStates, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(found.rows == expected.rows && found.lower == expected.lower, sourceLocation: sourceLocation)
  }

  /// What memory has no room for is read back to the bit, also by a later run.
  @Test func whatWasKeptIsReadBack() throws {
    let reader = try Self.reader()
    let items = try Self.items(reader)
    let expected = try Self.computed(items, reader)
    #expect(expected.lower.count == 1)
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("trunk")
      for limit in [0, 1 << 20] {
        let cache = TrunkCache(limit: limit, file: try TrunkFile(url, limit: 1 << 20))
        for _ in 0..<2 { Self.expectSame(try cache.states(items, reader, layers: 2), expected) }
        #expect(cache.hasRoom)
      }
      let size = try Data(contentsOf: url).count
      // Another depth or pooling is another key.
      let cache = TrunkCache(limit: 0, file: try TrunkFile(url, limit: 1 << 20))
      for other in [try Self.reader { $0.pooling = .mean }, try Self.reader { $0.lowerDepths = nil }] {
        Self.expectSame(try cache.states(items, other, layers: 2), try Self.computed(items, other))
      }
      Self.expectSame(try cache.states(items, reader, layers: 1), try Self.computed(items, reader, layers: 1))
      #expect(try Data(contentsOf: url).count > size)
    }
  }

  /// Numbers that no backbone computes come back: the file is really read.
  @Test func aKeptOutputStandsForTheBackbone() throws {
    let reader = try Self.reader { $0.lowerDepths = nil }
    let item = try Self.items(reader)[1]
    let made = randomMatrix(item.rowCount, reader.backbone.configuration.hiddenSize, seed: 7)
    try withTemporaryFolder { folder in
      let file = try TrunkFile(folder.appendingPathComponent("trunk"), limit: 1 << 20)
      file.keep(made, for: TrunkFile.Key(reader, layers: 2, pooling: nil, item))
      #expect(try TrunkCache(limit: 0, file: file).states([item], reader, layers: 2).rows == made)
    }
  }

  /// A file that was cut off or damaged anywhere gives what is whole and loses the rest, which is computed again.
  @Test func damageIsNeverRead() throws {
    let reader = try Self.reader()
    let items = try Self.items(reader)
    let expected = try Self.computed(items, reader)
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("trunk")
      _ = try TrunkCache(limit: 0, file: TrunkFile(url, limit: 1 << 20)).states(items, reader, layers: 2)
      let whole = try Data(contentsOf: url)
      var source = RandomSource(seed: 5)
      for round in 0..<60 {
        var data = whole
        if round % 2 == 0 {
          data = data.prefix(Int.random(in: 8..<whole.count, using: &source))
        } else {
          let place = Int.random(in: 8..<whole.count, using: &source)
          data[place] ^= UInt8(1 << Int.random(in: 0..<8, using: &source))
        }
        try data.write(to: url)
        let cache = TrunkCache(limit: 0, file: try TrunkFile(url, limit: 1 << 20))
        for _ in 0..<2 { Self.expectSame(try cache.states(items, reader, layers: 2), expected) }
      }
    }
  }

  @Test func itTakesNoMoreThanItMay() throws {
    let reader = try Self.reader()
    let items = try Self.items(reader)
    let expected = try Self.computed(items, reader)
    try withTemporaryFolder { folder in
      for limit in [0, 8, 60, 3000, 6000] {
        let url = folder.appendingPathComponent("\(limit)")
        let cache = TrunkCache(limit: 0, file: try TrunkFile(url, limit: limit))
        Self.expectSame(try cache.states(items, reader, layers: 2), expected)
        let size = try Data(contentsOf: url).count
        #expect(!cache.hasRoom && size <= max(8, limit))
      }
    }
  }

  /// What one process writes another reads, also where it opened the file before; a record that both make is there once.
  @Test func severalHaveTheFileAtOnce() throws {
    let reader = try Self.reader()
    let items = try Self.items(reader)
    let expected = try Self.computed(items, reader)
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("trunk")
      let files = try (0..<3).map { _ in try TrunkFile(url, limit: 1 << 20) }
      let caches = files.map { TrunkCache(limit: 0, file: $0) }
      _ = try caches[0].states(items.prefix(2), reader, layers: 2)
      let key = TrunkFile.Key(reader, layers: 2, pooling: nil, items[1])
      for file in files { #expect(file.matrix(key) == (try Self.computed([items[1]], reader).rows)) }
      let made = try Self.computed([items[2]], reader)
      let last = TrunkFile.Key(reader, layers: 2, pooling: nil, items[2])
      for file in files { file.keep(made.rows, for: last) }
      let size = try Data(contentsOf: url).count
      for cache in caches.reversed() { Self.expectSame(try cache.states(items, reader, layers: 2), expected) }
      // The pooled states of the last text were still missing.
      let pooled = 48 + 4 * made.lower[0].count
      #expect(try Data(contentsOf: url).count - size == pooled)
      // Somebody empties the file, and somebody else goes on.
      truncate(url.path, 8)
      for cache in caches { Self.expectSame(try cache.states(items, reader, layers: 2), expected) }
    }
  }

  @Test func threadsOfSeveralWriteWholeRecords() throws {
    let reader = try Self.reader { $0.lowerDepths = nil }
    let item = try Self.items(reader)[1]
    let made = (0..<40).map { randomMatrix(3, 8, seed: UInt64($0)) }
    @Sendable func key(_ number: Int) -> TrunkFile.Key { TrunkFile.Key(reader, layers: number, pooling: nil, item) }
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("trunk")
      let files = try (0..<4).map { _ in try TrunkFile(url, limit: 1 << 20) }
      DispatchQueue.concurrentPerform(iterations: 160) { turn in
        files[turn % 4].keep(made[turn / 4], for: key(turn / 4))
      }
      let found = try TrunkFile(url, limit: 1 << 20)
      for (number, matrix) in made.enumerated() { #expect(found.matrix(key(number)) == matrix) }
      #expect(try Data(contentsOf: url).count == 8 + 40 * (48 + 96))
    }
  }

  /// A file of another kind is left as it is.
  @Test func otherFilesAreRefused() throws {
    try withTemporaryFolder { folder in
      let notes = folder.appendingPathComponent("notes")
      for text in ["notes", "some notes that are longer"] {
        try Data(text.utf8).write(to: notes)
        #expect(throws: CoreError.self) { try TrunkFile(notes, limit: 1 << 20) }
        #expect(try Data(contentsOf: notes) == Data(text.utf8))
      }
      #expect(throws: CoreError.self) { try TrunkFile(folder, limit: 1 << 20) }
      #expect(throws: CoreError.self) { try TrunkFile(folder.appendingPathComponent("no/file"), limit: 1 << 20) }
    }
  }
}
