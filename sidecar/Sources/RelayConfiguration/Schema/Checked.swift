internal import RelayCore
internal import WebhookReceiver

/// A value that has the shape it must have, read into its type.
struct Checked {
  indirect enum Value {
    case section(CheckedSection)
    case named([(name: String, section: CheckedSection)])
    case texts([(name: String, value: Checked)])
    /// What is refused is missing from the elements, and counted all the same.
    case list([Checked], writtenCount: Int)
    case text(String)
    case integer(Int64)
    case duration(Duration)
    case boolean(Bool)
    case share(Double)
    case listenAddress(ListenAddress)
    case secret(SecretReference)
    case addressBlock(AddressBlock)
    case place(Profile.Place)
    case scope(Scope)
    case profile(ProfileName)
    case url(OutboundURL)
    case ordering(DeliveryOrdering)
    case pointer(JSONPointer)
    case template(ItemTemplate)
    case slot(PollSlot)
    case tokenPlace(TokenPaging.Place)
    case initial(CadenceRules.Initial)
    /// UTF-8.
    case json([UInt8])
  }

  let position: Position
  /// The key from the top: `sources.github.path`.
  let path: String
  /// False for a default.
  let isWritten: Bool
  let value: Value
}

/// An object whose keys are known, with every default filled in.
///
/// A key is absent when it has no default or when its value was refused; the difference does not
/// matter, because what was refused is reported and no configuration comes of it.
struct CheckedSection {
  let position: Position
  let path: String
  /// The keys that are written, refused ones with them.
  let written: Set<String>
  let values: [String: Checked]

  func section(_ name: String) -> CheckedSection? {
    if case .section(let section) = values[name]?.value { section } else { nil }
  }

  func sections(_ name: String) -> [(name: String, section: CheckedSection)]? {
    if case .named(let sections) = values[name]?.value { sections } else { nil }
  }

  func list(_ name: String) -> [Checked]? {
    if case .list(let elements, _) = values[name]?.value { elements } else { nil }
  }

  func text(_ name: String) -> String? {
    if case .text(let text) = values[name]?.value { text } else { nil }
  }

  func integer(_ name: String) -> Int64? {
    if case .integer(let number) = values[name]?.value { number } else { nil }
  }

  func flag(_ name: String) -> Bool? {
    if case .boolean(let flag) = values[name]?.value { flag } else { nil }
  }

  func share(_ name: String) -> Double? {
    if case .share(let share) = values[name]?.value { share } else { nil }
  }

  func duration(_ name: String) -> Duration? {
    if case .duration(let duration) = values[name]?.value { duration } else { nil }
  }

  func url(_ name: String) -> OutboundURL? {
    if case .url(let url) = values[name]?.value { url } else { nil }
  }

  func pointer(_ name: String) -> JSONPointer? {
    if case .pointer(let pointer) = values[name]?.value { pointer } else { nil }
  }

  func template(_ name: String) -> ItemTemplate? {
    if case .template(let template) = values[name]?.value { template } else { nil }
  }

  func slot(_ name: String) -> PollSlot? {
    if case .slot(let slot) = values[name]?.value { slot } else { nil }
  }

  func profile(_ name: String) -> ProfileName? {
    if case .profile(let profile) = values[name]?.value { profile } else { nil }
  }

  /// Texts under names of the user's, in their order; none when the key is absent.
  func members(_ name: String) -> [(name: String, value: Checked)] {
    if case .texts(let members) = values[name]?.value { members } else { [] }
  }

  func texts(_ name: String) -> [String: String] {
    let texts = members(name).compactMap { member -> (String, String)? in
      if case .text(let text) = member.value.value { (member.name, text) } else { nil }
    }
    return Dictionary(texts) { _, last in last }
  }

  /// The durations of a list.
  func durations(_ name: String) -> [Duration] {
    (list(name) ?? []).compactMap { element in
      if case .duration(let duration) = element.value { duration } else { nil }
    }
  }

  /// The texts of a list.
  func words(_ name: String) -> [String] {
    (list(name) ?? []).compactMap { element in
      if case .text(let text) = element.value { text } else { nil }
    }
  }

  func word<Word: RawRepresentable>(
    _ name: String,
    as type: Word.Type = Word.self
  ) -> Word? where Word.RawValue == String {
    text(name).flatMap(Word.init(rawValue:))
  }
}
