#ifndef CRELAYTLS_H
#define CRELAYTLS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// libssl as an engine between two buffers: bytes in, bytes out, no socket. Its headers stay behind
// this one: Swift already sees libcrypto's through another module, and two modules that define one
// structure are one too many.
//
// Swift lends pointer and count of a Span together (Pointers.swift), so that neither goes without
// the other. Nothing is left in the error queue of the thread.

/// Trust and identity of a client; any number of threads may make sessions of it.
typedef struct relay_tls_context relay_tls_context;
/// Certificates, keys and policy of a listener. It is filled by one thread; after that any number
/// of threads may make sessions of it, and it must outlive them.
typedef struct relay_tls_server relay_tls_server;
/// One connection's engine, for one thread at a time.
typedef struct relay_tls_session relay_tls_session;

/// What went wrong. The numbers are fixed here, so that no name of libssl crosses the border.
enum relay_tls_failure {
  RELAY_TLS_FAILED = 1,
  /// Of a context.
  RELAY_TLS_NO_ROOTS,
  RELAY_TLS_BAD_CERTIFICATE,
  RELAY_TLS_BAD_KEY,
  RELAY_TLS_KEY_MISMATCH,
  RELAY_TLS_KEY_ENCRYPTED,
  RELAY_TLS_WEAK_IDENTITY,
  /// Of the other side's certificate.
  RELAY_TLS_EXPIRED,
  RELAY_TLS_NOT_YET_VALID,
  RELAY_TLS_WRONG_NAME,
  RELAY_TLS_SELF_SIGNED,
  RELAY_TLS_UNKNOWN_AUTHORITY,
  RELAY_TLS_REVOKED,
  RELAY_TLS_WEAK,
  RELAY_TLS_WRONG_PURPOSE,
  RELAY_TLS_REFUSED_CERTIFICATE,
  /// Of the connection.
  RELAY_TLS_ALERT,
  RELAY_TLS_NOT_TLS,
  RELAY_TLS_PLAIN_HTTP,
  RELAY_TLS_NO_COMMON_VERSION,
  RELAY_TLS_NO_COMMON_CIPHER,
  RELAY_TLS_NO_COMMON_PROTOCOL,
  RELAY_TLS_NO_CERTIFICATE,
  RELAY_TLS_TRUNCATED,
};

/// A client's context: the system's trust store when `roots` is empty, else the certificates in it
/// (PEM). With a certificate chain and its key (PEM) it can say who it is. NULL on failure, with
/// the reason in `failure`.
relay_tls_context *relay_tls_client_context(
    const uint8_t *roots, size_t roots_count,
    const uint8_t *chain, size_t chain_count,
    const uint8_t *key, size_t key_count, int32_t *failure);
void relay_tls_context_free(relay_tls_context *context);

/// A client's session with a host, whose certificate must be for that name or address; NULL on
/// failure.
relay_tls_session *relay_tls_client_session(relay_tls_context *context,
                                            const uint8_t *host,
                                            size_t host_count, int is_address);
void relay_tls_session_free(relay_tls_session *session);

/// A listener's context without a certificate yet: TLS 1.2 and 1.3, no renegotiation, no
/// compression, no early data. NULL without memory.
relay_tls_server *relay_tls_server_new(void);
void relay_tls_server_free(relay_tls_server *server);
/// Adds a certificate chain and its key (PEM); the first is for clients that ask for no name, or
/// for one that no certificate has. 0, or an `enum relay_tls_failure`.
int32_t relay_tls_server_add(relay_tls_server *server, const uint8_t *chain,
                             size_t chain_count, const uint8_t *key,
                             size_t key_count);
/// Asks every client for a certificate that one of these authorities (PEM) has signed, or that is
/// one of them. 0, or an `enum relay_tls_failure`.
int32_t relay_tls_server_require(relay_tls_server *server, const uint8_t *roots,
                                 size_t roots_count);
/// The DNS names of a certificate, by which clients ask for it; each with a zero byte behind it, as
/// many as fit. Returns bytes.
size_t relay_tls_server_names(relay_tls_server *server, size_t index,
                              uint8_t *text, size_t count);
/// From when and to when a certificate is valid, in seconds since 1970.
int64_t relay_tls_server_not_before(relay_tls_server *server, size_t index);
int64_t relay_tls_server_not_after(relay_tls_server *server, size_t index);
/// A session with a client that has connected; NULL without memory.
relay_tls_session *relay_tls_server_session(relay_tls_server *server);

/// Takes what came from the connection. Returns 0 when there is no memory for it.
int relay_tls_feed(relay_tls_session *session, const uint8_t *bytes,
                   size_t count);
/// The connection has ended: without a close-notify before it, that is an error of the next read.
void relay_tls_feed_end(relay_tls_session *session);

/// Results of the engine's verbs.
#define RELAY_TLS_WAITS 0
#define RELAY_TLS_ENDED (-1)
#define RELAY_TLS_BROKE (-2)

/// Shakes hands as far as the bytes in hand allow: 1 when done, or one of the results above.
int relay_tls_handshake(relay_tls_session *session);
/// Decrypts into `bytes`: the count, or one of the results above.
ssize_t relay_tls_read(relay_tls_session *session, uint8_t *bytes,
                       size_t count);
/// Whether part of a record has come, be it of its head alone, and the rest is still to come. It is
/// to be asked when a read waits.
int relay_tls_is_mid_record(relay_tls_session *session);
/// Encrypts all of `bytes`: their count, or RELAY_TLS_BROKE.
ssize_t relay_tls_write(relay_tls_session *session, const uint8_t *bytes,
                        size_t count);
/// Queues a close-notify.
void relay_tls_close(relay_tls_session *session);
/// How many bytes wait to be sent.
size_t relay_tls_pending(relay_tls_session *session);
/// Moves bytes that wait to be sent; returns their count.
size_t relay_tls_take(relay_tls_session *session, uint8_t *bytes,
                      size_t count);

/// Gives back the memory of buffers that are empty.
void relay_tls_trim(relay_tls_session *session);

/// Whether an earlier session was resumed.
int relay_tls_is_resumed(relay_tls_session *session);
/// The version as the wire has it: 0x0303 for TLS 1.2, 0x0304 for TLS 1.3.
int relay_tls_version(relay_tls_session *session);
/// The names of the other side's certificate: its DNS names, or, where it has none, its common name;
/// written as by `relay_tls_server_names`. None without a certificate.
size_t relay_tls_peer_names(relay_tls_session *session, uint8_t *text,
                            size_t count);

/// Why the session broke: an `enum relay_tls_failure`.
int32_t relay_tls_failure_of(relay_tls_session *session);
/// libssl's own words for it, at most `count` bytes; returns their count.
size_t relay_tls_words(relay_tls_session *session, uint8_t *text,
                       size_t count);

#endif
