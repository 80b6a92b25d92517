extension AddressFeed {
  /// Where in a document the blocks are.
  public struct Shape: Sendable, Hashable {
    /// A list in a JSON document.
    struct List: Sendable, Hashable {
      /// The keys on the way from the root to the array.
      var keys: [String]
      /// The key of the block in every element; nil: the element is the block.
      var blockKey: String?
      /// An element counts when it has one of `values` under each `key`.
      var filters: [Filter] = []
    }

    struct Filter: Sendable, Hashable {
      var key: String
      var values: [String]
    }

    /// Nil: no JSON, but one block a line.
    let list: List?
    /// Whether text is taken where JSON could stand.
    let isTextAllowed: Bool

    /// `https://api.github.com/meta`: the array under `hooks`.
    public static let github = Shape(list: List(keys: ["hooks"]))

    /// `https://stripe.com/files/ips/ips_webhooks.json`: the array under `WEBHOOKS`; or the file
    /// that ends in `.txt`, one address a line.
    public static let stripe = Shape(list: List(keys: ["WEBHOOKS"]), isTextAllowed: true)

    /// `https://ip-ranges.atlassian.com/`: `cidr` of the items with the direction `egress` and
    /// one of these products, such as `jira`, `bitbucket` or `trello`.
    public static func atlassian(products: [String]) -> Shape {
      Shape(
        list: List(
          keys: ["items"],
          blockKey: "cidr",
          filters: [
            Filter(key: "product", values: products), Filter(key: "direction", values: ["egress"]),
          ]
        )
      )
    }

    /// PagerDuty's list: the document is an array of blocks.
    public static let pagerDuty = Shape(list: List(keys: []))

    /// One block a line.
    ///
    /// Empty lines and lines that start with `#` do not count.
    public static let plain = Shape(list: nil, isTextAllowed: true)

    init(list: List?, isTextAllowed: Bool = false) {
      self.list = list
      self.isTextAllowed = isTextAllowed
    }
  }
}

extension AddressFeed.Shape {
  /// The shapes that profiles name; Atlassian's is of the two products with webhooks that are
  /// verified here.
  private static let named: [(name: String, shape: Self)] = [
    ("atlassian", .atlassian(products: ["bitbucket", "jira"])), ("github", .github),
    ("pagerduty", .pagerDuty), ("plain", .plain), ("stripe", .stripe),
  ]

  /// The words that name a shape.
  static var names: [String] { named.map(\.name) }

  /// Makes the shape that `Profile.Senders.feed` names.
  ///
  /// - Parameter name: `atlassian` (Bitbucket and Jira), `github`, `pagerduty`, `plain` or
  ///   `stripe`; nil for any other word.
  public init?(named name: String) {
    guard let found = Self.named.first(where: { $0.name == name }) else { return nil }
    self = found.shape
  }
}

extension AddressFeed.Shape {
  func entries(in bytes: [UInt8]) throws(AddressFeedError) -> [AddressFeed.Entry] {
    guard let list, !(isTextAllowed && !Self.startsLikeJSON(bytes)) else {
      return Self.lines(of: bytes)
    }
    return try list.entries(in: bytes)
  }

  /// A line of a text starts with an address, never with a brace or a bracket.
  private static func startsLikeJSON(_ bytes: [UInt8]) -> Bool {
    let first = bytes.first { !isMargin($0) && $0 != 0x0a }
    return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
  }

  /// Lines end in LF or CR LF; blanks around a block do not count.
  private static func lines(of bytes: [UInt8]) -> [AddressFeed.Entry] {
    var entries: [AddressFeed.Entry] = []
    let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      guard let start = line.firstIndex(where: { !isMargin($0) }),
        let last = line.lastIndex(where: { !isMargin($0) }), line[start] != UInt8(ascii: "#")
      else { continue }
      let text = String(decoding: line[start...last], as: UTF8.self)
      entries.append(AddressFeed.Entry(number: index + 1, text: text))
    }
    return entries
  }

  private static func isMargin(_ byte: UInt8) -> Bool {
    ASCII.isBlank(byte) || byte == 0x0d
  }
}

extension AddressFeed.Shape.List {
  func entries(in bytes: [UInt8]) throws(AddressFeedError) -> [AddressFeed.Entry] {
    var value: JSONValue
    do throws(JSONError) {
      value = try JSONValue.parse(bytes)
    } catch {
      throw AddressFeedError.notJSON(at: error.offset, reason: error.reason.rawValue)
    }
    for key in keys {
      guard let next = value[key] else { throw AddressFeedError.noList(path: path) }
      value = next
    }
    guard let elements = value.array else { throw AddressFeedError.noList(path: path) }
    var entries: [AddressFeed.Entry] = []
    for (index, element) in elements.enumerated() {
      guard try isWanted(element, number: index + 1) else { continue }
      let block = if let blockKey { element[blockKey] } else { Optional(element) }
      guard let text = block?.string else {
        throw AddressFeedError.unknownEntry(entry: index + 1)
      }
      entries.append(AddressFeed.Entry(number: index + 1, text: text))
    }
    return entries
  }

  private var path: String { keys.map { "/" + $0 }.joined() }

  /// An element without the key of a filter is of a form that nobody here has seen: to pass over
  /// it could pass over all.
  private func isWanted(
    _ element: JSONValue,
    number: Int
  ) throws(AddressFeedError) -> Bool {
    var isWanted = true
    for filter in filters {
      let names: [JSONValue]
      switch element[filter.key] {
      case .array(let several): names = several
      case .string(let one): names = [.string(one)]
      default: throw AddressFeedError.unknownEntry(entry: number)
      }
      isWanted = isWanted && names.contains { filter.values.contains($0.string ?? "") }
    }
    return isWanted
  }
}
