/// What lies beside an adapter with a value head as `README.md`: how Python opens it and gets the same reward.
enum AdapterReadme {
  static func text(backboneName: String) -> String {
    """
    # A reward adapter for \(backboneName)

    PEFT opens this folder over the same backbone as a classifier with one label. The reward is its logit for a text that
    ends with the template's end of turn, where the model reads the last token's state.

    transformers reads the last token whose id is not `pad_token_id`. Where the backbone's padding token is its end of turn,
    that is the token before, and another reward: set `model.config.pad_token_id` to a token that no text has, or to `None` and
    give one text at a time.

    """
  }
}
