public import protocol Foundation.LocalizedError

/// What can be wrong with settings that are read, with the setting's path as one types it, such as `base.epochs`.
public enum SettingsError: Error, Equatable, Sendable {
  /// The text is not JSON; line and byte of the line count from 1.
  case syntax(line: Int, column: Int, reason: String)
  /// There is no such setting; the one that may be meant, if a name is near.
  case unknown(path: String, nearest: String?)
  /// A setting that has to be there is not.
  case missing(path: String)
  /// The value is not of the setting's kind; `reason` goes on from the path.
  case misfit(path: String, reason: String)
  /// An earlier version had the setting here.
  case moved(path: String, to: String)
  /// What is no setting in this place, and why.
  case elsewhere(path: String, reason: String)
}

extension SettingsError: CustomStringConvertible {
  /// One sentence that names the setting.
  public var description: String {
    switch self {
    case .syntax(let line, let column, let reason): "\(reason), line \(line), column \(column)"
    case .unknown(let path, let nearest):
      "there is no setting \"\(path)\"" + (nearest.map { "; did you mean \"\($0)\"?" } ?? "")
    case .missing(let path): "\"\(path)\" is missing"
    case .misfit("", let reason): "it \(reason)"
    case .misfit(let path, let reason): "\"\(path)\" \(reason)"
    case .moved(let path, let place): "\"\(path)\" is now \"\(place)\""
    case .elsewhere(let path, let reason): "\"\(path)\" is no setting here: \(reason)"
    }
  }

  /// The setting at fault; `nil` for what is no JSON.
  var path: String? {
    switch self {
    case .syntax: nil
    case .unknown(let path, _), .missing(let path), .misfit(let path, _), .moved(let path, _), .elsewhere(let path, _):
      path
    }
  }
}

extension SettingsError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
