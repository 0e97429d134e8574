@_spi(Command) import DMoERM

extension Failure {
  /// Reads settings; what is wrong with one is told with the place that they come from.
  ///
  /// - Throws: `Failure`.
  static func settings<Settings>(
    in place: String, status: ExitStatus = .usage, _ body: () throws -> Settings
  ) throws -> Settings {
    do { return try body() } catch SettingsError.syntax(let line, let column, let reason) {
      throw Failure("\(place):\(line):\(column): \(reason)", status: status)
    } catch let error as SettingsError {
      throw Failure("\(place): \(error)", status: status)
    }
  }
}
