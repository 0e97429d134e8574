package import DMoECore

/// The KV cache of one layer, for rows that later rows attend to: keys after the rotary embedding, and values.
///
/// Shapes: keys and values [rows, keyValueHeads · headSize].
package struct KeysValues: Sendable {
  /// The keys, rotated to their positions. Shape: [rows, keyValueHeads · headSize].
  package var keys: Matrix
  /// The values. Shape: [rows, keyValueHeads · headSize].
  package var values: Matrix

  var byteCount: Int { (keys.count + values.count) * MemoryLayout<Float>.stride }
}
