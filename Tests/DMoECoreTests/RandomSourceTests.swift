import DMoECore
import Testing

@Suite struct RandomSourceTests {
  /// The first outputs of SplitMix64 by its published recurrence, computed apart from this code.
  @Test(
    arguments: [
      (0, [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F]),
      (1_234_567, [0x599E_D017_FB08_FC85, 0x2C73_F084_5854_0FA5, 0x883E_BCE5_A3F2_7C77, 0x3FBE_F740_E917_7B3F]),
      (UInt64.max, [0xE4D9_7177_1B65_2C20, 0xE99F_F867_DBF6_82C9]),
    ] as [(UInt64, [UInt64])])
  func outputsAreThoseOfSplitMix64(seed: UInt64, expected: [UInt64]) {
    var source = RandomSource(seed: seed)
    #expect(expected.map { _ in source.next() } == expected)
  }

  @Test func uniformNumbersFillTheirRange() {
    var source = RandomSource(seed: 1)
    let x = source.uniform(100, 100, bound: 2).elements
    #expect(x.allSatisfy { $0 >= -2 && $0 < 2 })
    #expect((x.min() ?? 0) < -1.99 && (x.max() ?? 0) > 1.99)
    // 10 000 draws of deviation 2/√3: the mean has a deviation of 0.0115.
    #expect(abs(x.reduce(0, +) / 10_000) < 0.05)
    #expect((0..<1000).allSatisfy { _ in (0..<1).contains(source.uniform()) })
  }

  @Test func streamsOfOneSeedDiffer() {
    let firsts = (0..<50).map { stream in
      var source = RandomSource(seed: 7, stream: UInt64(stream))
      return source.next()
    }
    #expect(Set(firsts).count == 50)
    var (a, b) = (RandomSource(seed: 7, stream: 3), RandomSource(seed: 7, stream: 3))
    #expect(a.next() == b.next())
  }
}
