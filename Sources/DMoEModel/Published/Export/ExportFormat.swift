/// The form in which `RewardModel.export(to:format:category:)` writes a model for other programs.
public enum ExportFormat: Sendable, Equatable {
  /// A folder of transformers' `...ForSequenceClassification` of the family, in f32.
  case huggingFace
  /// A file that llama.cpp scores with, its matrices in these numbers.
  case gguf(Numbers = .float32)

  /// What the numbers of a GGUF file's matrices are stored as; the raw values are the words of llama.cpp's converter.
  public enum Numbers: String, Sendable, CaseIterable {
    /// As they are: rewards are those of the model but for rounding.
    case float32 = "f32"
    /// Half the bytes: IEEE's 16 bits, or bfloat16.
    case float16 = "f16"
    /// Half the bytes, with fewer digits and the range of f32.
    case bfloat16 = "bf16"
    /// About a quarter of the bytes: blocks of 32 numbers of 8 bits that share a scale.
    case eightBits = "q8_0"
  }
}
