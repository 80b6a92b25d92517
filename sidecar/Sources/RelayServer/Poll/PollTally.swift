package import RelayCore
package import RelayJournal
internal import WebhookReceiver

/// What polling has repaired of one source, and is kept across restarts.
package struct PollTally: Equatable, Sendable {
  /// Another form of a stored event: the provider's list and its deliveries differ legitimately.
  package struct OtherForm: Equatable, Sendable {
    package let sequence: UInt64
    package let origin: Origin
    package let digest: [UInt8]

    package init(sequence: UInt64, origin: Origin, digest: [UInt8]) {
      self.sequence = sequence
      self.origin = origin
      self.digest = digest
    }
  }

  /// Events that polling brought; those that were pushed later are among them.
  package var found: UInt64 = 0
  /// Of those, the ones that were pushed after all.
  package var late: UInt64 = 0
  /// Every polled event up to here is counted.
  package var through: UInt64 = 0
  /// The hashes of the other forms, newest last (M4).
  ///
  /// Bounded: it is a place to look, and no log.
  package var others: [OtherForm] = []
  /// The last events that were counted as late: a provider that got no answer delivers again.
  package private(set) var lateSequences: [UInt64] = []
  package var gaps: [GapRecord] = []

  package init() {}

  /// As many as somebody looks through by hand.
  package static let othersMax = 64
  package static let gapsMax = 32
  /// All of the largest delivery, beside more than are on their way when a process is killed; each
  /// costs bytes in every write.
  package static let lateSequencesMax = ItemPlan.itemsMax + 512

  /// Events that no push brought.
  package var recovered: UInt64 { found - min(late, found) }

  package mutating func add(_ form: OtherForm) {
    guard !others.contains(where: { $0.sequence == form.sequence && $0.origin == form.origin })
    else { return }
    if others.count >= Self.othersMax { others.removeFirst() }
    others.append(form)
  }

  /// Counts an event that was pushed after all; false for one that is counted already.
  package mutating func addLate(_ sequence: UInt64) -> Bool {
    guard !lateSequences.contains(sequence) else { return false }
    if lateSequences.count >= Self.lateSequencesMax { lateSequences.removeFirst() }
    lateSequences.append(sequence)
    late += 1
    return true
  }

  package mutating func add(_ gap: GapRecord) {
    if gaps.count >= Self.gapsMax { gaps.removeFirst() }
    gaps.append(gap)
  }
}

extension PollTally {
  static func key(_ source: String) -> String { "poll/\(source)/tally" }

  package func encode() -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    for (key, value) in [("version", 1), ("found", found), ("late", late), ("through", through)] {
      writer.key(key)
      writer.int(value)
    }
    writer.key("others")
    writer.beginArray()
    for form in others {
      writer.string("\(form.sequence) \(form.origin.word) \(Hex.encode(form.digest))")
    }
    writer.endArray()
    writer.key("late_sequences")
    writer.beginArray()
    for sequence in lateSequences { writer.int(sequence) }
    writer.endArray()
    writer.key("gaps")
    writer.beginArray()
    for gap in gaps {
      writer.beginObject()
      writer.key("reason")
      writer.string(gap.reason.rawValue)
      for (key, time) in [("from", gap.from), ("to", gap.to), ("noted_at", gap.notedAt)] {
        guard let time else { continue }
        writer.key(key)
        writer.int(time.microseconds)
      }
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    return writer.bytes
  }

  /// Nil for bytes of another version of this software.
  package init?(_ bytes: [UInt8]) {
    guard let value = try? JSONValue.parse(bytes), value["version"]?.int == 1,
      let found = value["found"]?.int, let late = value["late"]?.int,
      let through = value["through"]?.int
    else { return nil }
    self.found = UInt64(clamping: found)
    self.late = UInt64(clamping: late)
    self.through = UInt64(clamping: through)
    others = (value["others"]?.array ?? []).compactMap { $0.string.flatMap { Self.form($0) } }
    lateSequences = (value["late_sequences"]?.array ?? [])
      .compactMap { $0.int.map { UInt64(clamping: $0) } }
    gaps = (value["gaps"]?.array ?? []).compactMap { Self.gap($0) }
  }

  private static func form(_ text: String) -> OtherForm? {
    let parts = text.split(separator: " ")
    guard parts.count == 3, let sequence = UInt64(parts[0]),
      let origin = Origin(word: String(parts[1])),
      let digest = Hex.decode(String(parts[2]), lowercaseOnly: true)
    else { return nil }
    return OtherForm(sequence: sequence, origin: origin, digest: digest)
  }

  private static func gap(_ value: JSONValue) -> GapRecord? {
    func time(_ key: String) -> Timestamp? {
      value[key]?.int.map { Timestamp(microseconds: Int64($0)) }
    }
    guard let reason = value["reason"]?.string.flatMap({ GapRecord.Reason(rawValue: $0) }),
      let notedAt = time("noted_at")
    else { return nil }
    return GapRecord(reason: reason, from: time("from"), to: time("to"), notedAt: notedAt)
  }
}
