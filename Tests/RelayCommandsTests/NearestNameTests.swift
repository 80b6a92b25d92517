import RelayCommands
import Testing

@Suite struct NearestNameTests {
  private let names = ["profiles", "sign", "send", "status", "verify", "version", "id"]

  @Test(
    arguments: [
      ("profile", "profiles"), ("sing", "sign"), ("sned", "send"), ("verfy", "verify"),
      ("verion", "version"), ("ID", nil), ("i", "id"), ("stat", "status"), ("ver", nil),
      ("journal", nil), ("", nil), ("x", nil),
    ] as [(String, String?)]
  )
  func `the nearest name is found and a distant one is not`(word: String, name: String?) {
    #expect(NearestName.of(word, among: names) == name)
  }

  @Test func `an endless word costs nothing and is near nothing`() {
    #expect(NearestName.of(String(repeating: "s", count: 100_000), among: names) == nil)
  }
}
