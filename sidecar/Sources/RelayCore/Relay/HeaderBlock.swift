/// The field lines of a stored event: `Name: value`, CR LF.
package struct HeaderBlock: Sequence {
  /// One line, as the bytes that came.
  package struct Field {
    package let name: ArraySlice<UInt8>
    /// Without the blanks at its ends.
    package let value: ArraySlice<UInt8>

    package var lowercasedName: String { String(decoding: name, as: UTF8.self).lowercased() }
    package var text: String { String(decoding: value, as: UTF8.self) }

    /// Whether its name is this one, which is in lower case.
    package func isNamed(_ lowercased: String) -> Bool {
      name.count == lowercased.utf8.count
        && zip(name, lowercased.utf8).allSatisfy { byte, wanted in
          byte == wanted || ((0x41...0x5A).contains(byte) && byte | 0x20 == wanted)
        }
    }
  }

  private let bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The first field of a name in lower case.
  package func first(_ name: String) -> Field? { first { $0.isNamed(name) } }

  package func makeIterator() -> Iterator { Iterator(rest: bytes[...]) }

  package struct Iterator: IteratorProtocol {
    fileprivate var rest: ArraySlice<UInt8>

    package mutating func next() -> Field? {
      while !rest.isEmpty {
        let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
        let line = rest[..<end]
        rest = rest[Swift.min(end + 1, rest.endIndex)...]
        guard let colon = line.firstIndex(of: 0x3A) else { continue }
        return Field(name: line[..<colon], value: HeaderBlock.trimmed(line[(colon + 1)...]))
      }
      return nil
    }
  }

  private static func trimmed(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D }
    guard let first = value.firstIndex(where: { !isBlank($0) }),
      let last = value.lastIndex(where: { !isBlank($0) })
    else { return [] }
    return value[first...last]
  }
}
