/// A linear layer of a transformer block, one of seven; in JSON by their names.
public enum Projection: Int, Sendable, CaseIterable, Codable {
  /// The projections of attention (query, key, value, output) and of the gated feed-forward layer (gate, up, down).
  case query, key, value, output, gate, up, down

  /// The name within a layer of Hugging Face checkpoints.
  package var path: String {
    switch self {
    case .query, .key, .value, .output: "self_attn." + name
    case .gate, .up, .down: "mlp." + name
    }
  }

  /// The name as PEFT's `target_modules` has it.
  public var name: String {
    switch self {
    case .query: "q_proj"
    case .key: "k_proj"
    case .value: "v_proj"
    case .output: "o_proj"
    case .gate: "gate_proj"
    case .up: "up_proj"
    case .down: "down_proj"
    }
  }

  /// The projection of a name such as "q_proj"; `nil` for any other name.
  public init?(name: String) {
    guard let match = Projection.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }

  /// The name within a block of GGUF files.
  var ggufName: String {
    switch self {
    case .query: "attn_q"
    case .key: "attn_k"
    case .value: "attn_v"
    case .output: "attn_output"
    case .gate: "ffn_gate"
    case .up: "ffn_up"
    case .down: "ffn_down"
    }
  }
}

extension Projection {
  /// Reads the name, as "q_proj".
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let projection = Projection(name: name) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(name) is no projection")
    }
    self = projection
  }

  /// Writes the name: a number would mean another layer as soon as the cases are put in another order.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}
