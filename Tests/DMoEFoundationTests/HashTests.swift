import DMoEFoundation
import Testing

@Suite struct HashTests {
  /// The test vectors of draft-eastlake-fnv.
  @Test(arguments: [("", 0xCBF2_9CE4_8422_2325), ("a", 0xAF63_DC4C_8601_EC8C), ("foobar", 0x8594_4171_F739_67E8)])
  func bytesHashByFNV1a(text: String, expected: UInt64) {
    var hash = FNV1aHash()
    hash.combine(text.utf8)
    #expect(hash.value == expected)
  }

  @Test func aSeededHashKeepsTextsApart() {
    #expect(SeededHash.mix(0) == 0xE220_A839_7B1D_CDAF, "first output of SplitMix64 from state 0")
    func hash(_ texts: String...) -> UInt64 {
      var hash = SeededHash()
      for text in texts { hash.combine(text) }
      return hash.value
    }
    #expect(hash("ab", "c") != hash("a", "bc"))
    #expect(hash("caf\u{E9}") == hash("cafe\u{301}"))
    #expect(SeededHash(seed: 1).value != SeededHash(seed: 2).value)
    #expect((0..<100).allSatisfy { (0..<1).contains(SeededHash(seed: $0).unitFraction) })
  }

  @Test func namesOfContentsHave32Digits() {
    var hash = ContentHash()
    hash.combine("text")
    #expect(hash.text.count == 32 && hash.text.allSatisfy(\.isHexDigit))
    #expect(UInt64(0).hexadecimal == "0000000000000000" && UInt64.max.hexadecimal == "ffffffffffffffff")
    #expect(UInt64(0x0123_4567_89AB_CDEF).hexadecimal == "0123456789abcdef")
  }
}
