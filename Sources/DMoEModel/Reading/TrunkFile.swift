package import DMoECore
import DMoEFoundation
package import Foundation
import Synchronization

/// Trunk outputs in a file: what memory has no room for is read back instead of being computed again, also by later runs.
///
/// Numbers are kept in single precision, so that what is read is what was computed, to the bit. A record that is cut off or
/// damaged is as if it had never been written. Any number of a machine's processes and their threads may use it at the same time:
/// what one has computed the others read.
package final class TrunkFile: Sendable {
  /// A hash of all that decides an output.
  struct Key: Hashable {
    let high: UInt64
    let low: UInt64
  }

  private struct Place {
    /// Of the first number.
    let offset: Int
    let rows: Int
    let columns: Int
    let check: UInt64
  }

  private struct State {
    var places: [Key: Place] = [:]
    /// Where the next record begins.
    var end = TrunkFile.magic.count
    var isFull = false

    /// Takes up the records that were written since; what lies behind the last whole one is cut off: whoever began it is gone,
    /// since the file is locked.
    mutating func readOn(_ descriptor: Int32) {
      let size = TrunkFile.size(of: descriptor)
      // Somebody cut the file: what it has is looked up anew.
      if size < end { (places, end, isFull) = ([:], TrunkFile.magic.count, size < TrunkFile.magic.count) }
      guard size > end else { return }
      var words = [UInt64](repeating: 0, count: headerSize / 8)
      while end + headerSize <= size {
        guard words.withUnsafeMutableBytes({ read(descriptor, $0, at: end) }),
          words.dropLast().withUnsafeBytes(check) == words[5],
          let rows = Int(exactly: words[2]), let columns = Int(exactly: words[3])
        else { break }
        let (count, overflows) = rows.multipliedReportingOverflow(by: columns)
        let offset = end + headerSize
        guard !overflows, count <= (size - offset) / MemoryLayout<Float>.stride else { break }
        places[Key(high: words[0], low: words[1])] = Place(
          offset: offset, rows: rows, columns: columns, check: words[4])
        end = offset + count * MemoryLayout<Float>.stride
      }
      if end < size { ftruncate(descriptor, off_t(end)) }
    }
  }

  private static let magic = Array("DMoETrk1".utf8)
  /// Key, rows, columns, the hash of the numbers and that of all these, eight bytes each.
  private static let headerSize = 48

  private let path: String
  private let descriptor: Int32
  private let limit: Int
  private let state: Mutex<State>

  /// Opens a file, or makes one, and looks up what is in it.
  ///
  /// - Parameter limit: Bytes that the file may take; what it has already counts.
  /// - Throws: `CoreError.malformedFile` for a file of another kind, which is left as it is; `.unwritableFile` for one that cannot be
  ///   made or locked.
  package init(_ url: URL, limit: Int) throws(CoreError) {
    path = url.path
    self.limit = limit
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o644)
    guard descriptor >= 0 else { throw .unwritableFile(path: path, reason: SystemReason.last) }
    do throws(CoreError) {
      var status = stat()
      guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        throw .malformedFile(path: path, reason: "it is no regular file")
      }
      if let reason = FileLock.wait(for: descriptor) {
        throw .unwritableFile(path: path, reason: "it cannot be locked: \(reason)")
      }
      let locked = descriptor
      defer { FileLock.release(locked) }
      state = Mutex(try Self.opened(locked, path: path))
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// Whether a further record was never refused.
  var hasRoom: Bool { !state.withLock(\.isFull) }

  /// The output of a key; `nil` if it is not there, or not whole.
  func matrix(_ key: Key) -> Matrix? {
    guard let place = place(of: key) else { return nil }
    var result = Matrix(uninitialized: place.rows, place.columns)
    let isWhole = result.withMutableElements { numbers in
      let bytes = UnsafeMutableRawBufferPointer(numbers)
      return Self.read(descriptor, bytes, at: place.offset) && Self.check(UnsafeRawBufferPointer(bytes)) == place.check
    }
    guard isWhole else {
      _ = state.withLock { $0.places.removeValue(forKey: key) }
      return nil
    }
    return result
  }

  /// Where an output is, also if another process has written it since.
  private func place(of key: Key) -> Place? {
    state.withLock { state in
      if let place = state.places[key] { return place }
      guard Self.size(of: descriptor) > state.end, FileLock.wait(for: descriptor) == nil else { return nil }
      defer { FileLock.release(descriptor) }
      state.readOn(descriptor)
      return state.places[key]
    }
  }

  /// Keeps an output, if there is room and the disk takes it.
  func keep(_ matrix: Matrix, for key: Key) {
    matrix.withElements { numbers in
      let bytes = UnsafeRawBufferPointer(numbers)
      let check = Self.check(bytes)
      var words = [key.high, key.low, UInt64(matrix.rows), UInt64(matrix.columns), check]
      words.append(words.withUnsafeBytes(Self.check))
      let size = Self.headerSize + bytes.count
      state.withLock { state in
        guard !state.isFull, FileLock.wait(for: descriptor) == nil else { return }
        defer { FileLock.release(descriptor) }
        state.readOn(descriptor)
        guard !state.isFull, state.places[key] == nil else { return }
        guard state.end + size <= limit,
          words.withUnsafeBytes({ Self.write(descriptor, $0, at: state.end) }),
          Self.write(descriptor, bytes, at: state.end + Self.headerSize)
        else {
          state.isFull = true
          ftruncate(descriptor, off_t(state.end))
          return
        }
        state.places[key] = Place(
          offset: state.end + Self.headerSize, rows: matrix.rows, columns: matrix.columns, check: check)
        state.end += size
      }
    }
  }

  // MARK: Bytes

  private static func size(of descriptor: Int32) -> Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// What is in a file that is locked.
  private static func opened(_ descriptor: Int32, path: String) throws(CoreError) -> State {
    var state = State()
    let size = size(of: descriptor)
    guard size > 0 else {
      guard magic.withUnsafeBytes({ write(descriptor, $0, at: 0) }) else {
        throw .unwritableFile(path: path, reason: SystemReason.last)
      }
      return state
    }
    var start = [UInt8](repeating: 0, count: magic.count)
    guard size >= magic.count, start.withUnsafeMutableBytes({ read(descriptor, $0, at: 0) }), start == magic else {
      throw .malformedFile(path: path, reason: "it holds no trunk states, and is left as it is")
    }
    state.readOn(descriptor)
    return state
  }

  private static func check(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var hash = SeededHash(seed: UInt64(bytes.count))
    for place in stride(from: 0, to: bytes.count / 8 * 8, by: 8) {
      hash.combine(bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }
    for byte in bytes[(bytes.count / 8 * 8)...] { hash.combine(UInt64(byte)) }
    return hash.value
  }

  private static func read(_ descriptor: Int32, _ bytes: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
    var filled = 0
    while filled < bytes.count, let base = bytes.baseAddress {
      let count = pread(descriptor, base + filled, bytes.count - filled, off_t(offset + filled))
      guard count > 0 else {
        if count < 0, errno == EINTR { continue }
        return false
      }
      filled += count
    }
    return true
  }

  private static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
    var written = 0
    while written < bytes.count, let base = bytes.baseAddress {
      let count = pwrite(descriptor, base + written, bytes.count - written, off_t(offset + written))
      guard count > 0 else {
        if count < 0, errno == EINTR { continue }
        return false
      }
      written += count
    }
    return true
  }
}

