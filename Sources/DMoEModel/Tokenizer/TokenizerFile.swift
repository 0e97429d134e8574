import DMoEFoundation

/// The parts of a Hugging Face `tokenizer.json` that decide ids.
struct TokenizerFile: Decodable {
  var addedTokens: [Added]?
  var normalizer: Component?
  var preTokenizer: Component?
  var decoder: Component?
  var model: Model

  enum CodingKeys: String, CodingKey {
    case addedTokens = "added_tokens"
    case normalizer
    case preTokenizer = "pre_tokenizer"
    case decoder, model
  }

  struct Added: Decodable {
    var id: Int32
    var content: String
    var single_word: Bool?
    var lstrip: Bool?
    var rstrip: Bool?
    var normalized: Bool?
    var special: Bool?
  }

  /// A normalizer, pre-tokenizer or decoder: a type and whatever options it has.
  struct Component: Decodable {
    var type: String
    var normalizers: [Component]?
    var decoders: [Component]?
    var pretokenizers: [Component]?
    var pattern: Pattern?
    var behavior: String?
    var invert: Bool?
    var individual_digits: Bool?
    var add_prefix_space: Bool?
    var use_regex: Bool?
    var content: String?
    var prepend: String?
    var replacement: String?
    var prepend_scheme: String?
    var split: Bool?
    var start: Int?
    var stop: Int?

    /// The part itself, or what a sequence is made of.
    var parts: [Component] {
      type == "Sequence" ? (normalizers ?? decoders ?? pretokenizers ?? []).flatMap(\.parts) : [self]
    }
  }

  struct Pattern: Decodable {
    var Regex: String?
    var String: String?
  }

  struct Model: Decodable {
    var type: String?
    /// The ids of the tokens. `Codable` would make one key of tokens that are canonically equivalent: read apart.
    var vocab: [ExactText: Int32] = [:]
    /// Pairs of tokens with a space between, in order of preference; read apart too.
    var merges: [String] = []
    var dropout: Double?
    var unk_token: String?
    var continuing_subword_prefix: String?
    var end_of_word_suffix: String?
    var fuse_unk: Bool?
    var byte_fallback: Bool?
    var ignore_merges: Bool?

    /// Whether it is one that is read.
    var isKnown: Bool { type == nil || type == "BPE" }

    /// A model of another kind is told by its kind, whatever its vocabulary looks like.
    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      type = try container.decodeIfPresent(String.self, forKey: .type)
      guard isKnown else { return }
      dropout = try container.decodeIfPresent(Double.self, forKey: .dropout)
      unk_token = try container.decodeIfPresent(String.self, forKey: .unk_token)
      continuing_subword_prefix = try container.decodeIfPresent(String.self, forKey: .continuing_subword_prefix)
      end_of_word_suffix = try container.decodeIfPresent(String.self, forKey: .end_of_word_suffix)
      fuse_unk = try container.decodeIfPresent(Bool.self, forKey: .fuse_unk)
      byte_fallback = try container.decodeIfPresent(Bool.self, forKey: .byte_fallback)
      ignore_merges = try container.decodeIfPresent(Bool.self, forKey: .ignore_merges)
    }

    enum CodingKeys: String, CodingKey {
      case type, dropout, unk_token, continuing_subword_prefix, end_of_word_suffix, fuse_unk
      case byte_fallback, ignore_merges
    }
  }
}
