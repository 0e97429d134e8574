import Draws
import Foundation

/// Changes one part of a GGUF file and keeps the form of the rest.
enum GGUFMutator {
  private struct Pair {
    var key: [UInt8]
    var kind: UInt32
    var value: [UInt8]
  }

  private struct Tensor {
    var name: [UInt8]
    var sizes: [UInt64]
    var kind: UInt32
    var offset: UInt64
  }

  static func mutate(_ bytes: [UInt8], _ random: inout Draws) -> [UInt8]? {
    var reader = Reader(bytes: bytes)
    guard reader.take(4) != nil, let version = reader.number(4), let tensorCount = reader.number(8),
      let pairCount = reader.number(8), pairCount < 1000, tensorCount < 1000
    else { return nil }
    var pairs: [Pair] = []
    for _ in 0..<pairCount {
      guard let key = reader.text(), let kind = reader.number(4), let value = reader.value(UInt32(kind)) else {
        return nil
      }
      pairs.append(Pair(key: key, kind: UInt32(kind), value: value))
    }
    var tensors: [Tensor] = []
    for _ in 0..<tensorCount {
      guard let name = reader.text(), let dimensions = reader.number(4), dimensions <= 8 else { return nil }
      var sizes: [UInt64] = []
      for _ in 0..<dimensions {
        guard let size = reader.number(8) else { return nil }
        sizes.append(size)
      }
      guard let kind = reader.number(4), let offset = reader.number(8) else { return nil }
      tensors.append(Tensor(name: name, sizes: sizes, kind: UInt32(kind), offset: offset))
    }
    var data = Array(bytes[min(reader.position + (32 - reader.position % 32) % 32, bytes.count)...])
    var (counts, magic) = ((UInt64(0), UInt64(0)), version)
    switch random.below(12) {
    case 0: counts = (random.number(near: tensorCount) &- tensorCount, 0)
    case 1: counts = (0, random.number(near: pairCount) &- pairCount)
    case 2: magic = random.number(near: version)
    case 3 where !pairs.isEmpty:
      let place = random.below(pairs.count)
      switch random.below(4) {
      case 0: pairs.remove(at: place)
      case 1: pairs.append(pairs[place])
      case 2: pairs[place].key = random.mutated(pairs[place].key)
      default: pairs[place].kind = UInt32(truncatingIfNeeded: random.number(near: UInt64(pairs[place].kind)))
      }
    case 4...7 where !pairs.isEmpty:
      let place = random.below(pairs.count)
      pairs[place].value = changed(pairs[place].value, pairs[place].kind, &random)
    case 8 where !tensors.isEmpty: tensors.remove(at: random.below(tensors.count))
    case 9 where !tensors.isEmpty: tensors.append(tensors[random.below(tensors.count)])
    case 10 where !data.isEmpty: data = random.mutated(data)
    default:
      guard !tensors.isEmpty else { return nil }
      let place = random.below(tensors.count)
      switch random.below(5) {
      case 0: tensors[place].name = random.mutated(tensors[place].name)
      case 1:
        tensors[place].kind = random.element(of: [
          0, 1, 2, 3, 6, 7, 8, 10, 11, 12, 13, 14, 20, 23, 24, 25, 26, 27, 28, 30, 4, 99,
        ])
      case 2: tensors[place].offset = random.number(near: tensors[place].offset)
      case 3 where !tensors[place].sizes.isEmpty:
        let dimension = random.below(tensors[place].sizes.count)
        tensors[place].sizes[dimension] = random.number(near: tensors[place].sizes[dimension])
      default:
        if random.below(2) == 0 {
          tensors[place].sizes.append(random.number(near: 1))
        } else {
          _ = tensors[place].sizes.popLast()
        }
      }
    }
    var writer = Writer(bytes: Array("GGUF".utf8))
    writer.number(magic, 4)
    writer.number(UInt64(tensors.count) &+ counts.0, 8)
    writer.number(UInt64(pairs.count) &+ counts.1, 8)
    for pair in pairs {
      writer.text(pair.key)
      writer.number(UInt64(pair.kind), 4)
      writer.bytes += pair.value
    }
    for tensor in tensors {
      writer.text(tensor.name)
      writer.number(UInt64(tensor.sizes.count), 4)
      for size in tensor.sizes { writer.number(size, 8) }
      writer.number(UInt64(tensor.kind), 4)
      writer.number(tensor.offset, 8)
    }
    writer.bytes += [UInt8](repeating: 0, count: (32 - writer.bytes.count % 32) % 32)
    return writer.bytes + data
  }

