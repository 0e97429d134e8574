/// Leaves out half of what a response says.
struct DetailsCut: PerturbationRule {
  let name = "details-cut"
  let summary = "About half of the sentences and list items are left out; the first of a response stays."
  let points = ["content-richness", "knowledge-depth", "knowledge-breadth", "viewpoint-richness", "informativeness"]
  let lengthChange = LengthChange.shorter

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    let text = subject.text
    let places = Array(text.sentences.dropFirst())
    guard places.count >= 3 else { return .notApplicable(.tooShort) }
    // What says little is no loss: closing wishes and questions go last.
    let worth = places.filter { !text.pieces[$0].text.contains(where: { "?？!！".contains($0) }) }
    guard worth.count >= 3 else { return .notApplicable(.tooShort) }
    let cut = generator.draw(max(2, (places.count + 1) / 2), of: worth)
    return .damaged(text.removing(Set(cut)))
  }
}
