internal import RelayCore
internal import WebhookReceiver

extension PollSlot {
  /// As the configuration writes it.
  var text: String {
    switch self {
    case .query(let name):
      name.hasPrefix("header:") || name.hasPrefix("body:") || name.hasPrefix("query:")
        ? "query:\(name)" : name
    case .header(let name): "header:\(name)"
    case .body(let pointer): "body:\(pointer.text)"
    }
  }
}

extension PollPaging {
  /// The members of the section in a configuration.
  func write(to writer: inout JSONWriter) {
    writer.text("kind", name)
    switch self {
    case .none(let order): writer.text("order", order.rawValue)
    case .linkHeader(let paging):
      writer.text("rel", paging.rel)
      writer.text("order", paging.order.rawValue)
      writer.flag("persistent", paging.isPersistent)
    case .nextURL(let paging): paging.write(to: &writer)
    case .token(let paging): paging.write(to: &writer)
    case .idCursor(let paging): paging.write(to: &writer)
    case .pageNumber(let paging):
      writer.text("param", paging.slot.text)
      writer.number("first", paging.first)
      writer.text("order", paging.order.rawValue)
    case .offset(let paging):
      writer.text("param", paging.slot.text)
      writer.text("order", paging.order.rawValue)
      writer.number("overlap_items", paging.overlapItems)
    case .timeAdvance(let paging):
      writer.text("window", paging.window.configurationText)
      writer.number("full_at", paging.fullAt)
    }
  }
}

extension NextURLPaging {
  fileprivate func write(to writer: inout JSONWriter) {
    switch place {
    case .pointer(let pointer): writer.text("pointer", pointer.text)
    case .search(let array, let key, let value, let url):
      writer.key("search")
      writer.object {
        $0.text("array", array.text)
        $0.text("key", key.text)
        $0.text("is", value)
        $0.text("url", url.text)
      }
    }
    writer.text("order", order.rawValue)
    writer.flag("persistent", isPersistent)
  }
}

extension TokenPaging {
  fileprivate func write(to writer: inout JSONWriter) {
    switch place {
    case .pointer(let pointer): writer.text("token", pointer.text)
    case .header(let name): writer.text("token", "header:\(name)")
    }
    writer.text("param", slot.text)
    writer.flag("persistent", isPersistent)
    writer.text("order", order.rawValue)
    done?.write(to: &writer)
    writer.flag("repeat_query", repeatsQuery)
  }
}

extension IDPaging {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.text("param", slot.text)
    writer.text("from", from.rawValue)
    if let cursor { writer.text("cursor", cursor.text) }
    more?.write(to: &writer)
    writer.text("page_order", pageOrder.rawValue)
    writer.text("walk", walk.rawValue)
    if let olderSlot { writer.text("older", olderSlot.text) }
    guard let prime else { return }
    writer.key("prime")
    writer.object {
      $0.text("url", "\(prime.url)")
      $0.text("order", prime.order.rawValue)
    }
  }
}

extension DoneRule {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.text(atEnd ? "done" : "more", pointer.text)
  }
}

extension PollAuth {
  /// The members of the section in a configuration: references, and never a secret.
  func write(to writer: inout JSONWriter) {
    switch self {
    case .none: break
    case .bearer(let name): writer.text("bearer", name.text)
    case .basic(let user, let password):
      writer.key("basic")
      writer.object {
        $0.text("user", user.text)
        if let password { $0.text("password", password.text) }
      }
    case .header(let name, let prefix, let value):
      writer.key("header")
      writer.object {
        $0.text("name", name)
        $0.text("prefix", prefix)
        $0.text("value", value.text)
      }
    case .oauth2(let client):
      writer.key("oauth2")
      writer.object {
        $0.text("token_url", "\(client.tokenURL)")
        $0.text("client_id", client.clientID.text)
        $0.text("client_secret", client.clientSecret.text)
        if let scope = client.scope { $0.text("scope", scope) }
        if let audience = client.audience { $0.text("audience", audience) }
        $0.text("credentials", client.placement.rawValue)
      }
    case .command(let command):
      writer.key("command")
      writer.object {
        $0.texts("run", command.arguments)
        $0.text("timeout", command.timeout.configurationText)
        $0.text("lifetime", command.lifetime.configurationText)
        $0.text("header", command.header)
        $0.text("prefix", command.prefix)
      }
    }
  }
}
