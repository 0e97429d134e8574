@_spi(Command) import DMoERM
import Foundation
import Testing

@testable import dmoerm

struct DemoTests {
  @Test func aQuarterOfEveryCategorysPromptsIsHeldOutWhole() throws {
    let set = try DemoSet(taxonomy: .paper, heldOutFraction: 0.25, seed: 1)
    let heldOut = Set(set.heldOut.map(\.conversation))
    #expect(heldOut.isDisjoint(with: set.training.map(\.conversation)))
    for category in Taxonomy.paper.categories {
      let all = DemoSet.overall(set.training + set.heldOut).filter { $0.category == category.id }
      #expect(all.count == 52)
      #expect(all.filter { heldOut.contains($0.conversation) }.count == 13)
    }
  }

  @Test func theSplitIsTheSeedsAlone() throws {
    let first = try DemoSet(taxonomy: .paper, heldOutFraction: 0.25, seed: 1)
    let again = try DemoSet(taxonomy: .paper, heldOutFraction: 0.25, seed: 1)
    let other = try DemoSet(taxonomy: .paper, heldOutFraction: 0.25, seed: 2)
    #expect(first.heldOut == again.heldOut && first.heldOut != other.heldOut)
  }

  @Test func aProgramBelowTheCurrentFolderIsTypedByItsRelativePath() {
    #expect(Invocation.program("/a/b/bin/dmoerm", folder: "/a/b") == "./bin/dmoerm")
    #expect(Invocation.program("/a/bc/dmoerm", folder: "/a/b") == "/a/bc/dmoerm")
    #expect(Invocation.program("dmoerm", folder: "/a/b") == "dmoerm")
  }
}
