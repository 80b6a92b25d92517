/// The trace that a request is part of (W3C Trace Context, level 1).
///
/// Only what is valid comes to be: a stranger's text is never passed on as a trace.
package struct TraceContext: Equatable, Sendable {
  /// `traceparent` in the form of version 00: 55 characters of lower-case hexadecimal and `-`.
  package let parent: String
  /// `tracestate`, in one line; nil where there is none that is valid.
  package let state: String?

  /// The id of the whole trace, 32 digits.
  package var traceID: String { String(parent.dropFirst(3).prefix(Self.traceIDDigits)) }

  package static let parentName = "traceparent"
  package static let stateName = "tracestate"

  /// Of all values of the two fields, in their order.
  ///
  /// Nil without exactly one valid `traceparent`; what was said of the state is void then (§4.3).
  package init?(parents: [ArraySlice<UInt8>], states: [ArraySlice<UInt8>]) {
    guard parents.count == 1, let value = parents.first, let parent = Self.parent(value) else {
      return nil
    }
    self.parent = parent
    state = Self.state(states)
  }

  /// Of the field lines of a stored event.
  package init?(_ block: HeaderBlock) {
    var parents: [ArraySlice<UInt8>] = []
    var states: [ArraySlice<UInt8>] = []
    for field in block {
      if field.isNamed(Self.parentName) { parents.append(field.value) }
      if field.isNamed(Self.stateName) { states.append(field.value) }
    }
    self.init(parents: parents, states: states)
  }

  // MARK: traceparent (§3.2)

  private static let traceIDDigits = 32
  /// `version-traceid-parentid-flags`.
  private static let parentBytes = 2 + 1 + traceIDDigits + 1 + 16 + 1 + 2

  private static func parent(_ value: ArraySlice<UInt8>) -> String? {
    let head = value.prefix(parentBytes)
    let parts = head.split(separator: dash, omittingEmptySubsequences: false)
    guard parts.map(\.count) == [2, traceIDDigits, 16, 2],
      parts.allSatisfy({ $0.allSatisfy(isLowerHex) }),
      parts[1...2].allSatisfy({ $0.contains { $0 != zero } })
    else { return nil }
    let text = String(decoding: head, as: UTF8.self)
    switch text.prefix(2) {
    case "00": return value.count == parentBytes ? text : nil
    // Never a version.
    case "ff": return nil
    default:
      // A later version begins with the same four parts, and has others behind a dash or none. It
      // goes on in the form that is known here, with the one flag that is (§4.3).
      guard value.count == parentBytes || value[head.endIndex] == dash else { return nil }
      let isSampled = (parts[3].last.flatMap(digit) ?? 0) & 1 == 1
      return "00" + text.dropFirst(2).dropLast(2) + (isSampled ? "01" : "00")
    }
  }

  private static let dash = UInt8(ascii: "-")
  private static let zero = UInt8(ascii: "0")

  private static func isLowerHex(_ byte: UInt8) -> Bool { digit(byte) != nil }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }

  // MARK: tracestate (§3.3)

  /// More members are against the grammar.
  private static let membersMax = 32
  /// What everybody passes on; members beyond it are left out, the last ones first (§3.3.1.5).
  package static let stateBytesMax = 512
  private static let keyBytesMax = 256
  private static let valueBytesMax = 256

  private static func state(_ values: [ArraySlice<UInt8>]) -> String? {
    var members: [ArraySlice<UInt8>] = []
    for value in values {
      for part in value.split(separator: UInt8(ascii: ",")) {
        let member = trimmed(part)
        // An empty member is allowed, and says nothing.
        if member.isEmpty { continue }
        guard isMember(member), members.count < membersMax else { return nil }
        members.append(member)
      }
    }
    var text: [UInt8] = []
    for member in members {
      guard text.count + member.count + 1 <= stateBytesMax else { break }
      if !text.isEmpty { text.append(UInt8(ascii: ",")) }
      text += member
    }
    return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    var rest = bytes.drop(while: isBlank)
    while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
    return rest
  }

  private static func isMember(_ member: ArraySlice<UInt8>) -> Bool {
    guard let equals = member.firstIndex(of: UInt8(ascii: "=")) else { return false }
    let (key, value) = (member[..<equals], member[(equals + 1)...])
    return isKey(key) && (1...valueBytesMax).contains(value.count)
      && value.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x2C && $0 != 0x3D }
  }

  private static func isKey(_ key: ArraySlice<UInt8>) -> Bool {
    guard let first = key.first, key.count <= keyBytesMax,
      (0x61...0x7A).contains(first) || (0x30...0x39).contains(first)
    else { return false }
    return key.allSatisfy { byte in
      switch byte {
      case 0x61...0x7A, 0x30...0x39: true
      default: "_-*/@".utf8.contains(byte)
      }
    }
  }
}
