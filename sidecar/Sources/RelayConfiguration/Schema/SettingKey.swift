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
    case `true`
  }

  /// Whether this version does what the key asks for.
  enum Support: Sendable {
    case built
    /// An error that says so, except for the form that asks for what is done now.
    case later(off: OffForm, note: String?)
  }

  /// How a key that is not supported yet may be written nevertheless: only where the value means
  /// exactly what this version does.
  ///
  /// No proxies, no destinations, `false`. An empty object of settings is none of these: it asks
  /// for the thing with its defaults.
  enum OffForm: Sendable {
    case none
    /// Of an object whose members are things, each under its name: there is none.
    case emptyObject
    case emptyList
    case `false`
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

  /// A key that this version does not know what to do with.
  static func later(
    _ name: String,
    off: OffForm = .none,
    note: String? = nil,
    _ summary: String
  ) -> SettingKey {
    SettingKey(name: name, summary: summary, off: off, note: note)
  }

  private init(name: String, summary: String, off: OffForm, note: String?) {
    self.name = name
    self.summary = summary
    shape = .boolean
    presence = .derived("off")
    support = .later(off: off, note: note)
  }
}

/// What a value must be.
indirect enum Shape: Sendable {
  case section([SettingKey])
  /// Names that the user chooses, each with a section.
  case named([SettingKey], countMax: Int)
  /// Names that the user chooses, each with a text.
  case texts(of: TextForm, countMax: Int)
  case list(of: Shape, count: ClosedRange<Int>)
  case integer(ClosedRange<Int>, reason: String)
  /// Bytes, as a number or with a unit.
  case size(ClosedRange<Int64>, multipleOf: Int64)
  case duration(ClosedRange<Duration>)
  case boolean
  /// One of these words; those of `later` are not supported yet.
  case choice([String], later: [String])
  case text(TextForm)
}

/// What a text must be.
enum TextForm: Sendable {
  case listenAddress
  case secret
  case addressBlock
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
}
