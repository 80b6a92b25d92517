import Foundation
import RelayCommands
import RelayJournal
import RelaySystem
import Testing
import WebhookReceiver

@Suite struct JournalCommandTests {
  /// A data directory with three events, closed cleanly; removed with the value.
  private final class Sample {
    let data: String

    init() throws {
      let folder = FileManager.default.temporaryDirectory.appending(path: "journal-commands")
      data = folder.path + "-" + UUID().uuidString
      let options = JournalOptions(
        directory: data + "/journal",
        segmentBytes: 1 << 20,
        reserveBytes: 0
      )
      try Directory.create(data + "/journal")
      let journal = try Journal.open(options)
      for number in 1...3 {
        _ = try journal.stage(Self.draft(number))
        try journal.commit()
      }
      try journal.close()
    }

    deinit {
      Directory.removeTree(data)
    }

    private static func draft(_ number: Int) -> EventDraft {
      EventDraft(
        source: number == 2 ? "stripe" : "github",
        origin: .push,
        flags: number == 3 ? [.verified, .conflict] : .verified,
        receivedAt: 1_767_323_045_000_000 + Int64(number),
        providerTime: nil,
        remote: "192.30.252.1",
        method: "POST",
        target: Array("/in/x".utf8),
        headerBlock: Array("Content-Type: text/plain\r\nX:  two words \r\n".utf8),
        eventID: number == 1 ? nil : Array("p\(number)".utf8),
        eventType: Array("push".utf8),
        idempotencyKey: [UInt8](repeating: UInt8(number), count: 32),
        keys: [Key128(high: UInt64(number), low: 1)],
        bodyDigest: [UInt8](repeating: 0xAB, count: 32),
        body: [0x00, 0xFF, UInt8(number)]
      )
    }

    /// The biggest file of the log: the segment that holds the events.
    var segment: String {
      get throws {
        let log = data + "/journal/log"
        let name = try #require(try Directory.list(log).first { $0.contains("0") })
        return log + "/" + name
      }
    }
  }

  private func lines(_ output: String) -> [String] {
    output.split(separator: "\n").map(String.init)
  }

  @Test(arguments: ["", "/journal"])
  func `a good journal is good, named by its data directory or itself`(part: String) throws {
    let sample = try Sample()
    let (text, json) = (TestWorld(), TestWorld())
    #expect(text.run(["journal", "verify", sample.data + part]) == .success)
    #expect(text.output.hasPrefix("good: 3 records in 3 batches"))
    #expect(json.run(["journal", "verify", sample.data + part, "--json"]) == .success)
    #expect(json.output.contains(#""damaged":false"#))
    #expect(json.output.contains(#""records":3,"durable_sequence":3"#))
  }

