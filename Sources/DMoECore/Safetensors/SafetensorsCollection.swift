package import Foundation

/// The tensors of a Hugging Face checkpoint folder: one safetensors file, or shards that an index lists.
package struct SafetensorsCollection: Sendable {
  /// The one file, or the index.
  package let path: String
  /// The names of all tensors, sorted.
  package let names: [String]
  /// The files that hold the tensors, in the order of their names.
  package var files: [URL] { identified.keys.sorted().map { URL(fileURLWithPath: $0) } }
  /// What tells each of the files from others, in the same order.
  package var identities: [FileIdentity] { identified.sorted { $0.key < $1.key }.map(\.value) }
  private let fileOfTensor: [String: SafetensorsFile]
  private var identified: [String: FileIdentity] {
    Dictionary(fileOfTensor.values.map { ($0.path, $0.identity) }) { first, _ in first }
  }

  /// Opens `NAME.safetensors` or, if there is none, every shard of `NAME.safetensors.index.json`.
  ///
  /// - Parameter name: `model` for checkpoints, `adapter_model` for PEFT adapters.
  /// - Throws: `CoreError.unreadableFile` if neither file or a shard is missing; `.malformedFile` if the index is no
  ///   index, or a tensor is in two shards and the index does not say in which; what `SafetensorsFile` throws.
  package init(folder: URL, name: String = "model") throws(CoreError) {
    let single = folder.appendingPathComponent("\(name).safetensors")
    let index = folder.appendingPathComponent("\(name).safetensors.index.json")
    if FileManager.default.fileExists(atPath: single.path) {
      let file = try SafetensorsFile(contentsOf: single)
      path = file.path
      names = file.names
      fileOfTensor = Dictionary(uniqueKeysWithValues: file.names.map { ($0, file) })
      return
    }
    guard FileManager.default.fileExists(atPath: index.path) else {
      throw .unreadableFile(
        path: folder.path, reason: "it has neither \(single.lastPathComponent) nor \(index.lastPathComponent)")
    }
    fileOfTensor = try Self.shards(index: index, folder: folder)
    path = index.path
    names = fileOfTensor.keys.sorted()
  }

  /// The shards say what there is, the index where a tensor is read from that lies in two of them. A tensor that the
  /// index lists and no shard has (a tied head that was not written) is missing only for who asks for it.
  private static func shards(index: URL, folder: URL) throws(CoreError) -> [String: SafetensorsFile] {
    let content = try MappedFile(contentsOf: index)
    let weightMap = try weightMap(content)
    var files: [String: SafetensorsFile] = [:]
    for shard in Set(weightMap.values).sorted() {
      // A file of another folder is no part of this checkpoint.
      guard !shard.isEmpty, !shard.contains("/"), shard != ".." else {
        throw content.malformed("\(shard) is not the name of a file beside it")
      }
      let url = folder.appendingPathComponent(shard)
      guard FileManager.default.fileExists(atPath: url.path) else {
        throw .unreadableFile(path: url.path, reason: "the shard is missing, but \(index.lastPathComponent) lists it")
      }
      let file = try SafetensorsFile(contentsOf: url)
      for name in file.names {
        guard let other = files[name] else {
          files[name] = file
          continue
        }
        switch weightMap[name] {
        case shard: files[name] = file
        case URL(fileURLWithPath: other.path).lastPathComponent: break
        default: throw content.malformed("\(name) is in \(other.path) and in \(file.path), and it lists it in neither")
        }
      }
    }
    return files
  }

  private static func weightMap(_ content: MappedFile) throws(CoreError) -> [String: String] {
    let value: JSONValue
    do { value = try JSONReader.value(of: content.bytes, .python) } catch {
      throw content.malformed("weight_map cannot be read: \(error)")
    }
    guard let map = value.object?["weight_map"]?.object else {
      throw content.malformed("weight_map is no table of file names by tensor")
    }
    var names: [String: String] = [:]
    for key in map.keys {
      guard let name = map[key]?.string else {
        throw content.malformed("weight_map is no table of file names by tensor")
      }
      names[key] = name
    }
    return names
  }
}

extension SafetensorsCollection: TensorSource {
  /// Whether one of the files has a tensor of this name.
  package func contains(_ name: String) -> Bool { fileOfTensor[name] != nil }

  /// The tensor of this name, whose numbers are still in its file.
  ///
  /// - Throws: `CoreError.missingTensor`, `.unsupportedTensorType`, `.malformedFile`.
  package func tensor(named name: String) throws(CoreError) -> StoredTensor {
    guard let file = fileOfTensor[name] else { throw .missingTensor(name: name, path: path) }
    return try file.tensor(named: name)
  }
}