  private static func changed(_ value: [UInt8], _ kind: UInt32, _ random: inout Draws) -> [UInt8] {
    var writer = Writer(bytes: [])
    switch kind {
    case 8:
      writer.text(random.mutated(Array(value.dropFirst(8))))
      return writer.bytes
    case 9:
      // Elements stay, kind or count lie; or the last element goes.
      var reader = Reader(bytes: value)
      guard let element = reader.number(4), let count = reader.number(8) else { return value }
      let rest = Array(value[reader.position...])
      switch random.below(4) {
      case 0:
        writer.number(random.number(near: element), 4)
        writer.number(count, 8)
      case 1:
        writer.number(element, 4)
        writer.number(random.number(near: count), 8)
      default:
        writer.number(element, 4)
        if count > 0, element != 8 {
          let size = rest.count / Int(count)
          if random.below(2) == 0 {
            writer.number(count - 1, 8)
            return writer.bytes + rest.dropLast(size)
          }
          writer.number(count, 8)
          let place = random.below(Int(count)) * size
          let old = rest[place..<place + size].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
          var new = Writer(bytes: [])
          new.number(random.number(near: old), size)
          return writer.bytes + rest[..<place] + new.bytes + rest[(place + size)...]
        }
        writer.number(count, 8)
      }
      return writer.bytes + rest
    default:
      let old = value.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      writer.number(random.number(near: old), value.count)
      return writer.bytes
    }
  }

  private struct Reader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
      guard count >= 0, count <= bytes.count - position else { return nil }
      position += count
      return bytes[position - count..<position]
    }

    mutating func number(_ size: Int) -> UInt64? {
      take(size).map { $0.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
    }

    mutating func text() -> [UInt8]? {
      guard let length = number(8), length <= UInt64(bytes.count) else { return nil }
      return take(Int(length)).map(Array.init)
    }

    /// The bytes of a value of this kind, with its length where it has one.
    mutating func value(_ kind: UInt32) -> [UInt8]? {
      let start = position
      let sizes: [UInt32: Int] = [0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8]
      if let size = sizes[kind] {
        guard take(size) != nil else { return nil }
      } else if kind == 8 {
        guard text() != nil else { return nil }
      } else if kind == 9 {
        guard let element = number(4), let count = number(8), count <= UInt64(bytes.count), element != 9 else {
          return nil
        }
        for _ in 0..<count where value(UInt32(element)) == nil { return nil }
      } else {
        return nil
      }
      return Array(bytes[start..<position])
    }
  }

  struct Writer {
    var bytes: [UInt8]

    mutating func number(_ number: UInt64, _ size: Int) {
      for place in 0..<size { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * place))) }
    }

    mutating func text(_ text: [UInt8]) {
      number(UInt64(text.count), 8)
      bytes += text
    }
  }
}

/// Changes the header of a safetensors file, or its data, and keeps the length in front right.
enum SafetensorsMutator {
  static func mutate(_ bytes: [UInt8], _ random: inout Draws) -> [UInt8]? {
    guard bytes.count >= 8 else { return nil }
    let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(bytes.count - 8) else { return nil }
    let header = Array(bytes[8..<8 + Int(length)])
    var data = Array(bytes[(8 + Int(length))...])
    guard let new = JSONMutator.mutate(header, &random) else { return nil }
    if random.below(4) == 0 { data = random.mutated(data) }
    var writer = GGUFMutator.Writer(bytes: [])
    writer.number(random.below(16) == 0 ? random.number(near: length) : UInt64(new.count), 8)
    return writer.bytes + new + data
  }
}
