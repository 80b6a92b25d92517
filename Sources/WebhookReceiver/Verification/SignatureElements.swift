/// The signatures of a request, read out of the places that hold them.
///
/// An element that cannot be one of the scheme's is passed over and never spoils its neighbours:
/// providers add versions, and receivers that stop at the first surprise lose deliveries. Nothing
/// is decoded here, and nothing allocated: a list is read again for every key.
///
/// It borrows the request and is handed the plan again, as `SignedContent` is.
struct SignatureElements: ~Copyable, ~Escapable {
  /// One text that holds signatures, and which of the plan's places it is from.
  struct Source {
    let text: FoundText
    let place: Int
  }

  /// Four times what a provider sends in the middle of a rotation.
  ///
  /// More is an attempt to make one request cost much.
  static let elementsMax = 64
  /// The same for those that have to be compared; a public key's costs a tenth of a millisecond.
  static let signaturesMax = 16

  private let head: Span<UInt8>
  private let body: Span<UInt8>
  /// The version that another part of the request names; nil where elements name their own.
  private let version: Int?
  private let first: Source
  private let others: [Source]

  /// Where in the first source the element with the timestamp's name has its value.
  private var timestampRange: Range<Int>?
  /// Whether the text as a whole is not in the scheme's form.
  private(set) var isMalformed = false
  /// Whether it holds versions that the scheme does not know.
  private(set) var hasOtherVersions = false

  /// Counts what is there.
  @_lifetime(borrow request)
  init(
    _ plan: SignaturePlan,
    of request: borrowing WebhookRequest,
    version: Int?,
    first: Source,
    others: [Source]
  ) {
    head = request.headBytes
    body = request.bodyBytes
    self.version = version
    self.first = first
    self.others = others
    var count = Count()
    read(plan, first, &count)
    timestampRange = count.timestamps == 1 ? count.timestamp : nil
    for source in others {
      read(plan, source, &count)
    }
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

  /// What an error calls the first source.
  func name(_ plan: SignaturePlan) -> String { plan.placeNames[first.place] }

  /// The text of the element with the timestamp's name; nil also when there are two.
  var timestamp: FoundText? {
    guard let range = timestampRange else { return nil }
    return switch first.text {
    case .header: .header(range)
    case .body: .body(range)
    case .owned(let bytes): .owned(Array(bytes[range]))
    }
  }

  /// Hands over every element that may be a signature, with the number of its version, until `use`
  /// says that it is the right one.
  ///
  /// - Returns: whether one was.
  func contains(_ plan: SignaturePlan, _ use: (Span<UInt8>, Int) -> Bool) -> Bool {
    if contains(plan, in: first, use) { return true }
    for source in others where contains(plan, in: source, use) { return true }
    return false
  }

  private func read(_ plan: SignaturePlan, _ source: Source, _ count: inout Count) {
    switch source.text {
    case .header(let range): read(plan, head, range, &count)
    case .body(let range): read(plan, body, range, &count)
    case .owned(let bytes): read(plan, bytes.span, bytes.indices, &count)
    }
  }

  private func read(
    _ plan: SignaturePlan,
    _ text: Span<UInt8>,
    _ range: Range<Int>,
    _ count: inout Count
  ) {
    var walk = ElementWalk(range, plan.separator)
    while let element = walk.next(in: text) {
      count.elements &+= 1
      guard count.elements <= Self.elementsMax else { return }
      let (value, kind) = classified(plan, element, in: text)
      switch kind {
      case .signature: count.signatures += signatureCount(plan, in: text, value)
      case .timestamp:
        count.timestamps &+= 1
        count.timestamp = value
      case .otherVersion: count.otherVersions &+= 1
      case .nothing: break
      }
    }
  }

  private func contains(
    _ plan: SignaturePlan,
    in source: Source,
    _ use: (Span<UInt8>, Int) -> Bool
  ) -> Bool {
    switch source.text {
    case .header(let range): contains(plan, in: head, range, use)
    case .body(let range): contains(plan, in: body, range, use)
    case .owned(let bytes): contains(plan, in: bytes.span, bytes.indices, use)
    }
  }

  private func contains(
    _ plan: SignaturePlan,
    in text: Span<UInt8>,
    _ range: Range<Int>,
    _ use: (Span<UInt8>, Int) -> Bool
  ) -> Bool {
    var walk = ElementWalk(range, plan.separator)
    while let element = walk.next(in: text) {
      let (value, kind) = classified(plan, element, in: text)
      guard case .signature(let version) = kind else { continue }
      guard let subseparator = plan.subseparator else {
        if use(text.extracting(value), version) { return true }
        continue
      }
      var parts = ElementWalk(value, subseparator)
      while let part = parts.next(in: text) {
        if use(text.extracting(part), version) { return true }
      }
    }
    return false
  }

  private func signatureCount(
    _ plan: SignaturePlan,
    in text: Span<UInt8>,
    _ value: Range<Int>
  ) -> Int {
    guard let subseparator = plan.subseparator else { return 1 }
    var parts = ElementWalk(value, subseparator)
    var count = 0
    while parts.next(in: text) != nil { count += 1 }
    return count
  }

  private enum Kind {
    case signature(Int)
    case timestamp
    case otherVersion
    case nothing
  }

  /// What an element is, and where its value lies.
  private func classified(
    _ plan: SignaturePlan,
    _ element: Range<Int>,
    in text: Span<UInt8>
  ) -> (Range<Int>, Kind) {
    guard let assignment = plan.assignment else {
      guard let value = afterPrefix(plan, element, text) else { return (element, .nothing) }
      return (value, version.map { .signature($0) } ?? .otherVersion)
    }
    // At the first one: base64 may end in more of the same character.
    let middle = text.position(of: assignment, in: element)
    guard middle < element.upperBound else { return (element, .nothing) }
    let name = element.lowerBound..<middle
    let value = (middle + 1)..<element.upperBound
    if let timestampName = plan.timestampName, timestampName.isSame(name, in: text) {
      return (value, .timestamp)
    }
    for index in plan.versions.indices
    where plan.versions[index].name.isSame(name, in: text) {
      guard let rest = afterPrefix(plan, value, text) else { return (value, .nothing) }
      return (rest, .signature(index))
    }
    return (value, name.isEmpty ? .nothing : .otherVersion)
  }

  private func afterPrefix(
    _ plan: SignaturePlan,
    _ range: Range<Int>,
    _ text: Span<UInt8>
  ) -> Range<Int>? {
    let count = plan.prefix.count
    guard count > 0 else { return range }
    guard range.count >= count else { return nil }
    let start = range.lowerBound..<range.lowerBound + count
    guard plan.prefix.isSame(start, in: text) else { return nil }
    return start.upperBound..<range.upperBound
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
        stop = storage.position(of: separator, in: position..<max(position, end))
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
