import ArgumentParser
import Foundation

/// The folder that an adapter is written to.
enum AdapterFolder {
  /// - Parameter inputs: Folders that are read: none of them is replaced.
  static func target(_ path: String, replaces: Bool, besides inputs: [String] = []) throws -> URL {
    let folder = URL(fileURLWithPath: path, isDirectory: true)
    if let input = inputs.first(where: { URL(fileURLWithPath: $0).place == folder.place }) {
      throw ValidationError("--output \(path) would replace \(input), which is read")
    }
    // Weights alone are what a kill leaves of an adapter.
    let isBegun = OutputPlace.content(of: folder) == ["adapter_model.safetensors"]
    return try OutputPlace.folder(path, "--output", what: "adapter folder", replaces: replaces || isBegun) { folder in
      isBegun || FileManager.default.fileExists(atPath: folder.appendingPathComponent("adapter_config.json").path)
    }
  }

  /// How near the adapter comes to what it stands for.
  ///
  /// - Parameter error: Of the worst layer: the norm of what is left over, relative to that of the change.
  static func accuracy(_ error: Double, rank: Int) -> String {
    let share = "\(Numbers.fixed(error * 100, error < 0.001 ? 4 : 1)) %"
    return error < 1e-4
      ? "Rank \(rank) holds the change as good as exactly (\(share) is left over in the worst layer)."
      : "In the worst layer \(share) of the change is left over; a higher --rank leaves less."
  }
}
