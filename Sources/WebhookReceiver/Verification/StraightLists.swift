/// The form of a header that holds signatures, as numbers alone.
struct StraightLists: ~Copyable, Sendable {
  /// A text of at most a word; with what separates a name from its value, where it is one.
  private struct Name: Sendable {
    let word: UInt64
    let count: Int
    /// Whether it is a version that the keys are for.
    let isCode: Bool

    init?(_ text: ShortText, _ assignment: UInt8? = nil, isCode: Bool = false) {
      guard var word = text.word, text.count < 8 else { return nil }
      count = text.count + (assignment == nil ? 0 : 1)
      if let assignment {
        // At the first one: base64 may end in more of the same character.
        guard Lanes.zeros(in: word ^ Lanes.ones &* UInt64(assignment)) == 0 else { return nil }
        word |= UInt64(assignment) << UInt64(text.count * 8)
      }
      self.word = word
      self.isCode = isCode
    }

    /// Whether a text begins so, by its first word and its length.
    @inline(__always) func begins(_ start: UInt64, _ length: Int) -> Bool {
      length >= count && (start ^ word) & Lanes.first(count) == 0
    }
  }

  /// What one header holds.
  struct Found {
    /// As many as a rotation has; what has more is left to the engine.
    static let signaturesMax = 4

    var signatures = [4 of Range<Int>](repeating: 0..<0)
    var count = 0
    var times = 0
    var time = 0..<0
    /// Whether there are versions that no key is for.
    var hasOthers = false
  }

  /// Zero where there is none; the same below.
  private let separator: UInt8
  private let assignment: UInt8
  private let prefix: Name
  private let timeName: Name?
  private let versions: [Name]

  /// Whether the time is one of the elements.
  var hasTime: Bool { timeName != nil }

  /// Nil where a name is longer than a word, or an element may hold several signatures.
  init?(_ method: SignaturePlan, _ digest: Digest) {
    guard method.subseparator == nil, let prefix = Name(method.prefix) else { return nil }
    var versions: [Name] = []
    for version in method.versions {
      let isCode = version.digest == digest
      guard let name = Name(version.name, method.assignment, isCode: isCode) else { return nil }
      versions.append(name)
    }
    let timeName = method.timestampName.flatMap { Name($0, method.assignment) }
    guard (timeName == nil) == (method.timestampName == nil) else { return nil }
    guard method.assignment != nil || versions.first?.isCode == true else { return nil }
    separator = method.separator ?? 0
    assignment = method.assignment ?? 0
    self.prefix = prefix
    self.timeName = timeName
    self.versions = versions
  }

  /// Reads a header that is not empty; false where it is left to the engine.
  @inline(__always) func read(
    _ value: Range<Int>,
    in text: Span<UInt8>,
    into found: inout Found
  ) -> Bool {
    if separator == 0, assignment == 0 {
      return add(value, in: text, &found) && found.count == 1
    }
    return readList(value, in: text, into: &found)
  }

  private func readList(
    _ value: Range<Int>,
    in text: Span<UInt8>,
    into found: inout Found
  ) -> Bool {
    var position = value.lowerBound
    var elements = 0
    while true {
      var (start, stop) = (position, value.upperBound)
      if separator != 0 { stop = text.position(of: separator, in: position..<stop) }
      position = stop &+ 1
      let isLast = stop == value.upperBound
      if separator != 0 {
        while start < stop, ASCII.isBlank(text[start]) { start &+= 1 }
        while stop > start, ASCII.isBlank(text[stop &- 1]) { stop &-= 1 }
      }
      elements &+= 1
      // More than that is for the engine, which takes more.
      guard elements <= SignatureElements.signaturesMax,
        start == stop || take(start..<stop, in: text, &found)
      else { return false }
      if isLast { return found.count > 0 && found.times == (hasTime ? 1 : 0) }
    }
  }

  /// False where there are more signatures than are kept.
  @inline(__always) private func take(
    _ element: Range<Int>,
    in text: Span<UInt8>,
    _ found: inout Found
  ) -> Bool {
    guard assignment != 0 else { return add(element, in: text, &found) }
    let start = text.word(at: element.lowerBound)
    if let timeName, timeName.begins(start, element.count) {
      found.times &+= 1
      found.time = element.lowerBound &+ timeName.count..<element.upperBound
      return true
    }
    let versions = self.versions.span
    for index in versions.indices where versions[index].begins(start, element.count) {
      let value = element.lowerBound &+ versions[index].count..<element.upperBound
      if versions[index].isCode { return add(value, in: text, &found) }
      if hasPrefix(value, in: text) { found.hasOthers = true }
      return true
    }
    // Something else with a name is a version that is not known.
    let middle = text.position(of: assignment, in: element)
    if middle > element.lowerBound, middle < element.upperBound { found.hasOthers = true }
    return true
  }

  @inline(__always) private func hasPrefix(_ value: Range<Int>, in text: Span<UInt8>) -> Bool {
    prefix.count == 0 || prefix.begins(text.word(at: value.lowerBound), value.count)
  }

  @inline(__always) private func add(
    _ value: Range<Int>,
    in text: Span<UInt8>,
    _ found: inout Found
  ) -> Bool {
    guard hasPrefix(value, in: text) else { return true }
    guard found.count < Found.signaturesMax else { return false }
    found.signatures[found.count] = value.lowerBound &+ prefix.count..<value.upperBound
    found.count &+= 1
    return true
  }
}
