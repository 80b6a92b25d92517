internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import WebhookReceiver

/// A named work queue: each event to one worker at a time.
final class LeaseConsumer {
  let name: String
  /// Empty: every source.
  let sources: [String]
  /// Microseconds since 1970; a consumer that was deleted and made again is another one.
  let createdAt: Int64
  /// What its lease ids and cursors are bound to.
  let binding: UInt64
  var table: LeaseTable

  /// Requests that wait for an event, the longest first.
  var waiters: [LeaseWaiter] = []
  /// Answers that wait until the changes behind them are durable.
  var answers: [LeaseAnswer] = []
  /// Changes of it are on their way to the disk.
  var isSaving = false
  /// It is not on the disk yet.
  var isNew: Bool
  /// The last changes found no room: nothing is tried before somebody asks.
  var isRefused = false

  init(
    name: String,
    sources: [String],
    createdAt: Int64,
    table: LeaseTable,
    isNew: Bool,
    codec: CursorCodec
  ) {
    self.name = name
    self.sources = sources
    self.createdAt = createdAt
    self.table = table
    self.isNew = isNew
    binding = codec.binding(["lease", name, String(createdAt)])
  }

  /// Everything that it has said is on the disk.
  var isSaved: Bool { !isSaving && !table.needsSaving }

  // MARK: The state map

  /// Under this prefix, name and creation, and then the sequence.
  static let entryPrefix = "lease/"

  func key(_ sequence: UInt64) -> String { "\(entriesKey)\(sequence)" }

  var entriesKey: String { "\(Self.entryPrefix)\(name)/\(createdAt)/" }

  /// What is kept under the consumer's own key.
  func encode() -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("version")
    writer.int(1)
    writer.key("mode")
    writer.string("lease")
    writer.key("sources")
    writer.beginArray()
    for source in sources { writer.string(source) }
    writer.endArray()
    for (key, value) in [
      ("frontier", Int(clamping: table.frontier)), ("lost", Int(clamping: table.lost)),
      ("max_attempts", Int(table.attemptsMax)), ("created_at", Int(createdAt)),
    ] {
      writer.key(key)
      writer.int(value)
    }
    writer.endObject()
    return writer.bytes
  }

  /// What a start finds; the entries come from keys of their own.
  struct Record {
    let sources: [String]
    let frontier: UInt64
    let lost: UInt64
    let attemptsMax: UInt32
    let createdAt: Int64

    /// Returns nil for bytes of another mode, or another version of this software.
    init?(_ bytes: [UInt8]) {
      guard
        let value = try? JSONValue.parse(bytes), value["version"]?.int == 1,
        value["mode"]?.string == "lease",
        let sources = value["sources"]?.array,
        let frontier = value["frontier"]?.int,
        let lost = value["lost"]?.int,
        let attempts = value["max_attempts"]?.int, attempts > 0,
        let createdAt = value["created_at"]?.int
      else { return nil }
      self.sources = sources.compactMap(\.string)
      self.frontier = UInt64(clamping: frontier)
      self.lost = UInt64(clamping: lost)
      attemptsMax = UInt32(clamping: attempts)
      self.createdAt = Int64(createdAt)
    }
  }
}

/// A request that waits for something to lease.
struct LeaseWaiter {
  let connection: ConnectionID
  let wanted: LeaseRequest.Lease
  let form: BodyForm
  /// Monotonic nanoseconds.
  let deadline: Int64
}

/// An answer that waits for the disk.
struct LeaseAnswer {
  let connection: ConnectionID
  let response: Response
  /// What it hands out: taken back when nobody is there to take it.
  let receipts: [LeaseTable.Receipt]
}
