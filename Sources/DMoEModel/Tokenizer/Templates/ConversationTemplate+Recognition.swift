public import Foundation

extension ConversationTemplate {
  /// The template that a chat template in Jinja stands for, recognized by its text.
  ///
  /// What counts is the text but for blanks, quotes and comments in its tags; nothing of it is run. The template gives the
  /// ids that transformers gives for prompt and response without a header for another response, and BOS once, whether
  /// or not the tokenizer adds it. Where a text asks for today's date, the date that it has for want of one is kept.
  ///
  /// - Parameters:
  ///   - text: The chat template.
  ///   - bosToken: The token that `bos_token` stands for in it, if the tokenizer has one.
  ///   - eosToken: The token that `eos_token` stands for in it.
  /// - Throws: `TokenizerError.unknownTemplate`; `.missingToken` if it needs a token that is `nil`.
  public static func recognized(
    jinja text: String, bosToken: String?, eosToken: String?
  ) throws(TokenizerError) -> ConversationTemplate {
    try recognized(jinja: text, bosToken: bosToken, eosToken: eosToken, place: "this text")
  }

  static func recognized(
    jinja text: String, bosToken: String?, eosToken: String?, place: String
  ) throws(TokenizerError) -> ConversationTemplate {
    let fingerprint = JinjaFingerprint(text).text
    guard let published = PublishedTemplate.known[fingerprint] else {
      throw .unknownTemplate(place: place, fingerprint: fingerprint)
    }
    return try published.template(bosToken: bosToken, eosToken: eosToken)
  }

  /// The template of that name, for commands; `nil` if there is none.
  ///
  /// Of the published ones, with the tokens that their families have; each is one of ``names``.
  public static func named(_ name: String) -> ConversationTemplate? {
    PublishedTemplate(rawValue: name).flatMap { try? $0.template(bosToken: $0.usualBOS, eosToken: $0.usualEOS) }
  }

  /// All names of published templates.
  public static var names: [String] { PublishedTemplate.allCases.map(\.rawValue) }

  /// Reads a template from a file of this library's own form, as `Scripts/derive-template` writes it.
  ///
  /// - Throws: `TokenizerError.unreadableFile`, `.malformed`.
  public init(contentsOf url: URL) throws(TokenizerError) {
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw .unreadableFile(path: url.path, reason: error.localizedDescription)
    }
    do { self = try JSONDecoder().decode(ConversationTemplate.self, from: data) } catch {
      throw .malformed(reason: "\(url.lastPathComponent) holds no template: \(Tokenizer.reason(error))")
    }
  }
}

/// A chat template that is published with models and known by its text.
enum PublishedTemplate: String, CaseIterable, Sendable {
  case chatML = "chatml"
  case chatMLWithEnds = "chatml-bos-eos"
  case qwen15 = "qwen-1.5"
  case qwen2 = "qwen-2"
  case qwen25 = "qwen-2.5"
  case qwen3 = "qwen-3"
  case smolLM2 = "smollm-2"
  case llama2 = "llama-2"
  case llama3 = "llama-3"
  case firstLlama3 = "llama-3-header"
  case llama31 = "llama-3.1"
  case llama32 = "llama-3.2"
  case firstMistral = "mistral-v0"
  case mistral1 = "mistral-v1"
  case mistral3 = "mistral-v3"
  case mistralNemo = "mistral-v3-tekken"
  case firstGemma = "gemma-no-bos"
  case gemma = "gemma"
  case gemma3 = "gemma-3"
  case zephyr = "zephyr"
  case firstPhi3 = "phi-3-first"
  case firstPhi3WithoutBOS = "phi-3-first-no-bos"
  case phi3 = "phi-3"
  case phi3WithBOS = "phi-3-small"
  case phi3Vision = "phi-3-vision"
  case deepSeekR1 = "deepseek-r1"
  case openChat = "openchat"

