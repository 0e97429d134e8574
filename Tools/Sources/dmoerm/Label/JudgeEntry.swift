@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM

/// A judge as a file of judges describes it.
struct JudgeEntry: Decodable {
  var name: String?
  var baseURL: String
  var model: String
  var apiKeyEnv: String?
  var temperature: Float?

  init(baseURL: String, model: String) {
    self.baseURL = baseURL
    self.model = model
  }

  /// The judges of a file, of which no two have one name.
  ///
  /// - Throws: `Failure` for a file that is missing or no list of judges.
  static func read(_ path: String) throws -> [JudgeEntry] {
    let content = try InputFile(path, option: "--judges").content()
    let entries: [JudgeEntry]
    do {
      entries = try Failure.settings(in: path, status: .badInput) {
        try SettingsJSON(content).decoded(as: [JudgeEntry].self)
      }
    } catch var failure as Failure {
      failure.hint =
        #"Such as [{"baseURL": "http://127.0.0.1:8080/v1", "model": "NAME", "apiKeyEnv": "VARIABLE"}]; "#
        + "a name and a temperature may stand there, too."
      throw failure
    }
    guard !entries.isEmpty else { throw Failure("\(path) names no judge", status: .badInput) }
    var known: Set<String> = []
    if let twice = entries.first(where: { !known.insert($0.name ?? $0.model).inserted }) {
      throw Failure(
        "\(path): two judges are called \(twice.name ?? twice.model)", hint: "Give one of them a name of its own.",
        status: .badInput)
    }
    return entries
  }
}
