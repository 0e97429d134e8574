import DMoEData
public import Foundation

extension ComparisonPrompt {
  /// Reads a template from a JSON file; every key that is not named here is an error.
  ///
  /// ```json
  /// {"language": "en", "system": "You compare ...", "user": "{conversation} ... {first} ... {second} ... {capability}",
  ///  "answers": {"first": ["1"], "second": ["2"], "tie": ["tie"]}, "asksForReason": false,
  ///  "roles": {"system": "System", "user": "User", "assistant": "Assistant"},
  ///  "overall": {"name": "overall quality", "rubric": "The response ..."},
  ///  "missingRubric": "Take the name in its usual meaning.", "verdictLabels": ["Verdict"]}
  /// ```
  /// Only `language`, `user` and `answers` are required; without the others there is no system message, no reason is
  /// asked for, and the wording is the English template's.
  ///
  /// - Throws: `TemplateError.unreadableFile`, or `.invalidTemplate` with the key at fault or with what `init` throws.
  public init(contentsOf url: URL) throws(TemplateError) {
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      throw .unreadableFile(path: url.path, reason: error.localizedDescription)
    }
    do {
      self = try JSONDecoder.strictly(ComparisonPrompt.self, from: data)
    } catch let error as TemplateError {
      throw .invalidTemplate(path: url.path, reason: error.description)
    } catch {
      throw .invalidTemplate(path: url.path, reason: RowReason.describe(error))
    }
  }

  /// The template as JSON that `init(contentsOf:)` reads, with sorted keys and a newline at the end.
  public func json() throws -> Data {
    try JSONEncoder.file(self)
  }
}

extension ComparisonPrompt: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case language
    case system
    case user
    case roles
    case overall
    case missingRubric
    case answers
    case verdictLabels
    case asksForReason
  }

  /// Reads the form of `init(contentsOf:)`, as strictly.
  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: RowKey.self)
    try keys.refuseKeys(besides: Set(CodingKeys.allCases.map(\.rawValue)))
    for (key, known) in [
      ("roles", ["system", "user", "assistant"]), ("overall", ["name", "rubric"]),
      ("answers", ["first", "second", "tie"]),
    ] where try keys.contains(RowKey(stringValue: key)) && !keys.decodeNil(forKey: RowKey(stringValue: key)) {
      try keys.nestedContainer(keyedBy: RowKey.self, forKey: RowKey(stringValue: key))
        .refuseKeys(besides: Set(known))
    }
    let row = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      language: row.decode(String.self, forKey: .language),
      system: row.decodeIfPresent(String.self, forKey: .system),
      user: row.decode(String.self, forKey: .user),
      roles: row.decodeIfPresent(Roles.self, forKey: .roles) ?? .english,
      overall: row.decodeIfPresent(Overall.self, forKey: .overall) ?? .english,
      missingRubric: row.decodeIfPresent(String.self, forKey: .missingRubric) ?? Self.englishMissingRubric,
      answers: row.decode(Answers.self, forKey: .answers),
      verdictLabels: row.decodeIfPresent([String].self, forKey: .verdictLabels) ?? Self.englishVerdictLabels,
      asksForReason: row.decodeIfPresent(Bool.self, forKey: .asksForReason) ?? false)
  }

  /// Writes the form of `init(contentsOf:)`.
  public func encode(to encoder: any Encoder) throws {
    var row = encoder.container(keyedBy: CodingKeys.self)
    try row.encode(language, forKey: .language)
    try row.encodeIfPresent(system, forKey: .system)
    try row.encode(user, forKey: .user)
    try row.encode(roles, forKey: .roles)
    try row.encode(overall, forKey: .overall)
    try row.encode(missingRubric, forKey: .missingRubric)
    try row.encode(answers, forKey: .answers)
    try row.encode(verdictLabels, forKey: .verdictLabels)
    try row.encode(asksForReason, forKey: .asksForReason)
  }
}
