import WebhookReceiver

/// A document as a tree with places, made with `JSONReader` in the plainest way: what the scanner
/// finds is held to it.
struct JSONReference {
  struct Node {
    var range: Range<Int>
    var kind: JSONHit.Kind
    var isObject: Bool { kind == .object }
    var children: [(key: [UInt8], value: Node)] = []
  }

  let root: Node

  /// Nil when the reader refuses the text.
  init?(_ text: [UInt8]) {
    var reader = JSONReader(text.span)
    var open: [Node] = []
    var keys: [[UInt8]] = []
    var root: Node?
    while true {
      guard let token = try? reader.next() else { return nil }
      let node: Node
      let end = reader.position
      switch token {
      case .end:
        guard let root else { return nil }
        self.root = root
        return
      case .beginObject:
        open.append(Node(range: end - 1..<end, kind: .object))
        continue
      case .beginArray:
        open.append(Node(range: end - 1..<end, kind: .array))
        continue
      case .key(let range, _):
        keys.append(JSONEscape.unescaped(range, in: text.span))
        continue
      case .endObject, .endArray:
        var container = open.removeLast()
        container.range = container.range.lowerBound..<end
        node = container
      case .string(let range, let escaped):
        let kind: JSONHit.Kind = escaped ? .escapedString : .plainString
        node = Node(range: range.lowerBound - 1..<range.upperBound + 1, kind: kind)
      case .number(let range): node = Node(range: range, kind: .number)
      case .bool(let value): node = Node(range: end - (value ? 4 : 5)..<end, kind: .init(value))
      case .null: node = Node(range: end - 4..<end, kind: .null)
      }
      if open.isEmpty {
        root = node
      } else {
        let key = open[open.count - 1].isObject ? keys.removeLast() : []
        open[open.count - 1].children.append((key, node))
      }
    }
  }

  /// The values that the steps lead to; nil stands for every member and element.
  func nodes(_ steps: [String?]) -> [Node] {
    var nodes = [root]
    for step in steps {
      nodes = nodes.flatMap { node in Self.children(of: node, step) }
    }
    return nodes
  }

  private static func children(of node: Node, _ step: String?) -> [Node] {
    guard let step else { return node.children.map(\.value) }
    if node.isObject {
      let member = node.children.last { $0.key.elementsEqual(step.utf8) }
      return member.map { [$0.value] } ?? []
    }
    guard let index = Int(step), String(index) == step, node.children.indices.contains(index)
    else { return [] }
    return [node.children[index].value]
  }
}

extension JSONHit.Kind {
  fileprivate init(_ value: Bool) {
    self = value ? .true : .false
  }
}
