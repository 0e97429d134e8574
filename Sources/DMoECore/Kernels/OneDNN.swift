import CDMoEKernels

#if OneDNN
  import CDMoEOneDNN
#endif

/// The one place that calls oneDNN: weights of a linear layer, packed once for its products.
///
/// oneDNN stays on the calling thread: rows are shared out by `Compute.forEach`, so that there is one pool of threads.
/// Weights need no packing in a product, which is why it may be cut into small pieces.
///
/// Unchecked for the sake of the library's handle: what it holds is not changed once it is packed, and streams and
/// scratch memory of its products are the calling thread's own.
final class OneDNN: @unchecked Sendable {
  /// What the weights are stored as, and what rows come as.
  enum Kind { case float32, bfloat16, bytes }

  #if OneDNN
    static let isAvailable = true

    /// The version of the library that is loaded.
    static var version: String? {
      var numbers: (Int32, Int32, Int32) = (0, 0, 0)
      dmoe_dnn_version(&numbers.0, &numbers.1, &numbers.2)
      return "\(numbers.0).\(numbers.1).\(numbers.2)"
    }

    /// The most rows of one call, and what their number is a multiple of.
    static let (rows, unit) = (Int(DMOE_DNN_ROWS), Int(DMOE_DNN_UNIT))

    private let packed: OpaquePointer
    private init(packed: OpaquePointer) { self.packed = packed }

    deinit { dmoe_dnn_free(packed) }

    /// Packs weights [outputs, inputs], row-major; nil if the library cannot.
    static func pack(_ kind: Kind, _ weights: UnsafeRawPointer, outputs: Int, inputs: Int) -> OneDNN? {
      let name: dmoe_dnn_kind =
        switch kind {
        case .float32: DMOE_DNN_F32
        case .bfloat16: DMOE_DNN_BF16
        case .bytes: DMOE_DNN_U8S8
        }
      return dmoe_dnn_pack(name, weights, Int64(outputs), Int64(inputs)).map { OneDNN(packed: $0) }
    }

    /// The weights as they were given to `pack`.
    func unpack(into weights: UnsafeMutableRawPointer) {
      precondition(dmoe_dnn_unpack(packed, weights), "OneDNN.unpack: out of memory")
    }

    /// y = x Wᵀ for a multiple of `unit` rows, at most `rows`, on this thread.
    func multiply(_ x: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, rows: Int) {
      precondition(dmoe_dnn_multiply(packed, x, y, Int64(rows)), "OneDNN.multiply: out of memory")
    }
  #else
    static let isAvailable = false
    static var version: String? { nil }
    static let (rows, unit) = (64, 16)
    static func pack(_ kind: Kind, _ weights: UnsafeRawPointer, outputs: Int, inputs: Int) -> OneDNN? { nil }
    func unpack(into weights: UnsafeMutableRawPointer) { preconditionFailure("OneDNN is not part of this build") }
    func multiply(_ x: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, rows: Int) {
      preconditionFailure("OneDNN is not part of this build")
    }
  #endif
}

extension OneDNN {
  /// A number of rows, rounded up to what a call takes.
  static func padded(_ rows: Int) -> Int { (rows + unit - 1) / unit * unit }
}

extension Compute {
  /// Runs `body` for blocks of rows as oneDNN takes them, shared among the threads.
  ///
  /// `body` gets the first row, how many there are, and how many a call is to have: the same, rounded up to a unit.
  func forEachBlock(rows: Int, _ body: (_ start: Int, _ count: Int, _ padded: Int) -> Void) {
    let size = min(OneDNN.rows, OneDNN.padded((rows + threads - 1) / threads))
    forEach((rows + size - 1) / size) { block in
      let count = min(size, rows - block * size)
      body(block * size, count, OneDNN.padded(count))
    }
  }
}

/// Uninitialized memory for one block of a product.
func withScratch<T: BitwiseCopyable>(_ count: Int, of type: T.Type, _ body: (UnsafeMutablePointer<T>) -> Void) {
  withUnsafeTemporaryAllocation(of: type, capacity: max(1, count)) { buffer in
    if let base = buffer.baseAddress { body(base) }
  }
}