extension TrunkFile.Key {
  /// The key of what the first layers of a reader's backbone make of some responses to a prompt.
  ///
  /// - Parameter pooling: Of a lower depth's pooled states; `nil` for the states of all rows.
  init(_ reader: StateReader, layers: Int, pooling: StatePooling?, _ texts: EncodedResponses) {
    // What decides how sums are rounded: a file may be taken to another machine.
    let own = ComputeInformation.current
    let arithmetic =
      "\(reader.compute.backend) \(reader.compute.activations.rawValue) \(own.openBLASCore ?? "") \(own.bfloat16Kernels ?? "")"
    var lanes = [UInt64](arrayLiteral: 0x7472_756E_6B00_0001, 0x9E37_79B9_7F4A_7C15).map { SeededHash(seed: $0) }
    for place in lanes.indices {
      lanes[place].combine(reader.backbone.fingerprint)
      lanes[place].combine("\(reader.precision.rawValue) \(arithmetic) \(pooling?.rawValue ?? "rows")")
      lanes[place].combine(UInt64(layers))
      for ids in [texts.prompt] + texts.responses {
        lanes[place].combine(UInt64(ids.count))
        for id in ids { lanes[place].combine(UInt64(bitPattern: Int64(id))) }
      }
    }
    (high, low) = (lanes[0].value, lanes[1].value)
  }
}
