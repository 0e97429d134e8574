import CRoofs
import Dispatch

/// What the CPU does at most: single instructions in a loop, and reading memory. Everything else is a share of these.
enum RoofBenchmarks {
  /// Kinds of instruction, by the name of the item and how many a thread runs in a sample.
  private static let kinds: [(item: String, kind: roof_kind, rounds: Int64)] = [
    ("roof/f32", ROOF_FMA, 2_000_000),
    ("roof/bf16", ROOF_BF16, 1_000_000),
    ("roof/bytes", ROOF_BYTES, 2_000_000),
    ("roof/tiles-bf16", ROOF_TILE_BF16, 200_000),
    ("roof/tiles-bytes", ROOF_TILE_BYTES, 200_000),
  ]
  /// The item of memory's bandwidth.
  static let memory = "roof/memory"
  /// Far above the last-level caches of servers' cores that a small machine has a share of.
  private static let bytes = 512 << 20

  static func all(_ engines: Engines) -> [Benchmark] {
    let threads = engines.threads
    return kinds.filter { roof_is_available($0.kind) }.map { item, kind, rounds in
      // Two operations a product; the loops tell how many products a round has.
      let products = Double(roof_products(kind, 1)) * Double(rounds)
      return Benchmark(item: item, unit: .gigaflops, work: 2 * products * Double(threads)) {
        [Contender(.cpu) { onEachThread(threads) { _ in _ = roof_products(kind, rounds) } }]
      }
    } + [
      Benchmark(item: memory, unit: .bandwidth, work: Double(bytes)) {
        let memory = Block(bytes: bytes)
        let part = bytes / threads / 512 * 512
        return [Contender(.cpu) { onEachThread(threads) { _ = roof_read(memory.start + $0 * part, Int64(part)) } }]
      }
    ]
  }

  private static func onEachThread(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    DispatchQueue.concurrentPerform(iterations: count, execute: body)
  }

  /// Memory to read, freed with the last closure that does.
  ///
  /// Unchecked for the sake of the pointer: nobody writes once it is made.
  private final class Block: @unchecked Sendable {
    let start: UnsafeRawPointer

    init(bytes: Int) {
      let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      // A page that was never written is no memory yet.
      memory.initializeMemory(as: UInt8.self, repeating: 1, count: bytes)
      start = UnsafeRawPointer(memory)
    }

    deinit { start.deallocate() }
  }
}
