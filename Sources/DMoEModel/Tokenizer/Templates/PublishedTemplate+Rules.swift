extension PublishedTemplate {
  /// The template, of a tokenizer with these tokens.
  ///
  /// - Throws: `TokenizerError.missingToken`.
  func template(bosToken: String?, eosToken: String?) throws(TokenizerError) -> ConversationTemplate {
    func needed(_ token: String?, _ name: String) throws(TokenizerError) -> String {
      guard let token else { throw .missingToken("\(name), which the template \(rawValue) writes") }
      return token
    }
    func mistral(_ spaces: (String, String), closing: String = "") throws(TokenizerError) -> ConversationTemplate {
      let eos = try needed(eosToken, "eos_token")
      let hasMarkers = ![.firstMistral, .mistral1].contains(self)
      let assistant =
        self == .mistral3
        ? ConversationTemplate.Role(prefix: " ", suffix: eos, edits: [.trimWhitespace(ends: .both)])
        : .init(prefix: "", suffix: eos + closing)
      return .mistral(
        rawValue, bosToken: bosToken, eosToken: eos,
        user: .init(prefix: "[INST]\(spaces.0)", suffix: "\(spaces.1)[/INST]"), assistant: assistant,
        markers: hasMarkers ? ["[INST]", "[/INST]"] : [], systemPlacement: hasMarkers ? .leftOut : .refused,
        alternates: self != .mistral3Untrimmed)
    }
    switch self {
    case .chatML: return .chatML(rawValue)
    case .chatMLWithBOS: return .chatML(rawValue, bosToken: bosToken)
    case .chatMLWithEnds:
      let eos = try needed(eosToken, "eos_token")
      var template = ConversationTemplate.chatML(rawValue, bosToken: bosToken, responseSuffix: "<|im_end|>\n" + eos)
      template.controlTokens.append(eos)
      return template
    case .qwen15: return .chatML(rawValue, system: "You are a helpful assistant", responseSuffix: "")
    case .qwen2: return .chatML(rawValue, system: "You are a helpful assistant.")
    case .qwen25:
      return .chatML(rawValue, system: "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.")
    case .qwen3: return .qwen3
    case .smolLM2:
      return .chatML(rawValue, system: "You are a helpful AI assistant named SmolLM, trained by Hugging Face")
    case .llama2:
      return .llama2(bosToken: try needed(bosToken, "bos_token"), eosToken: try needed(eosToken, "eos_token"))
    case .llama3: return .llama3(rawValue, bosToken: try needed(bosToken, "bos_token"))
    case .firstLlama3:
      return .llama3(
        rawValue, bosToken: try needed(bosToken, "bos_token"),
        responseSuffix: "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")
    case .llama31, .llama32: return .llama3(rawValue, bosToken: bosToken, header: ConversationTemplate.llamaDates)
    case .firstMistral: return try mistral((" ", " "), closing: " ")
    case .mistral1: return try mistral((" ", " "))
    case .mistral3, .mistral3Untrimmed: return try mistral((" ", ""))
    case .mistralNemo: return try mistral(("", ""))
    case .firstGemma: return .gemma(rawValue, bosToken: nil, systemPlacement: .refused)
    case .gemma: return .gemma(rawValue, bosToken: bosToken, systemPlacement: .refused)
    case .gemma3:
      return .gemma(
        rawValue, bosToken: bosToken,
        systemPlacement: .firstTurn(prefix: "", suffix: "\n\n", isEditedTogether: false))
    case .zephyr: return .zephyr(eosToken: try needed(eosToken, "eos_token"))
    case .firstPhi3: return .firstPhi3(rawValue, bosToken: bosToken)
    case .firstPhi3WithoutBOS: return .firstPhi3(rawValue, bosToken: nil)
    case .phi3: return .phi3(rawValue, bosToken: nil, closing: try needed(eosToken, "eos_token"), hasSystem: true)
    case .phi3WithBOS:
      return .phi3(rawValue, bosToken: bosToken, closing: try needed(eosToken, "eos_token"), hasSystem: true)
    case .phi3Vision: return .phi3(rawValue, bosToken: nil, closing: "", hasSystem: true)
    case .deepSeekR1: return .deepSeekR1(bosToken: bosToken)
    case .openChat: return .openChat(bosToken: bosToken)
    }
  }
}
