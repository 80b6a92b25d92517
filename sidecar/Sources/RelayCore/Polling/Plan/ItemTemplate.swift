package import WebhookReceiver

/// A text made of an item: a pointer alone (`/id`), or text with pointers in braces
/// (`{/type}.{/id}`).
package struct ItemTemplate: Hashable, Sendable, CustomStringConvertible {
  package enum Part: Hashable, Sendable {
    case text(String)
    case pointer(JSONPointer)
  }

  /// More than any URL or id needs; all are looked for in one pass.
  package static let pointersMax = 8

  package let text: String
  package let parts: [Part]

  /// A template of one pointer.
  package init(_ pointer: JSONPointer) {
    text = pointer.text
    parts = [.pointer(pointer)]
  }

  package init(_ text: String) throws(ItemTemplateError) {
    self.text = text
    if text.isEmpty || (text.hasPrefix("/") && !text.contains("{")) {
      parts = [.pointer(try Self.pointer(text))]
      return
    }
    var parts: [Part] = []
    var rest = text[...]
    while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      guard rest[brace] == "{", let end = rest[brace...].firstIndex(of: "}") else {
        throw .unbalanced(text)
      }
      if brace > rest.startIndex { parts.append(.text(String(rest[..<brace]))) }
      parts.append(.pointer(try Self.pointer(String(rest[rest.index(after: brace)..<end]))))
      rest = rest[rest.index(after: end)...]
    }
    if !rest.isEmpty { parts.append(.text(String(rest))) }
    self.parts = parts
    guard !pointers.isEmpty else { throw .noPointer(text) }
    guard pointers.count <= Self.pointersMax else { throw .tooManyPointers(text) }
  }

  private static func pointer(_ text: String) throws(ItemTemplateError) -> JSONPointer {
    do throws(JSONPointerError) {
      return try JSONPointer(text)
    } catch {
      throw .badPointer("\(error)")
    }
  }

  package var pointers: [JSONPointer] {
    parts.compactMap { part in
      if case .pointer(let pointer) = part { pointer } else { nil }
    }
  }

  package var description: String { text }
}

/// Why a text is no template.
package enum ItemTemplateError: Error, Equatable, Sendable, CustomStringConvertible {
  case unbalanced(String)
  case noPointer(String)
  case tooManyPointers(String)
  case badPointer(String)

  package var description: String {
    switch self {
    case .unbalanced(let text):
      "\"\(text.prefix(64))\" has a brace without its other one; write {/pointer}"
    case .noPointer(let text):
      "\"\(text.prefix(64))\" is the same for every item; name a value of the item: {/id}"
    case .tooManyPointers(let text):
      "\"\(text.prefix(64))\" names more than \(ItemTemplate.pointersMax) values; use fewer"
    case .badPointer(let why): why
    }
  }
}
