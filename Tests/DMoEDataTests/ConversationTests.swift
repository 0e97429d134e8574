@_spi(Command) import DMoEData
import Foundation
import Testing

@Suite struct ConversationTests {
  @Test func aConversationEndsWithTheUser() throws {
    #expect(throws: DataError.emptyConversation) { try Conversation([]) }
    #expect(throws: DataError.lastTurnNotUser) { try Conversation([.user("a"), .assistant("b")]) }
    #expect(try Conversation([.assistant("hello"), .user("a")]).turns.count == 2)
  }

  @Test func onlyTheFirstTurnMayBeTheSystems() {
    #expect(throws: DataError.misplacedSystemTurn(index: 1)) {
      try Conversation([.user("a"), .system("b"), .user("c")])
    }
  }

  @Test func emptyTurnsAreRefusedByIndex() {
    #expect(throws: DataError.emptyTurn(index: 1)) {
      try Conversation([.user("a"), .assistant(""), .user("c")])
    }
    #expect(throws: DataError.emptyTurn(index: 0)) { try Conversation(prompt: "") }
  }

  @Test(arguments: [" ", "\n\t", "\u{00A0}\u{3000}"]) func aTurnThatIsAllWhiteSpaceIsEmpty(blank: String) throws {
    #expect(throws: DataError.emptyTurn(index: 0)) { try Conversation(prompt: blank) }
    #expect(throws: DataError.emptyTurn(index: 1)) { try Conversation([.user("a"), .assistant(blank), .user("c")]) }
    #expect(try Conversation(prompt: "a", system: blank) == "a")
  }

  @Test func aSystemTurnThatSaysNothingIsNone() throws {
    #expect(try Conversation(prompt: "a", system: "") == "a")
    #expect(try Conversation([.system(" \n"), .user("a")]).system == nil)
    #expect(try Conversation([.user("a"), .system(""), .user("b")]).turns == [.user("a"), .user("b")])
    #expect(throws: DataError.emptyConversation) { try Conversation([.system("")]) }
  }

  @Test func userTurnsLeaveOutSystemAndAssistant() throws {
    let conversation = try Conversation([.system("s"), .user("a"), .assistant("b"), .user("c")])
    #expect(conversation.userTurns == ["a", "c"])
    #expect(conversation.system == "s")
  }

  @Test func droppingTurnsKeepsTheSystemAndTheLastTurn() throws {
    let conversation = try Conversation([.system("s"), .user("a"), .assistant("b"), .user("c")])
    #expect(conversation.droppableTurnCount == 2)
    #expect(conversation.droppingOldestTurns(0) == conversation)
    #expect(conversation.droppingOldestTurns().turns == [.system("s"), .assistant("b"), .user("c")])
    #expect(conversation.droppingOldestTurns(9).turns == [.system("s"), .user("c")])
    let plain = try Conversation([.user("a"), .assistant("b"), .user("c")])
    #expect(plain.droppingOldestTurns(2).turns == [.user("c")])
    #expect(Conversation("c").droppableTurnCount == 0)
    #expect(Conversation("c").droppingOldestTurns() == "c")
  }

  @Test func codingIsAListOfMessagesAndValidates() throws {
    let conversation = try Conversation(prompt: "a", system: "s")
    let data = try JSONEncoder().encode(conversation)
    #expect(try JSONDecoder().decode(Conversation.self, from: data) == conversation)
    #expect(throws: DataError.lastTurnNotUser) {
      try JSONDecoder().decode(Conversation.self, from: Data(#"[{"role":"assistant","content":"a"}]"#.utf8))
    }
  }
}
