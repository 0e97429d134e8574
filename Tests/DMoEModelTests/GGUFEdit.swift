import Foundation
import Testing

/// Sets members of a GGUF file's metadata.
enum GGUFEdit {
  /// The file with these values; null takes a key out. Tensors stay as they are.
  ///
  /// Whole numbers become u32 (i32 in lists), others f32.
  static func setting(_ members: [String: Any], in file: Data) throws -> Data {
    var file = file
    var cursor = Cursor(bytes: [UInt8](file))
    cursor.skip(8)
    let tensorCount = cursor.number(UInt64.self)
    let pairCount = cursor.number(UInt64.self)
    var pairs: [(key: String, bytes: [UInt8])] = []
    for _ in 0..<pairCount {
      let start = cursor.position
      let key = cursor.string()
      cursor.skipValue(cursor.number(UInt32.self))
      pairs.append((key, Array(cursor.bytes[start..<cursor.position])))
    }
    let tensors = cursor.position
    for _ in 0..<tensorCount {
      _ = cursor.string()
      cursor.skip(8 * Int(cursor.number(UInt32.self)) + 12)
    }
    let header = Array(cursor.bytes[tensors..<cursor.position])
    let data = (cursor.position + 31) / 32 * 32
    pairs.removeAll { members[$0.key] != nil }
    for (key, value) in members.sorted(by: { $0.key < $1.key }) where !(value is NSNull) {
      pairs.append((key, string(key) + (try encoded(value))))
    }
    var result = Array(file[0..<8]) + little(tensorCount) + little(UInt64(pairs.count))
    for pair in pairs { result += pair.bytes }
    result += header
    result += [UInt8](repeating: 0, count: (32 - result.count % 32) % 32)
    file = Data(result) + file[data...]
    return file
  }

  /// The file in two parts as gguf-split writes them: the first with so many tensors and all metadata.
  static func split(_ file: Data, after count: Int) throws -> (Data, Data) {
    var cursor = Cursor(bytes: [UInt8](file))
    cursor.skip(8)
    let tensorCount = Int(cursor.number(UInt64.self))
    let pairCount = cursor.number(UInt64.self)
    let firstPair = cursor.position
    for _ in 0..<pairCount {
      _ = cursor.string()
      cursor.skipValue(cursor.number(UInt32.self))
    }
    let pairs = Array(cursor.bytes[firstPair..<cursor.position])
    var tensors: [(bytes: [UInt8], offset: UInt64)] = []
    for _ in 0..<tensorCount {
      let start = cursor.position
      _ = cursor.string()
      cursor.skip(8 * Int(cursor.number(UInt32.self)) + 4)
      let bytes = Array(cursor.bytes[start..<cursor.position])
      tensors.append((bytes, cursor.number(UInt64.self)))
    }
    let data = cursor.bytes[((cursor.position + 31) / 32 * 32)...]
    let cut = tensors[count].offset
    func part(_ number: Int, _ own: [(bytes: [UInt8], offset: UInt64)], _ pairs: [UInt8], _ pairCount: UInt64) -> Data {
      var result = Array(file[0..<8]) + little(UInt64(own.count)) + little(pairCount + 2) + pairs
      for (key, value) in [("split.no", number), ("split.count", 2)] {
        result += string(key) + little(UInt32(2)) + little(UInt16(value))
      }
      for tensor in own { result += tensor.bytes + little(tensor.offset - (number == 0 ? 0 : cut)) }
      result += [UInt8](repeating: 0, count: (32 - result.count % 32) % 32)
      let middle = data.startIndex + Int(cut)
      return Data(result + (number == 0 ? data[..<middle] : data[middle...]))
    }
    return (part(0, Array(tensors[..<count]), pairs, pairCount), part(1, Array(tensors[count...]), [], 0))
  }

  private static func little(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  private static func string(_ text: String) -> [UInt8] { little(UInt64(text.utf8.count)) + text.utf8 }

  private static func encoded(_ value: Any) throws -> [UInt8] {
    switch value {
    case let text as String: return little(UInt32(8)) + string(text)
    case let list as [String]:
      return little(UInt32(9)) + little(UInt32(8)) + little(UInt64(list.count)) + list.flatMap { string($0) }
    case let list as [Int]:
      return little(UInt32(9)) + little(UInt32(5)) + little(UInt64(list.count))
        + list.flatMap { little(Int32(clamping: $0)) }
    case let list as [Double]:
      return little(UInt32(9)) + little(UInt32(6)) + little(UInt64(list.count))
        + list.flatMap { little(Float($0).bitPattern) }
    case let number as NSNumber:
      switch UnicodeScalar(UInt8(bitPattern: number.objCType.pointee)) {
      case "c", "B": return little(UInt32(7)) + [number.boolValue ? 1 : 0]
      case "d", "f": return little(UInt32(6)) + little(number.floatValue.bitPattern)
      default: return little(UInt32(4)) + little(number.uint32Value)
      }
    default: throw CocoaError(.coderInvalidValue)
    }
  }

  private struct Cursor {
    let bytes: [UInt8]
    var position = 0

    mutating func skip(_ count: Int) { position += count }

    mutating func number<T: FixedWidthInteger>(_ type: T.Type) -> T {
      defer { position += MemoryLayout<T>.size }
      return (0..<MemoryLayout<T>.size).reduce(0) { $0 | T(truncatingIfNeeded: bytes[position + $1]) << (8 * $1) }
    }

    mutating func string() -> String {
      let count = Int(number(UInt64.self))
      defer { position += count }
      return String(decoding: bytes[position..<position + count], as: UTF8.self)
    }

    mutating func skipValue(_ kind: UInt32) {
      switch kind {
      case 0, 1, 7: skip(1)
      case 2, 3: skip(2)
      case 4, 5, 6: skip(4)
      case 8: _ = string()
      case 9:
        let element = number(UInt32.self)
        for _ in 0..<number(UInt64.self) { skipValue(element) }
      default: skip(8)
      }
    }
  }
}
