import Foundation
import RelayConfiguration
import RelayCore
import RelayServer
import Testing
import WebhookReceiver

@Suite("Access log") struct AccessLogTests {
  private func entry(_ address: String = "192.0.2.1", isEarned: Bool = false) -> AccessEntry {
    var entry = AccessEntry(
      at: Timestamp(microseconds: 1_700_000_000_000_000),
      .ingress,
      address: address,
      bytesIn: 120,
      bytesOut: 80,
      nanoseconds: 1_234_567
    )
    entry.isEarned = isEarned
    return entry
  }

  private func json(_ entry: AccessEntry) throws -> [String: Any] {
    let line = entry.line(.json)
    #expect(line.last == 0x0A && line.count(where: { $0 == 0x0A }) == 1)
    return try #require(
      JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
    )
  }

  @Test func `a line says what is known, and nothing of what is not`() throws {
    var entry = entry()
    #expect(
      Set(try json(entry).keys) == [
        "time", "level", "event", "surface", "address", "bytes_in", "bytes_out", "duration_us",
      ]
    )
    entry.method = "POST"
    entry.path = "/in/github"
    entry.status = 200
    entry.source = "github"
    entry.id = "e1"
    entry.isDuplicate = true
    entry.traceID = "0af7651916cd43dd8448eb211c80319c"
    entry.tls = "TLSv1.3"
    entry.clientName = "hooks.example.com"
    let fields = try json(entry)
    #expect(fields["event"] as? String == "request" && fields["level"] as? String == "info")
    #expect(fields["duration_us"] as? Int == 1234 && fields["status"] as? Int == 200)
    #expect(fields["duplicate"] as? Bool == true && fields["id"] as? String == "e1")
    #expect(fields["reason"] == nil && fields["tls"] as? String == "TLSv1.3")
  }

  @Test func `a path that holds everything stays one line in both forms`() throws {
    var entry = entry()
    let path = "/in/\u{1}\n\r\"\\\u{7f}\u{fffd} status=200"
    entry.path = path
    #expect(try json(entry)["path"] as? String == path)
    let text = String(decoding: entry.line(.text), as: UTF8.self)
    #expect(text.count { $0.isNewline } == 1 && text.hasSuffix("duration_us=1234\n"))
  }

  @Test func `the longest line goes through a pipe in one piece`() {
    var entry = entry(String(repeating: "a", count: 5000))
    let worst = String(repeating: "\u{1}", count: 5000)
    entry.method = worst
    entry.path = worst
    entry.source = worst
    entry.reason = worst
    entry.clientName = worst
    #expect(entry.line(.json).count <= 4096)
    #expect(entry.line(.text).count <= 4096)
  }

  @Test func `lines beyond the bound are dropped and counted`() {
    let counters = LogCounters()
    let log = AccessLog(isWanted: true, counters)
    for _ in 0..<AccessLog.waitingMax + 3 { log.note(entry(isEarned: true), atSecond: 1) }
    let batch = log.take()
    #expect(batch.entries.count == AccessLog.waitingMax && batch.lost == 3)
    #expect(counters.count(.lost, of: .access) == 3)
    // There is room again, and what was lost is said once.
    log.note(entry(isEarned: true), atSecond: 1)
    let next = log.take()
    #expect(next.entries.count == 1 && next.lost == 0)
  }

  @Test func `a flood is rationed, and takes nothing from what is earned`() {
    let counters = LogCounters()
    let log = AccessLog(isWanted: true, counters)
    for _ in 0..<1000 {
      log.note(entry(), atSecond: 1)
      log.note(entry(isEarned: true), atSecond: 1)
    }
    let batch = log.take()
    let suppressed = 1000 - LineRation.addressLinesMax
    #expect(batch.entries.count { $0.isEarned } == 1000)
    #expect(batch.suppressed == suppressed && batch.lost == 0)
    #expect(counters.count(.suppressed, of: .access) == UInt64(suppressed))
    #expect(counters.count(.suppressed, of: .events) == 0)
  }

  @Test func `every series is there from the start`() {
    let counters = LogCounters()
    counters.add(2, to: .lost, of: .access)
    counters.add(3, to: .suppressed, of: .events)
    let series = MetricsText.log(counters).split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(
      series == [
        "webhook_receiver_access_lines_total 0",
        "webhook_receiver_log_lines_lost_total{kind=\"events\"} 0",
        "webhook_receiver_log_lines_lost_total{kind=\"access\"} 2",
        "webhook_receiver_log_lines_suppressed_total{kind=\"events\"} 3",
        "webhook_receiver_log_lines_suppressed_total{kind=\"access\"} 0",
      ]
    )
  }
}
