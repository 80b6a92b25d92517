/// Takes values out of a JSON document in one pass, and validates all of it.
///
/// One scanner serves verification, identity and handshakes: two parsers disagree about repeated
/// keys and large numbers, and then one event has two ids. A repeated key means its last value,
/// as in most parsers. A document that is not valid to its last byte has no values at all.
///
/// Who wants a document whole, and no repeated keys in it, takes a `JSONValue`, which `JSONReader`
/// reads token by token.
///
/// Whoever looks for the same pointers again and again makes a `PointerSet` once.
package enum JSONScanner {
  /// The scalar that `pointer` names; nil when there is none, or the document is not valid.
  package static func scalar(at pointer: JSONPointer, in text: Span<UInt8>) -> JSONScalar? {
    scalars(at: [pointer], in: text)[0]
  }

  /// The scalars that the pointers name, in their order; all nil when the document is not valid.
  package static func scalars(at pointers: [JSONPointer], in text: Span<UInt8>) -> [JSONScalar?] {
    find(pointers, in: text) ?? Array(repeating: nil, count: pointers.count)
  }

  /// Whether the bytes are one JSON document.
  package static func isValid(_ text: Span<UInt8>) -> Bool {
    find([], in: text) != nil
  }

  /// The scalars that the pointers name, or what is wrong with the document, and where.
  package static func scan(
    _ text: Span<UInt8>,
    for pointers: [JSONPointer]
  ) throws(JSONError) -> [JSONScalar?] {
    if let scalars = find(pointers, in: text) { return scalars }
    throw error(in: text)
  }

  /// The values that the pattern names; nil when the document is not valid.
  package static func matches(
    of pattern: JSONPattern,
    in text: Span<UInt8>,
    max: Int
  ) -> JSONMatches? {
    var sink = MatchSink(pattern, max: max)
    return JSONWalk.run(text, pattern.paths, into: &sink) ? sink.matches : nil
  }

  /// The values that the pattern names, for those who must not take others than the next reader:
  /// nil also when one was found under a name that occurs twice, and when there are too many.
  package static func unambiguousMatches(
    of pattern: JSONPattern,
    in text: Span<UInt8>,
    max: Int
  ) -> [JSONHit]? {
    var sink = MatchSink(pattern, max: max)
    guard JSONWalk.run(text, pattern.paths, into: &sink), !sink.hasRepetition,
      case .all(let hits) = sink.matches
    else { return nil }
    return hits
  }

  /// More pointers than a set holds take one pass for each set.
  private static func find(_ pointers: [JSONPointer], in text: Span<UInt8>) -> [JSONScalar?]? {
    var scalars: [JSONScalar?] = []
    scalars.reserveCapacity(pointers.count)
    repeat {
      let some = Array(pointers[scalars.count...].prefix(PointerSet.countMax))
      guard let hits = PointerSet(some)?.locate(in: text) else { return nil }
      for index in some.indices {
        scalars.append(hits[index].flatMap { JSONScalar($0, in: text) })
      }
    } while scalars.count < pointers.count
    return scalars
  }

  /// What the reader objects to, which goes token by token and knows where it is.
  ///
  /// Only a refused document is read a second time.
  private static func error(in text: Span<UInt8>) -> JSONError {
    var reader = JSONReader(text)
    do throws(JSONError) {
      while try reader.next() != .end {}
    } catch {
      return error
    }
    // The tests hold that both refuse the same documents.
    return JSONError(.unexpectedByte, at: text.count)
  }
}
