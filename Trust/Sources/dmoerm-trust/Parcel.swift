import Draws

/// Several files in one input: each but the last has its length in front of it, in four bytes, the least first.
enum Parcel {
  /// So many files; nil where a length is longer than what is left.
  static func files(_ bytes: [UInt8], _ count: Int) -> [[UInt8]]? {
    var (files, rest) = ([[UInt8]](), bytes[...])
    while files.count < count - 1 {
      guard rest.count >= 4 else { return nil }
      let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      guard length <= rest.count else { return nil }
      files.append(Array(rest.prefix(length)))
      rest = rest.dropFirst(length)
    }
    return files + [Array(rest)]
  }

  static func bytes(_ files: [[UInt8]]) -> [UInt8] {
    files.enumerated().flatMap { place, file in
      place == files.count - 1 ? file : (0..<4).map { UInt8(truncatingIfNeeded: file.count >> (8 * $0)) } + file
    }
  }

  /// A mutation of one of the files, by what its name says it is.
  static func mutator(_ names: [String]) -> @Sendable ([UInt8], inout Draws) -> [UInt8]? {
    { bytes, random in
      guard var files = files(bytes, names.count) else { return nil }
      let place = random.below(names.count)
      let changed: [UInt8]? =
        if names[place].hasSuffix(".json") {
          JSONMutator.mutate(files[place], &random)
        } else if names[place].hasSuffix(".safetensors") {
          SafetensorsMutator.mutate(files[place], &random)
        } else {
          random.mutated(files[place])
        }
      guard let changed else { return nil }
      files[place] = changed
      return Parcel.bytes(files)
    }
  }
}
