/// One key of the configuration: the loader, the JSON Schema and `config show` follow this alone,
/// so that they cannot disagree.
struct SettingKey: Sendable {
  /// What holds when the key is absent.
  enum Presence: Sendable {
    case required
    case fallback(Fallback)
    /// The loader decides; the text says how.
    case derived(String)
  }

  /// A default, in the form in which somebody would write it.
  enum Fallback: Sendable {
    case text(String)
    case texts([String])
    case emptyList
    case emptySection
    case share(Double)
    case `true`
    case `false`
  }

  /// Whether this version does what the key asks for.
  enum Support: Sendable {
    case built
    /// An error that says so, whatever its value: an empty object asks for the thing with its
    /// defaults.
    case later(note: String?)
  }

  let name: String
  let summary: String
  let shape: Shape
  let presence: Presence
  let support: Support

  init(_ name: String, _ shape: Shape, _ presence: Presence, _ summary: String) {
    self.name = name
    self.summary = summary
    self.shape = shape
    self.presence = presence
    support = .built
  }

  /// The same key where something else holds without it.
  func with(presence: Presence) -> SettingKey {
    SettingKey(name, shape, presence, summary)
  }

  /// A key that this version does not know what to do with.
  static func later(
    _ name: String,
    note: String? = nil,
    _ summary: String
  ) -> SettingKey {
    SettingKey(name: name, summary: summary, note: note)
  }

  private init(name: String, summary: String, note: String?) {
    self.name = name
    self.summary = summary
    shape = .boolean
    presence = .derived("off")
    support = .later(note: note)
  }
}

/// What a value must be.
indirect enum Shape: Sendable {
  case section([SettingKey])
  /// A section of another form for each word of its key `on`; see `ShapeVariant`.
  case variants(on: String, [ShapeVariant])
  /// A section whose members may come from a preset, those that are written going before.
  case preset([SettingKey])
  /// The value, or null for what is so without the key.
  case orNull(Shape)
  /// Names that the user chooses, each with a section.
  case named([SettingKey], count: ClosedRange<Int>)
  /// Names that the user chooses, each with a text.
  case texts(of: TextForm, countMax: Int)
  case list(of: Shape, count: ClosedRange<Int>)
  case integer(ClosedRange<Int>, reason: String)
  /// A part of a whole: 0.2 for a fifth.
  case share(ClosedRange<Double>)
  /// One text of this form, or a list of them.
  case oneOrMany(TextForm, countMax: Int)
  /// A JSON object of the provider's, taken as it is.
  case json
  /// Bytes, as a number or with a unit.
  case size(ClosedRange<Int64>, multipleOf: Int64)
  case duration(ClosedRange<Duration>)
  case boolean
  /// One of these words; those of `later` are not supported yet.
  case choice([String], later: [String])
  case text(TextForm)
}

/// The keys of a section when its first key has this word.
struct ShapeVariant: Sendable {
  let word: String
  /// Without the key that has the word.
  let keys: [SettingKey]

  init(_ word: String, _ keys: [SettingKey]) {
    self.word = word
    self.keys = keys
  }
}

/// What a text must be.
enum TextForm: Sendable {
  case listenAddress
  case secret
  case addressBlock
  /// An address block, or `unix`.
  case proxy
  case path
  case place
  case scope
  case name
  case profile
  case url
  /// What a provider shows: an id, an audience, a topic.
  case parameter
  case directory
  case contentType
  case replyBody
  /// A line for people.
  case advice
  /// Where the sidecar sends requests of its own.
  case outboundURL
  case ordering
  case headerValue
  /// The path of a file.
  case file
  /// Path and query of a request.
  case target
  case headerName
  /// What stands before a secret in a header: `Bearer `.
  case headerPrefix
  case preset
  /// JSON Pointer into an answer or an item; empty for all of it.
  case pointer
  /// Text that is made of an item.
  case template
  /// A place of a request that takes a value.
  case slot
  /// A place of an answer that has a token.
  case tokenPlace
  case zone
  case initial
  /// A program, or an argument of one.
  case argument
}
