/// The signatures of a request, read out of the places that hold them.
///
/// An element that cannot be one of the scheme's is passed over and never spoils its neighbours:
/// providers add versions, and receivers that stop at the first surprise lose deliveries. Nothing
/// is decoded here, and nothing allocated: a list is read again for every key.
struct SignatureElements: ~Copyable {
  /// One text that holds signatures.
  struct Source {
    let storage: [UInt8]
    let range: Range<Int>
    /// Whether the storage is that of the headers.
    let isHeader: Bool
    /// What an error calls it.
    let name: String
  }

  /// Four times what a provider sends in the middle of a rotation.
  ///
  /// More is an attempt to make one request cost much.
  static let elementsMax = 64
  /// The same for those that have to be compared; a public key's costs a tenth of a millisecond.
  static let signaturesMax = 16

  let plan: SignaturePlan
  /// The version that another part of the request names; nil where elements name their own.
  private let version: Int?
  private let first: Source
  private let others: [Source]

  /// Where the element with the timestamp's name has its value; nil also when there are two.
  private(set) var timestamp: Range<Int>?
  /// Whether the text as a whole is not in the scheme's form.
  private(set) var isMalformed = false
  /// Whether it holds versions that the scheme does not know.
  private(set) var hasOtherVersions = false

  /// Counts what is there.
  init(
    _ plan: SignaturePlan,
    version: Int?,
    first: Source,
    others: [Source] = []
  ) {
    self.plan = plan
    self.version = version
    self.first = first
    self.others = others
    var count = Count()
    read(first, &count)
    timestamp = count.timestamps == 1 ? count.timestamp : nil
    for source in others { read(source, &count) }
    let isTooLong =
      count.elements > Self.elementsMax || count.signatures > Self.signaturesMax
    // Only versions that this scheme does not know: a matter of signatures, not of form.
    let isEmpty = count.signatures == 0 && count.otherVersions == 0
    isMalformed = isTooLong || isEmpty
    hasOtherVersions = count.otherVersions > 0
  }

  private struct Count {
    var elements = 0
    var signatures = 0
    var otherVersions = 0
    var timestamps = 0
    var timestamp: Range<Int>?
  }

  /// The first source: its storage is what `timestamp` is a range of.
  var name: String { first.name }
  var isHeader: Bool { first.isHeader }
  var storage: [UInt8] { first.storage }

  /// Hands over every element that may be a signature until `use` says that it is the right one.
  ///
  /// - Returns: whether one was.
  func contains(
    _ use: (Source, Range<Int>, SignaturePlan.Version) -> Bool
  ) -> Bool {
    if contains(in: first, use) { return true }
    for source in others where contains(in: source, use) { return true }
    return false
  }

  private func read(_ source: Source, _ count: inout Count) {
    var walk = ElementWalk(source.range, plan.separator)
    while let element = walk.next(in: source.storage.span) {
      count.elements += 1
      guard count.elements <= Self.elementsMax else { return }
      let (value, kind) = classified(element, in: source)
      switch kind {
      case .signature: count.signatures += signatureCount(in: source, value)
      case .timestamp:
        count.timestamps += 1
        count.timestamp = value
      case .otherVersion: count.otherVersions += 1
      case .nothing: break
      }
    }
  }

  private func contains(
    in source: Source,
    _ use: (Source, Range<Int>, SignaturePlan.Version) -> Bool
  ) -> Bool {
    var walk = ElementWalk(source.range, plan.separator)
    while let element = walk.next(in: source.storage.span) {
      let (value, kind) = classified(element, in: source)
      guard case .signature(let index) = kind else { continue }
      let version = plan.versions[index]
      guard let subseparator = plan.subseparator else {
        if use(source, value, version) { return true }
        continue
      }
      var parts = ElementWalk(value, subseparator)
      while let part = parts.next(in: source.storage.span) {
        if use(source, part, version) { return true }
      }
    }
    return false
  }

  private func signatureCount(in source: Source, _ value: Range<Int>) -> Int {
    guard let subseparator = plan.subseparator else { return 1 }
    var parts = ElementWalk(value, subseparator)
    var count = 0
    while parts.next(in: source.storage.span) != nil { count += 1 }
    return count
  }

  private enum Kind {
    case signature(Int)
    case timestamp
    case otherVersion
    case nothing
  }

  /// What an element is, and where its value lies.
  private func classified(_ element: Range<Int>, in source: Source) -> (Range<Int>, Kind) {
    let text = source.storage.span
    guard let assignment = plan.assignment else {
      guard let value = afterPrefix(element, text) else { return (element, .nothing) }
      return (value, version.map { .signature($0) } ?? .otherVersion)
    }
    // At the first one: base64 may end in more of the same character.
    var middle = element.lowerBound
    while middle < element.upperBound, text[middle] != assignment { middle += 1 }
    guard middle < element.upperBound else { return (element, .nothing) }
    let name = text.extracting(element.lowerBound..<middle)
    let value = (middle + 1)..<element.upperBound
    if let timestampName = plan.timestampName, name.isSame(as: timestampName) {
      return (value, .timestamp)
    }
    for index in plan.versions.indices where name.isSame(as: plan.versions[index].name) {
      guard let rest = afterPrefix(value, text) else { return (value, .nothing) }
      return (rest, .signature(index))
    }
    return (value, name.isEmpty ? .nothing : .otherVersion)
  }

  private func afterPrefix(_ range: Range<Int>, _ text: Span<UInt8>) -> Range<Int>? {
    let count = plan.prefix.count
    guard count > 0 else { return range }
    guard range.count >= count else { return nil }
    let start = range.lowerBound..<range.lowerBound + count
    guard text.extracting(start).isSame(as: plan.prefix) else { return nil }
    return start.upperBound..<range.upperBound
  }
}

extension Span<UInt8> {
  /// Whether the bytes are the same; for names, whose time tells nothing.
  func isSame(as other: [UInt8]) -> Bool {
    guard count == other.count else { return false }
    for index in indices where self[index] != other[index] { return false }
    return true
  }
}

/// Walks over the elements of a list; blanks around them are no part of it.
struct ElementWalk {
  private let end: Int
  private let separator: UInt8?
  private var position: Int
  private var isDone = false

  init(_ range: Range<Int>, _ separator: UInt8?) {
    position = range.lowerBound
    end = range.upperBound
    self.separator = separator
  }

  /// The next element of the text that is not empty.
  mutating func next(in storage: Span<UInt8>) -> Range<Int>? {
    while !isDone {
      var (start, stop) = (position, position)
      if let separator {
        while stop < end, storage[stop] != separator { stop += 1 }
        isDone = stop == end
        position = stop + 1
        while start < stop, ASCII.isBlank(storage[start]) { start += 1 }
        while stop > start, ASCII.isBlank(storage[stop - 1]) { stop -= 1 }
        if start == stop { continue }
      } else {
        stop = end
        isDone = true
      }
      return start..<stop
    }
    return nil
  }
}
