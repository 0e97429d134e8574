extension KeyTable {
  /// `config.json`, for the three families together: transformers' `configuration_llama.py`, `configuration_qwen2.py`,
  /// `configuration_qwen3.py`, `configuration_utils.py` and `modeling_rope_utils.py`.
  static let huggingFace = KeyTable(
    honored: [
      "attention_bias", "head_dim", "hidden_size", "intermediate_size", "layer_types", "max_position_embeddings",
      "max_window_layers", "model_type", "num_attention_heads", "num_hidden_layers", "num_key_value_heads",
      "original_max_position_embeddings", "rms_norm_eps", "rope_parameters", "rope_scaling", "rope_theta",
      "sliding_window", "tie_word_embeddings", "use_sliding_window", "vocab_size",
    ],
    refused: [
      // "swish" is the same function.
      "hidden_act": isNullOr("silu", "swish"),
      "is_causal": isNullOr(true),
      "mlp_bias": asksForNothing,
      "partial_rotary_factor": isNullOr(1),
      "per_layer_config": asksForNothing,
      "quantization_config": asksForNothing,
    ],
    withoutEffect: [
      "_attn_implementation_autoset", "_commit_hash", "_name_or_path", "architectures", "attention_dropout",
      "attn_implementation", "bos_token_id", "chunk_size_feed_forward", "dtype", "eos_token_id",
      "experts_implementation", "id2label", "initializer_range", "is_encoder_decoder", "label2id", "name_or_path",
      "num_labels", "output_attentions", "output_hidden_states", "pad_token_id", "pretraining_tp", "problem_type",
      "return_dict", "tie_last_hidden_states", "torch_dtype", "transformers_version", "use_cache",
    ] + generation)

  /// What older versions kept in `config.json` for making text; transformers takes them out when it reads one.
  private static let generation = [
    "assistant_confidence_threshold", "assistant_lookbehind", "bad_words_ids", "begin_suppress_tokens",
    "diversity_penalty", "do_sample", "early_stopping", "encoder_no_repeat_ngram_size", "encoder_repetition_penalty",
    "epsilon_cutoff", "eta_cutoff", "exponential_decay_length_penalty", "forced_bos_token_id", "forced_eos_token_id",
    "length_penalty", "max_length", "min_length", "no_repeat_ngram_size", "num_assistant_tokens",
    "num_assistant_tokens_schedule", "num_beam_groups", "num_beams", "num_return_sequences", "output_scores",
    "remove_invalid_values", "repetition_penalty", "return_dict_in_generate", "suppress_tokens", "target_lookbehind",
    "temperature", "top_k", "top_p", "typical_p",
  ]

  /// `rope_parameters` or `rope_scaling` of `config.json`.
  static let rotary = KeyTable(
    honored: [
      "factor", "high_freq_factor", "low_freq_factor", "original_max_position_embeddings", "rope_theta", "rope_type",
      "type",
    ],
    refused: [
      "chunked_attention": asksForNothing, "full_attention": asksForNothing, "partial_rotary_factor": isNullOr(1),
      "sliding_attention": asksForNothing,
    ],
    withoutEffect: [
      "attention_factor", "beta_fast", "beta_slow", "long_factor", "mrope_section", "mscale", "mscale_all_dim",
      "short_factor", "truncate",
    ])
}
