internal import RelayCore
internal import RelayJournal
internal import WebhookReceiver

/// A named reader with a durable position: a consumer of mode `cursor`.
struct Consumer: Equatable, Sendable {
  let name: String
  /// Empty: every source.
  var sources: [String]
  var position: ConsumerPosition
  /// Microseconds since 1970.
  let createdAt: Int64

  /// What is kept in the journal's state map.
  func encode() -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("version")
    writer.int(1)
    writer.key("mode")
    writer.string("cursor")
    writer.key("sources")
    writer.beginArray()
    for source in sources { writer.string(source) }
    writer.endArray()
    writer.key("sequence")
    writer.int(Int(clamping: position.sequence))
    writer.key("generation")
    writer.int(Int(clamping: position.generation))
    // As text: a nonce uses all 64 bits, more than a JSON number carries everywhere.
    writer.key("nonce")
    writer.string(String(position.committedNonce))
    writer.key("created_at")
    writer.int(Int(createdAt))
    writer.endObject()
    return writer.bytes
  }

  /// Returns nil for bytes of another version of this software.
  static func decode(_ bytes: [UInt8], name: String) -> Consumer? {
    guard
      let value = try? JSONValue.parse(bytes), value["version"]?.int == 1,
      value["mode"]?.string == "cursor",
      let sources = value["sources"]?.array,
      let sequence = value["sequence"]?.int,
      let generation = value["generation"]?.int,
      let nonce = value["nonce"]?.string.flatMap({ UInt64($0) }),
      let createdAt = value["created_at"]?.int
    else { return nil }
    return Consumer(
      name: name,
      sources: sources.compactMap(\.string),
      position: ConsumerPosition(
        sequence: UInt64(clamping: sequence),
        generation: UInt64(clamping: generation),
        committedNonce: nonce
      ),
      createdAt: Int64(createdAt)
    )
  }
}

/// All consumers of mode `cursor`, as the API's thread knows them.
///
/// The durable copy is the journal's.
final class ConsumerBook {
  /// Positions are kept in memory and in each snapshot: bounded, and far above what one service
  /// needs.
  static let consumersMax = 1000
  static let nameBytesMax = 64
  private static let keyPrefix = "consumer/"

  private(set) var consumers: [String: Consumer] = [:]

  init(state: [String: [UInt8]], log: Log) {
    for (key, value) in state {
      guard let name = Self.name(key), LeaseConsumer.Record(value) == nil else { continue }
      if let consumer = Consumer.decode(value, name: name) {
        consumers[name] = consumer
      } else {
        log.error("consumer_unreadable", ["name": .text(name)])
      }
    }
  }

  static func key(_ name: String) -> String { keyPrefix + name }

  /// The consumer that an entry of the state map belongs to, or nil.
  static func name(_ key: String) -> String? {
    key.hasPrefix(keyPrefix) ? String(key.dropFirst(keyPrefix.count)) : nil
  }

  static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= nameBytesMax
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
        default: false
        }
      }
  }

  subscript(name: String) -> Consumer? {
    get { consumers[name] }
    set { consumers[name] = newValue }
  }
}
