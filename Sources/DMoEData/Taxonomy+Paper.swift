extension Taxonomy {
  /// The five task categories and 27 capability points of the DMoERM paper (arXiv 2403.01197, released code).
  ///
  /// Names are the paper's, translated; the rubrics are ours, since the paper's labeling prompts have none.
  public static let paper = Taxonomy(unchecked: [
    TaskCategory(
      id: "roleplay", name: "Roleplay", chineseName: "角色扮演", aliases: ["role-play", "role-playing"],
      points: [
        CapabilityPoint(
          id: "character-immersion", name: "Character setting and emotional investment",
          chineseName: "人设和情感带入",
          rubric: "The response stays in the given character and feels what the character would feel."),
        conversationalSense,
        empathy,
        CapabilityPoint(
          id: "relationship-traits", name: "Manifestation of relationship traits", chineseName: "关系特点体现",
          rubric: "The response shows the relationship between the speakers in how it addresses and treats the user."),
        CapabilityPoint(
          id: "personalized-expression", name: "Personalised characteristic expression",
          chineseName: "个性化特征体现",
          rubric: "The response has the character's own wording, habits and attitudes instead of a generic voice."),
        contentRichness,
      ]),
    TaskCategory(
      id: "chat", name: "Chitchat", chineseName: "闲聊", aliases: ["chit-chat", "casual-chat"],
      points: [
        conversationalSense,
        CapabilityPoint(
          id: "proactivity", name: "Proactivity", chineseName: "主动性",
          rubric: "The response carries the conversation on, by asking, offering or raising something fitting."),
        CapabilityPoint(
          id: "emotion-expression", name: "Emotion expression", chineseName: "情感表达",
          rubric: "The response expresses emotion that is clear, natural and right for the moment."),
        empathy,
        contentRichness,
      ]),
    TaskCategory(
      id: "subj_qa", name: "Subjective knowledge QA", chineseName: "主观知识问答",
      aliases: ["subjective-qa", "subjective_qa", "subjective qa"],
      points: [
        CapabilityPoint(
          id: "convincing-ability", name: "Convincing ability", chineseName: "说服力",
          rubric: "The response supports its view with reasons and evidence that would persuade a careful reader."),
        logic,
        CapabilityPoint(
          id: "viewpoint-richness", name: "Viewpoint richness", chineseName: "观点丰富度",
          rubric: "The response looks at the question from several distinct and relevant viewpoints."),
        CapabilityPoint(
          id: "knowledge-breadth", name: "Breadth of knowledge", chineseName: "知识面广度",
          rubric: "The response draws on knowledge from all the fields that bear on the question."),
        questionSpecificity,
      ]),
    TaskCategory(
      id: "obj_qa", name: "Objective knowledge QA", chineseName: "客观知识问答",
      aliases: ["objective-qa", "objective_qa", "objective qa"],
      points: [
        CapabilityPoint(
          id: "correctness", name: "Correctness", chineseName: "正确性",
          rubric: "The response states facts and results that are true, and its final answer is right."),
        CapabilityPoint(
          id: "objectiveness", name: "Objectiveness", chineseName: "客观程度",
          rubric: "The response reports what is established, without bias, speculation or personal opinion."),
        CapabilityPoint(
          id: "reasoning-ability", name: "Reasoning ability", chineseName: "推理能力",
          rubric: "The response derives its answer by valid steps from what is given."),
        logic,
        CapabilityPoint(
          id: "knowledge-depth", name: "Depth of knowledge", chineseName: "知识面深度",
          rubric: "The response explains the subject in as much depth as an expert would find worth giving."),
        questionSpecificity,
      ]),
    TaskCategory(
      id: "text", name: "Text creation", chineseName: "文本创作",
      aliases: ["text-creation", "text_creation", "text creation", "writing"],
      points: [
        CapabilityPoint(
          id: "intent-conformity", name: "Intent conformity", chineseName: "意图符合程度",
          rubric: "The response is the kind of text that was asked for and meets every stated requirement."),
        CapabilityPoint(
          id: "expressiveness", name: "Expressiveness", chineseName: "表达能力",
          rubric: "The response says things with vivid, precise and varied language."),
        CapabilityPoint(
          id: "readability", name: "Readability", chineseName: "可读性",
          rubric: "The response is easy to read: clearly laid out, fluent and free of mistakes."),
        contentRichness,
        logic,
      ]),
  ])

  // Points that several categories share; each category still trains an expert of its own.

  private static let conversationalSense = CapabilityPoint(
    id: "conversational-sense", name: "Conversational sense", chineseName: "对话感",
    rubric: "The response reads like a turn of a living conversation that fits what was said before.")
  private static let empathy = CapabilityPoint(
    id: "empathy", name: "Empathy", chineseName: "共情能力",
    rubric: "The response notices the user's feelings and answers them with understanding.")
  private static let contentRichness = CapabilityPoint(
    id: "content-richness", name: "Content richness", chineseName: "内容丰富性",
    rubric: "The response offers substantial, varied and concrete content without padding.")
  private static let logic = CapabilityPoint(
    id: "logic", name: "Logic", chineseName: "逻辑性",
    rubric: "The response is consistent, and each part follows from the one before.")
  private static let questionSpecificity = CapabilityPoint(
    id: "question-specificity", name: "Question-specificity", chineseName: "问题针对性",
    rubric: "The response answers exactly the question that was asked, all of it and nothing beside it.")
}
