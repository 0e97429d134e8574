/// Checks settings, each with an error that names the setting by the path one types.
///
/// <!-- not compiled: within the package -->
/// ```swift
/// let require = Requirement("base") { TrainError.invalidSetting(path: $0, reason: $1) }
/// try require("epochs", epochs, .atLeast(0))
/// ```
package struct Requirement<Fault: Error>: Sendable {
  private let place: String
  private let fault: @Sendable (_ path: String, _ reason: String) -> Fault

  /// Checks of the settings at a place; `fault` makes the error of a path and a reason that goes on from it.
  package init(_ place: String = "", fault: @escaping @Sendable (_ path: String, _ reason: String) -> Fault) {
    self.place = place
    self.fault = fault
  }

  /// The same for the settings under a key.
  package func within(_ name: String) -> Requirement { Requirement(path(name), fault: fault) }

  /// A number has to be within bounds; `nil` always is.
  package func callAsFunction<Value>(
    _ name: String, _ value: Value?, _ bounds: SettingBounds<Value>
  ) throws(Fault) {
    guard let value, !bounds.contains(value) else { return }
    throw fault(path(name), "is \(value); it has to be \(bounds.words)")
  }

  /// A condition has to be met; the reason goes on from the setting's path.
  package func callAsFunction(
    _ name: String, _ isMet: Bool, _ reason: @autoclosure () -> String
  ) throws(Fault) {
    if !isMet { throw fault(path(name), reason()) }
  }

  private func path(_ name: String) -> String { place.isEmpty ? name : "\(place).\(name)" }
}
