package import WebhookReceiver

/// A checkpoint as it is kept: JSON, bound to its source and plan (C12).
extension Checkpoint {
  /// Why bytes are no checkpoint of this plan.
  package enum Refusal: Error, Equatable, Sendable {
    /// Of another source, or damaged.
    case foreign
    /// Of an earlier plan of this source: its cursor means nothing now, its times still do.
    case otherPlan(watermark: Timestamp?, floor: Timestamp?)
  }

  private static let version = 1
  /// Cursors, anchors and hashes at their limits, and room; a state map is no place for more.
  package static let bytesMax = 64 << 10

  package func encode(source: String, planHash: String) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("version")
    writer.int(Self.version)
    writer.key("source")
    writer.string(source)
    writer.key("plan")
    writer.string(planHash)
    write("watermark", watermark, &writer)
    write("floor", floor, &writer)
    write("armed", armed, &writer)
    if let cursor { Self.write(cursor, &writer) }
    Self.write("anchors", anchors, &writer)
    Self.write("floor_ids", floorIDs.map { String($0, radix: 36) }, &writer)
    if let etag {
      writer.key("etag")
      writer.string(etag)
    }
    if let resume { write(resume, &writer) }
    writer.endObject()
    return writer.bytes
  }

  package static func decode(
    _ bytes: [UInt8],
    source: String,
    planHash: String
  ) throws(Refusal) -> Checkpoint {
    guard bytes.count <= bytesMax, let value = try? JSONValue.parse(bytes),
      value["version"]?.int == version, value["source"]?.string == source
    else { throw .foreign }
    var checkpoint = Checkpoint()
    checkpoint.watermark = time(value["watermark"])
    checkpoint.floor = time(value["floor"])
    checkpoint.armed = time(value["armed"])
    guard value["plan"]?.string == planHash else {
      throw .otherPlan(watermark: checkpoint.watermark, floor: checkpoint.floor)
    }
    if let kind = value["cursor"]?["kind"]?.string, let text = value["cursor"]?["text"]?.string {
      switch kind {
      case "id": checkpoint.cursor = .id(text)
      case "token": checkpoint.cursor = .token(text)
      case "url": checkpoint.cursor = .url(text)
      default: throw .foreign
      }
    }
    checkpoint.anchors = texts(value["anchors"])
    checkpoint.floorIDs = texts(value["floor_ids"]).compactMap { UInt64($0, radix: 36) }
    checkpoint.etag = value["etag"]?.string
    checkpoint.resume = value["resume"].flatMap { resume($0) }
    return checkpoint
  }

  // MARK: Parts

  private func write(_ key: String, _ time: Timestamp?, _ writer: inout JSONWriter) {
    guard let time else { return }
    writer.key(key)
    writer.int(time.microseconds)
  }

  private static func write(_ key: String, _ texts: [String], _ writer: inout JSONWriter) {
    guard !texts.isEmpty else { return }
    writer.key(key)
    writer.beginArray()
    for text in texts { writer.string(text) }
    writer.endArray()
  }

  private static func write(_ cursor: Cursor, _ writer: inout JSONWriter) {
    writer.key("cursor")
    writer.beginObject()
    writer.key("kind")
    let text: String
    switch cursor {
    case .id(let id):
      writer.string("id")
      text = id
    case .token(let token):
      writer.string("token")
      text = token
    case .url(let url):
      writer.string("url")
      text = url
    }
    writer.key("text")
    writer.string(text)
    writer.endObject()
  }

  private func write(_ resume: Resume, _ writer: inout JSONWriter) {
    writer.key("resume")
    writer.beginObject()
    writer.key("position")
    resume.position.write(to: &writer)
    write("target", resume.target, &writer)
    write("newest", resume.newest, &writer)
    write("held", resume.held, &writer)
    Self.write("anchors", resume.anchors, &writer)
    writer.key("down")
    writer.bool(resume.isDown)
    writer.key("blocked")
    writer.bool(resume.isBlocked)
    writer.key("attempts")
    writer.int(resume.attempts)
    writer.endObject()
  }

  private static func resume(_ value: JSONValue) -> Resume? {
    guard let position = value["position"].flatMap({ Position($0) }) else { return nil }
    return Resume(
      position: position,
      target: time(value["target"]),
      newest: time(value["newest"]),
      held: time(value["held"]),
      anchors: texts(value["anchors"]),
      isDown: value["down"]?.bool ?? true,
      isBlocked: value["blocked"]?.bool ?? false,
      attempts: value["attempts"]?.int ?? 0
    )
  }

  static func time(_ value: JSONValue?) -> Timestamp? {
    value?.int.map { Timestamp(microseconds: Int64($0)) }
  }

  private static func texts(_ value: JSONValue?) -> [String] {
    value?.array?.compactMap(\.string) ?? []
  }
}

extension Position {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.beginArray()
    switch self {
    case .start: writer.string("start")
    case .prime: writer.string("prime")
    case .url(let url):
      writer.string("url")
      writer.string(url)
    case .cursor(let text):
      writer.string("cursor")
      writer.string(text)
    case .older(let text):
      writer.string("older")
      writer.string(text)
    case .page(let number):
      writer.string("page")
      writer.int(number)
    case .offset(let number):
      writer.string("offset")
      writer.int(number)
    case .window(let from, let to):
      writer.string("window")
      writer.int(from.microseconds)
      writer.int(to.microseconds)
    }
    writer.endArray()
  }

  fileprivate init?(_ value: JSONValue) {
    guard let parts = value.array, let kind = parts.first?.string else { return nil }
    let text = parts.count > 1 ? parts[1].string : nil
    let number = parts.count > 1 ? parts[1].int : nil
    switch kind {
    case "start": self = .start
    case "prime": self = .prime
    case "url":
      guard let text, text.hasPrefix("/") else { return nil }
      self = .url(text)
    case "cursor":
      guard let text else { return nil }
      self = .cursor(text)
    case "older":
      guard let text else { return nil }
      self = .older(text)
    case "page":
      guard let number else { return nil }
      self = .page(number)
    case "offset":
      guard let number else { return nil }
      self = .offset(number)
    case "window":
      guard parts.count > 2, let from = Checkpoint.time(parts[1]),
        let to = Checkpoint.time(parts[2])
      else { return nil }
      self = .window(from: from, to: to)
    default: return nil
    }
  }
}

extension PollPlan {
  /// Names what a cursor depends on: another list, another order or another idea of ids, and the
  /// old cursor means something else.
  package var hash: String {
    var hasher = SHA256Hasher()
    let body = request.body.map { String(decoding: $0, as: UTF8.self) } ?? ""
    let parts = [
      kind.rawValue, request.method.rawValue, request.url.description, body, paging.name, id.text,
      version?.text ?? "", items.map(\.text).joined(separator: " "),
    ]
    for part in parts { hasher.update(Array("\(part.utf8.count):\(part)".utf8)) }
    return Hex.encode(Array(hasher.digest().prefix(8)))
  }
}
