/// A chat template that is published with models and known by its text.
enum PublishedTemplate: String, CaseIterable, Sendable {
  case chatML = "chatml"
  case chatMLWithBOS = "chatml-bos"
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
  case mistral3Untrimmed = "mistral-v3-untrimmed"
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
    "9aae8cf379b7a5a6": .chatML,  // Qwen3-VL, of texts
    "290cdc0fc248398c": .chatML,  // MiniCPM3
    "f0b5d6836fbd20c5": .chatMLWithBOS,  // LFM2
    "7a3bcb66aa61d254": .chatMLWithEnds,  // InternLM2, Zephyr-Gemma
    "46c1152e323db6c6": .qwen15,  // Qwen1.5-Chat
    "f2e695ef3a68075b": .qwen2,  // Qwen2-Instruct
    "d9b8bec6447269d3": .qwen2,  // Qwen2.5-VL-Instruct, of texts
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
    "69f012c8f960ef65": .mistral3,  // Mistral-7B-Instruct-v0.3
    "b226ca4739c22c64": .mistral3Untrimmed,  // of GGUF files of Mistral-7B-Instruct-v0.3
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
    "6f769e0107c4769f": .deepSeekR1,  // DeepSeek-R1-Distill
    "90e70bcec25faedb": .deepSeekR1,  // DeepSeek-R1-Distill, another one
    "57c2d7799fbbb209": .deepSeekR1,  // DeepSeek-V3
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
}
