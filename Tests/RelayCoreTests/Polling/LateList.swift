import RelayCore
import WebhookReceiver

/// The list of the design's simulation: one event in ten seconds or so, two in a hundred of them
/// visible up to two minutes late; newest first.
///
/// As `ScriptedProvider` with links, and made for thousands of walks: what a walk can reach is
/// sorted once, and items are written once.
struct LateList {
  /// Items of a page: one that reaches far back would be an overlap of its own, and hide what is
  /// asked.
  private let limit: Int
  /// How far back a walk may look behind the last one: overlap, settle time and lateness.
  static let reach: Int64 = 700

  private struct Event {
    let created: Int64
    let visible: Int64
    let text: [UInt8]
  }

  private var events: [Event] = []
  private var first = 0
  /// What is listed now, newest first.
  private var listed: [Int] = []
  private var date = PollResponse.Field("Date", "")
  /// When the last event happens.
  let end: Int64

  init(count: Int, limit: Int, _ random: inout SplitMix) {
    self.limit = limit
    var time = PollBench.epoch
    for index in 0..<count {
      time += Int64.random(in: 1...19, using: &random)
      let isLate = Int.random(in: 0..<100, using: &random) < 2
      let lag = isLate ? Int64.random(in: 1...120, using: &random) : 0
      let text = "{\"id\":\"\(index)\",\"created\":\(time)}"
      events.append(Event(created: time, visible: time + lag, text: Array(text.utf8)))
    }
    end = time
  }

  /// Time has come to `now`; what is older than `reach` no walk asks for.
  mutating func look(at now: Int64, reach: Int64) {
    while first < events.count, events[first].created < now - reach { first += 1 }
    listed.removeAll(keepingCapacity: true)
    var index = first
    while index < events.count, events[index].created <= now {
      if events[index].visible <= now { listed.append(index) }
      index += 1
    }
    listed.reverse()
    date = ScriptedProvider.date(now)
  }

  func page(_ call: PollCall) -> PollResponse {
    let start = ScriptedProvider.Query(call.url.target)["cursor"].flatMap { Int($0) } ?? 0
    let items = listed.dropFirst(start).prefix(limit)
    var body = Array("{\"data\":[".utf8)
    for (number, index) in items.enumerated() {
      if number > 0 { body.append(UInt8(ascii: ",")) }
      body += events[index].text
    }
    body += Array("]}".utf8)
    var fields = [date, ScriptedProvider.jsonType]
    if start + items.count < listed.count {
      fields.append(PollResponse.Field("Link", "</events?cursor=\(start + items.count)>; rel=next"))
    }
    return PollResponse(status: 200, fields: fields, body: body)
  }
}
