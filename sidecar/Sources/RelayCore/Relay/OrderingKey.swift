internal import WebhookReceiver

/// What deliveries wait for each other by (contract §3 `ordering`).
package enum OrderingKey {
  /// Returns a number that stands for the key: 0 where there is none, and nothing is waited for.
  ///
  /// An event that lacks the place has no key. Two keys that give one number wait for each other
  /// without need; nothing worse.
  package static func make(
    _ ordering: DeliveryOrdering,
    source: String,
    headerBlock: [UInt8],
    body: [UInt8]
  ) -> UInt64 {
    switch ordering {
    case .none: return 0
    case .source: return number([UInt8(ascii: "s")] + Array(source.utf8))
    case .key(let place):
      guard let value = value(at: place, headerBlock, body) else { return 0 }
      return number([UInt8(ascii: "k")] + Array(source.utf8) + [0] + value)
    }
  }

  private static func value(
    at place: DeliveryOrdering.Place,
    _ headerBlock: [UInt8],
    _ body: [UInt8]
  ) -> [UInt8]? {
    switch place {
    case .header(let name):
      return HeaderBlock(headerBlock).first(name).map { Array($0.value) }
    case .pointer(let pointer):
      let hits = PointerSet([pointer])?.locate(in: body.span)
      guard let hit = hits?[0] else { return nil }
      return JSONScalar(hit, in: body.span)?.text.map { Array($0.utf8) }
    }
  }

  private static func number(_ bytes: [UInt8]) -> UInt64 {
    let digest = SHA256.digest(bytes.span)
    let number = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return number == 0 ? 1 : number
  }
}
