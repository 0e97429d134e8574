public import DMoEData

extension ComparisonPrompt {
  /// The messages that ask for a verdict on a comparison.
  ///
  /// Every turn of the conversation stands under the name of its role. Turns and responses stand between lines that no
  /// text can imitate, and are put in as they are: braces in them are text. Equal arguments give equal messages, and
  /// both orders of a comparison share their lines.
  @_spi(Command) public func render(_ comparison: Comparison, order: PresentationOrder) -> [Message] {
    let turns = comparison.pair.conversation.turns
    let shown = order.arranged(comparison.pair.responses)
    let fence = TextFence(around: turns.map(\.content) + shown)
    func value(_ name: String) -> String {
      switch Placeholder(rawValue: name) {
      case .conversation:
        turns.map { "\(roles.name(of: $0.role)):\n\(fence.enclose($0.content))" }.joined(separator: "\n")
      case .capability: capability(of: comparison.point)
      case .rubric: rubric(of: comparison.point)
      case .first: fence.enclose(shown[0])
      case .second: fence.enclose(shown[1])
      case nil: preconditionFailure("ComparisonPrompt.render: unchecked placeholder")
      }
    }
    let message = Message.user(TemplateText(user).filled(value))
    guard let system else { return [message] }
    return [.system(TemplateText(system).filled(value)), message]
  }

  /// Names the template by everything that is in it, and by how it is filled: 32 hexadecimal digits.
  public var version: String {
    var hash = ContentHash()
    hash.combine("comparison prompt 1")
    hash.combine(language)
    hash.combine(system.map { "system \($0)" } ?? "no system")
    for text in [user, roles.system, roles.user, roles.assistant, overall.name, overall.rubric, missingRubric] {
      hash.combine(text)
    }
    for list in answers.byVerdict.map(\.spellings) + [verdictLabels] {
      hash.combine("list of \(list.count)")
      for text in list { hash.combine(text) }
    }
    hash.combine("asks for a reason: \(asksForReason)")
    return hash.text
  }

  private func capability(of point: CapabilityPoint?) -> String {
    guard let point else { return overall.name }
    return isChinese ? point.chineseName ?? point.name : point.name
  }

  private func rubric(of point: CapabilityPoint?) -> String {
    guard let point else { return overall.rubric }
    return point.rubric ?? missingRubric
  }
}

@_spi(Command) extension ComparisonPrompt.Roles {
  /// The name of a role.
  func name(of role: Message.Role) -> String {
    switch role {
    case .system: system
    case .user: user
    case .assistant: assistant
    }
  }
}