  @Test func `a flipped byte is found with its place, and exits 1`() throws {
    let sample = try Sample()
    let file = try File.open(try sample.segment)
    // Somewhere in the second record's body: the sample's bodies end in their number.
    let bytes = try file.read(1 << 16, at: 0)
    let at = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x00, 0xFF, 0x02]) })
    try file.write([0x77].span, at: Int64(at))
    let (text, json) = (TestWorld(), TestWorld())
    #expect(text.run(["journal", "verify", sample.data]) == .refused)
    #expect(text.output.contains("damaged: segment "))
    #expect(json.run(["journal", "verify", sample.data, "--json"]) == .refused)
    #expect(json.output.contains(#""damaged":true"#))
    #expect(json.output.contains(#""problems":[{"segment":"#))
  }

  @Test func `repair leaves damage alone, and goes on without it when told to`() throws {
    let sample = try Sample()
    let file = try File.open(try sample.segment)
    let bytes = try file.read(1 << 16, at: 0)
    let at = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x00, 0xFF, 0x02]) })
    try file.write([0x77].span, at: Int64(at))
    let refused = TestWorld()
    #expect(refused.run(["journal", "repair", sample.data]) == .refused)
    #expect(refused.output == "" && refused.error.contains("nothing was changed"))
    let both = TestWorld()
    #expect(both.run(["journal", "repair", sample.data, "--tail-only", "--accept-loss"]) == .usage)
    let text = TestWorld()
    #expect(text.run(["journal", "repair", sample.data, "--accept-loss"]) == .success)
    #expect(text.output.contains("lost: events 2 to 2 (damaged)\n"))
    #expect(text.output.contains("closed cleanly, durable to sequence 3\n"))
    let json = TestWorld()
    #expect(json.run(["journal", "repair", sample.data, "--accept-loss", "--json"]) == .success)
    #expect(json.output.contains(#""gaps":[{"from":2,"to":2,"reason":"damaged"}]"#))
    let dump = TestWorld()
    #expect(dump.run(["journal", "dump", sample.data]) == .success)
    #expect(lines(dump.output).count == 2)
    let nothing = TestWorld()
    #expect(nothing.run(["journal", "repair", sample.data + "-none"]) == .usage)
  }

  @Test func `stat counts events by source`() throws {
    let sample = try Sample()
    let world = TestWorld()
    #expect(world.run(["journal", "stat", sample.data, "--json"]) == .success)
    #expect(world.output.contains(#""events":3,"first_sequence":1,"durable_sequence":3"#))
    #expect(world.output.contains(#""sources":{"github":2,"stripe":1}"#))
    #expect(world.output.contains(#""in_use":false"#))
  }

  @Test func `dump prints a line for each event, bodies only when asked for`() throws {
    let sample = try Sample()
    let world = TestWorld()
    #expect(world.run(["journal", "dump", sample.data]) == .success)
    let printed = lines(world.output)
    #expect(printed.count == 3)
    #expect(
      printed[0].hasPrefix(#"{"sequence":1,"source":"github","origin":"push","event_id":null,"#)
    )
    #expect(printed[0].contains(#""headers":[["Content-Type","text/plain"],["X","two words"]]"#))
    #expect(
      printed[0].contains(#""received_at":"2026-01-02T03:04:05.000001Z","provider_time":null"#)
    )
    #expect(printed[2].contains(#""flags":["conflict"]"#))
    #expect(!world.output.contains("\"body\""))
    let bodies = TestWorld()
    #expect(bodies.run(["journal", "dump", sample.data, "--bodies"]) == .success)
    #expect(lines(bodies.output)[1].contains(#""size":3,"#))
    #expect(lines(bodies.output)[1].hasSuffix(#""body":"AP8C"}"#))
  }

  @Test(
    arguments: [
      (["--source", "github"], 2), (["--source", "stripe", "--type", "push"], 1),
      (["--type", "push"], 3), (["--type", "pull"], 0), (["--source", "git"], 0),
      (["--from", "2"], 2), (["--to", "2"], 2), (["--from", "2", "--to", "2"], 1),
      (["--from", "4"], 0),
    ] as [([String], Int)]
  )
  func `dump's filters leave out what they should`(filter: [String], count: Int) throws {
    let sample = try Sample()
    let world = TestWorld()
    #expect(world.run(["journal", "dump", sample.data] + filter) == .success)
    #expect(lines(world.output).count == count)
  }

  @Test func `a source that the journal does not know is said on standard error`() throws {
    let sample = try Sample()
    let world = TestWorld()
    #expect(world.run(["journal", "dump", sample.data, "--source", "typo"]) == .success)
    #expect(world.output == "")
    #expect(
      world.error
        == "webhook-sidecar: no record is of the source typo; there are some of github, stripe\n"
    )
  }

  @Test(
    arguments: [[], ["--source", "github"], ["--source", "stripe", "--type", "none"]]
      as [[String]]
  )
  func `of a source that it knows nothing is said`(filter: [String]) throws {
    let sample = try Sample()
    let world = TestWorld()
    #expect(world.run(["journal", "dump", sample.data] + filter) == .success)
    #expect(world.error == "")
  }

  @Test(arguments: ["verify", "stat", "dump"])
  func `a directory without a journal is wrong usage`(command: String) throws {
    let world = TestWorld()
    #expect(world.run(["journal", command, "/nowhere/at/all"]) == .usage)
    #expect(world.error.contains("there is no journal in /nowhere/at/all"))
    #expect(world.output == "")
  }
}