  /// By ``JinjaFingerprint``.
  static let known: [String: PublishedTemplate] = [
    "a3baa56cd6739f32": .chatML,  // OpenHermes, transformers' own default
    "16509cd7a6ded531": .chatML,  // Dolphin 2.5
    "566a5df2ed66a5bb": .chatML,  // Qwen3-Instruct-2507
    "7a3bcb66aa61d254": .chatMLWithEnds,  // InternLM2, Zephyr-Gemma
    "46c1152e323db6c6": .qwen15,  // Qwen1.5-Chat
    "f2e695ef3a68075b": .qwen2,  // Qwen2-Instruct
    "eebcd0a60c16f4ed": .qwen25,  // Qwen2.5-Instruct
    "7e9d4878f9705e11": .qwen3,  // Qwen3
    "0582aad1847c1875": .qwen3,  // Qwen3, as first published
    "82e8b58658781ccc": .smolLM2,  // SmolLM2-Instruct
    "98123b8897e60752": .llama2,  // Llama-2-chat
    "c5221e19545f47ba": .llama3,  // Meta-Llama-3-Instruct
    "09b905c056374acc": .firstLlama3,  // Meta-Llama-3-Instruct, as first published
    "b879b531622f2583": .llama31,  // Llama-3.1-Instruct
    "f991e2c831ae4638": .llama32,  // Llama-3.2-Instruct
    "4e7501e9196ccc84": .firstMistral,  // Mistral-7B-Instruct-v0.1
    "9d713b9396d0544f": .mistral1,  // Mistral-7B-Instruct-v0.2, Mixtral-8x7B-Instruct-v0.1
    "b226ca4739c22c64": .mistral3,  // Mistral-7B-Instruct-v0.3
    "73716eeff17bfd1c": .mistralNemo,  // Mistral-Nemo-Instruct-2407
    "dce244246df3bc2d": .firstGemma,  // gemma-it, as first published
    "ab278f6764118a02": .gemma,  // gemma-it, gemma-2-it
    "eb2e90f876e11990": .gemma3,  // gemma-3-it
    "2e04dcd79d4f7a07": .zephyr,  // zephyr-7b-beta
    "6cece0cf7dd394dd": .firstPhi3,  // Phi-3-mini-4k-instruct, as first published
    "98578f998bb6b5d8": .firstPhi3WithoutBOS,  // Phi-3-medium, as first published
    "93595c11cd8faa91": .phi3,  // Phi-3-mini-4k-instruct
    "270d9eefc41ce906": .phi3,  // Phi-3.5-mini-instruct, which passes over an empty system message
    "17c13972025fad88": .phi3WithBOS,  // Phi-3-small
    "b7e4018932aa6416": .phi3Vision,  // Phi-3-vision
    "b767ff76739b0b85": .deepSeekR1,  // DeepSeek-R1
    "4d137c7bd10d3a9c": .openChat,  // openchat-3.5-0106
  ]

  /// The BOS token of the family's tokenizers.
  var usualBOS: String? {
    switch self {
    case .chatML, .qwen15, .qwen2, .qwen25, .qwen3, .smolLM2, .zephyr: nil
    case .llama3, .firstLlama3, .llama31, .llama32: "<|begin_of_text|>"
    case .firstGemma, .gemma, .gemma3: "<bos>"
    case .phi3WithBOS: "<|endoftext|>"
    case .deepSeekR1: "<｜begin▁of▁sentence｜>"
    default: "<s>"
    }
  }

  /// The EOS token of the family's tokenizers.
  var usualEOS: String? {
    switch self {
    case .phi3, .phi3WithBOS, .phi3Vision: "<|endoftext|>"
    default: "</s>"
    }
  }

  /// The template, of a tokenizer with these tokens.
  ///
  /// - Throws: `TokenizerError.missingToken`.
  func template(bosToken: String?, eosToken: String?) throws(TokenizerError) -> ConversationTemplate {
    func needed(_ token: String?, _ name: String) throws(TokenizerError) -> String {
      guard let token else { throw .missingToken("\(name), which the template \(rawValue) writes") }
      return token
    }
    func mistral(spaces: (String, String), eos: String) throws(TokenizerError) -> ConversationTemplate {
      .mistral(
        rawValue, bosToken: bosToken, eosToken: eosToken ?? "",
        user: .init(prefix: "[INST]\(spaces.0)", suffix: "\(spaces.1)[/INST]"), responseSuffix: eos,
        markers: self == .mistral3 || self == .mistralNemo ? ["[INST]", "[/INST]"] : [],
        systemPlacement: self == .mistral3 || self == .mistralNemo ? .leftOut : .refused, alternates: self != .mistral3)
    }
    switch self {
    case .chatML: return .chatML(rawValue)
    case .chatMLWithEnds:
      return .chatML(
        rawValue, bosToken: bosToken, responseSuffix: "<|im_end|>\n" + (try needed(eosToken, "eos_token")))
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
    case .firstMistral: return try mistral(spaces: (" ", " "), eos: try needed(eosToken, "eos_token") + " ")
    case .mistral1: return try mistral(spaces: (" ", " "), eos: try needed(eosToken, "eos_token"))
    case .mistral3: return try mistral(spaces: (" ", ""), eos: try needed(eosToken, "eos_token"))
    case .mistralNemo: return try mistral(spaces: ("", ""), eos: try needed(eosToken, "eos_token"))
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
