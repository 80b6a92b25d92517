internal import RelayCore
internal import RelayJournal
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// The journal thread's book of polled sources: what is counted, and what the poller is told when
/// it is durable.
final class PollLedger {
  private let names: [String]
  private let places: [String: Int]
  private let link: PollLink
  private var tallies: [PollTally]
  private var changed: Set<Int> = []
  private var news: [Int]
  private var late: [[UInt64]]
  private var messages: [OutboundMessage<PollMessage>] = []

  init(_ link: PollLink, tallies: [PollTally]) {
    self.link = link
    self.tallies = tallies
    names = link.names
    places = Dictionary(
      names.enumerated().map { ($0.element, $0.offset) },
      uniquingKeysWith: { first, _ in first }
    )
    news = names.map { _ in 0 }
    late = names.map { _ in [] }
    for (index, tally) in tallies.enumerated() { link.boards[index].publish(tally) }
  }

  func index(of source: String) -> Int? { places.isEmpty ? nil : places[source] }

  /// A delivery became an event.
  func pushed(_ source: String) {
    guard let index = index(of: source) else { return }
    news[index] += 1
  }

  func stored(_ source: Int, _ sequence: UInt64, isOurs: Bool) {
    if isOurs { tallies[source].found += 1 }
    changed.insert(source)
  }

  /// The same event in another form; by push, it is one that polling had brought.
  func duplicate(_ source: Int, of sequence: UInt64, by origin: Origin, _ digest: [UInt8]) {
    tallies[source].add(PollTally.OtherForm(sequence: sequence, origin: origin, digest: digest))
    guard origin == .push, tallies[source].addLate(sequence) else { return }
    late[source].append(sequence)
    changed.insert(source)
  }

  func note(
    _ gaps: [GapRecord],
    of source: Int,
    in journal: Journal
  ) throws(JournalError) {
    guard !gaps.isEmpty else { return }
    for gap in gaps { tallies[source].add(gap) }
    changed.insert(source)
    // With the checkpoint, or not at all: the walk would come again and find the same hole.
    try journal.stageState(key: PollTally.key(names[source]), value: tallies[source].encode())
  }

  /// Said when the batch is durable.
  func tell(_ message: PollMessage) { messages.append(.owner(message)) }

  /// What is to be staged with the batch; `through` is the last event that it holds.
  func takeChanged(through: UInt64) -> [(key: String, value: [UInt8])] {
    guard !changed.isEmpty else { return [] }
    defer { changed.removeAll() }
    return changed.sorted().map { index in
      tallies[index].through = max(tallies[index].through, through)
      link.boards[index].publish(tallies[index])
      return (PollTally.key(names[index]), tallies[index].encode())
    }
  }

  /// After the commit.
  func release() {
    for index in names.indices where news[index] > 0 || !late[index].isEmpty {
      messages.append(.owner(.pushes(source: index, new: news[index], late: late[index])))
      news[index] = 0
      late[index].removeAll()
    }
    guard !messages.isEmpty else { return }
    link.inbox.post(contentsOf: messages)
    messages.removeAll()
  }

  /// Counts what the last run stored and did not count: the events are durable a moment before the
  /// count is.
  ///
  /// `since` is when the source began to be polled: what happened before was never lost. A tally is
  /// written before the first walk, so that no more than one run is ever read again.
  static func restore(
    _ saved: PollTally,
    of source: String,
    since: Timestamp?,
    reader: JournalReader
  ) throws(JournalError) -> PollTally {
    var tally = saved
    let bounds = reader.bounds
    var next = max(tally.through + 1, bounds.first)
    while next <= bounds.durable {
      let page = try reader.read(
        from: next,
        order: .ascending,
        limit: ReadLimit(events: 1000, bytes: 1 << 20, scanned: 100_000),
        body: false,
        where: { $0.source == source && $0.origin == .poll }
      )
      for case .event(let event) in page.entries {
        let time = event.providerTime.map { Timestamp(microseconds: $0) }
        let isOurs = time.map { time in since.map { time >= $0 } ?? true } ?? true
        if isOurs { tally.found += 1 }
      }
      guard page.next > next else { break }
      next = page.next
    }
    tally.through = max(tally.through, bounds.durable)
    return tally
  }
}
