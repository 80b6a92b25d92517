import RelaySystem
import Testing

/// Sockets that are passed, as sd_listen_fds(3) says.
@Suite("Passed sockets") struct PassedSocketTests {
  private func read(
    _ process: String?,
    _ count: String?,
    _ names: String?
  ) throws -> [PassedSocket] {
    try PassedSockets.read(process: process, count: count, names: names, own: 42)
  }

  @Test func `each has its number and its name`() throws {
    #expect(
      try read("42", "3", "web:api:web") == [
        PassedSocket(number: 3, name: "web"), PassedSocket(number: 4, name: "api"),
        PassedSocket(number: 5, name: "web"),
      ]
    )
    #expect(
      try read("42", "2", "web:") == [
        PassedSocket(number: 3, name: "web"), PassedSocket(number: 4, name: ""),
      ]
    )
  }

  @Test func `without names all are unknown`() throws {
    #expect(try read("42", "2", nil).map(\.name) == ["unknown", "unknown"])
  }

  @Test(
    arguments: [
      (nil, nil, nil), ("42", nil, nil), (nil, "1", "web"), ("41", "1", "web"), ("", "1", "web"),
      ("42x", "1", "web"), ("42", "0", nil), ("42", "0", ""), ("41", "garbage", "a:b"),
    ] as [(String?, String?, String?)]
  )
  func `what is not for this process is nothing`(
    process: String?,
    count: String?,
    names: String?
  ) throws {
    #expect(try read(process, count, names) == [])
  }

  @Test(arguments: [
    ("", "web"), ("x", "web"), ("-1", "web"), ("65", "web"), ("1.5", "web"),
    ("99999999999999999999", "web"), ("2", "web"), ("1", "web:api"), ("0", "web"),
  ])
  func `what breaks the rules is said`(count: String, names: String) {
    #expect(throws: PassedSocketError.self) { try read("42", count, names) }
  }

  @Test func `each is taken once, and the others are left`() {
    let sockets = PassedSockets([
      PassedSocket(number: 1000, name: "a"), PassedSocket(number: 1001, name: "b"),
      PassedSocket(number: 1002, name: "a"),
    ])
    #expect(sockets.take("a").map(\.number) == [1000, 1002])
    #expect(sockets.take("a").isEmpty)
    #expect(sockets.rest.map(\.name) == ["b"])
  }
}
