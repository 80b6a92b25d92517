public import Foundation
public import WebhookReceiver

extension VerifiedWebhook {
  /// The body as `Data`.
  public var data: Data { Data(body) }

  /// Decodes the body, which has been verified before anybody parses it.
  ///
  /// - Parameters:
  ///   - type: what the body is decoded to.
  ///   - decoder: how; the default is a `JSONDecoder` without settings.
  /// - Returns: the decoded value.
  /// - Throws: what the decoder throws: the sender is genuine and its body is not what was
  ///   expected.
  public func decode<Value: Decodable>(
    _ type: Value.Type = Value.self,
    using decoder: JSONDecoder = JSONDecoder()
  ) throws -> Value {
    try decoder.decode(type, from: data)
  }
}
