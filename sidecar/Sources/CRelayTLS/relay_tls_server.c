#include "relay_tls_internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct relay_tls_server {
  SSL_CTX *context;
  struct relay_tls_identity *identities;
  size_t count;
};

// Forward secrecy and authenticated encryption, and nothing else (RFC 9325 section 4.2).
static const char CIPHERS[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
static const char CIPHERSUITES[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
// The first is a hybrid against computers to come, which libssl has from 3.5 on.
static const char GROUPS_HYBRID[] = "X25519MLKEM768:X25519:P-256:P-384";
static const char GROUPS[] = "X25519:P-256:P-384";
// 112 bits: RSA keys of fewer than 2048 and signatures with SHA-1 are refused, ours and clients'.
enum { SECURITY_LEVEL = 2 };
// A session may be resumed this long, in seconds. In TLS 1.3 each time brings a new ticket, so that a
// client which comes back often enough is at its first handshake as long as the context lives.
enum { SESSION_SECONDS = 3600 };
// Sessions of clients that take no tickets: about 1 KiB each, the oldest makes room. Where clients
// show certificates, which a session would hold, there is no cache.
enum { SESSIONS_MAX = 2048 };
// A client's certificate with what leads to its authority, in bytes: a chain of three has 4 KiB.
// libssl would set 100 KiB aside for whoever claims to have as much.
enum { CLIENT_CHAIN_MAX = 16 << 10 };

static int names_host(const struct relay_tls_identity *identity, const char *name,
                      unsigned int flags) {
  return X509_check_host(identity->certificate, name, 0,
                         flags | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                             X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
                         NULL) == 1;
}

// Sets the certificates for the name that the client asks for: those that spell it out go before
// wildcards, and of several the first with each kind of key, so that libssl can take the one that
// the client understands. Without one the context's own stays, and the client, which is told that
// its name decided nothing (RFC 6066 section 3), judges for itself.
static int choose_identity(SSL *ssl, int *alert, void *data) {
  const relay_tls_server *server = data;
  const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  int found = 0, spelled_out = 0, used = 0;
  (void)alert;
  for (size_t index = 0; name != NULL && index < server->count; index++) {
    const struct relay_tls_identity *identity = &server->identities[index];
    if (!names_host(identity, name, 0)) continue;
    int is_spelled_out = names_host(identity, name, X509_CHECK_FLAG_NO_WILDCARDS);
    if (spelled_out && !is_spelled_out) continue;
    if (!found || spelled_out != is_spelled_out) SSL_certs_clear(ssl), used = 0;
    found = 1;
    spelled_out = is_spelled_out;
    used += SSL_use_cert_and_key(ssl, identity->certificate, identity->key, identity->chain, 0);
  }
  // A second key of one kind was refused, which is what is wanted.
  ERR_clear_error();
  if (!found) return SSL_TLSEXT_ERR_NOACK;
  return used > 0 ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// A client that offers protocols and not ours is told so (RFC 7301 section 3.2) instead of getting
// an answer in one that it did not ask for.
static int choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_count,
                           const unsigned char *offered, unsigned int offered_count, void *data) {
  static const unsigned char ours[] = "\x08http/1.1\x08http/1.0";
  (void)ssl, (void)data;
  int result = SSL_select_next_proto((unsigned char **)chosen, chosen_count, ours, sizeof ours - 1,
                                     offered, offered_count);
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int set_policy(SSL_CTX *context) {
  static const unsigned char id[] = "webhook-sidecar";
  SSL_CTX_set_security_level(context, SECURITY_LEVEL);
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
  SSL_CTX_sess_set_cache_size(context, SESSIONS_MAX);
  SSL_CTX_set_timeout(context, SESSION_SECONDS);
  return SSL_CTX_set_cipher_list(context, CIPHERS) == 1 &&
         SSL_CTX_set_ciphersuites(context, CIPHERSUITES) == 1 &&
         (SSL_CTX_set1_groups_list(context, GROUPS_HYBRID) == 1 ||
          SSL_CTX_set1_groups_list(context, GROUPS) == 1) &&
         // Without it libssl resumes no session that has a client's certificate. Tickets and cache
         // are each context's own, so that no session outlives what it was verified against.
         SSL_CTX_set_session_id_context(context, id, sizeof id - 1) == 1;
}

relay_tls_server *relay_tls_server_new(void) {
  relay_tls_server *server = calloc(1, sizeof *server);
  if (server == NULL) return NULL;
  server->context = relay_tls_make_context(TLS_server_method());
  int result = server->context != NULL && set_policy(server->context);
  ERR_clear_error();
  if (result) return server;
  relay_tls_server_free(server);
  return NULL;
}

void relay_tls_server_free(relay_tls_server *server) {
  if (server == NULL) return;
  SSL_CTX_free(server->context);
  for (size_t index = 0; index < server->count; index++) {
    relay_tls_free_identity(&server->identities[index]);
  }
  free(server->identities);
  free(server);
}

// Whether libssl would serve this identity, tried where it leaves nothing behind.
static int32_t try_identity(SSL_CTX *context, const struct relay_tls_identity *identity) {
  SSL *ssl = SSL_new(context);
  if (ssl == NULL) return RELAY_TLS_FAILED;
  int result =
      SSL_use_cert_and_key(ssl, identity->certificate, identity->key, identity->chain, 1);
  int32_t failure = result == 1 ? 0 : relay_tls_identity_failure();
  SSL_free(ssl);
  return failure;
}

// The first is the context's own, for those whose word decides nothing.
static int32_t keep_identity(relay_tls_server *server, const struct relay_tls_identity *identity) {
  struct relay_tls_identity *grown =
      realloc(server->identities, (server->count + 1) * sizeof *identity);
  if (grown == NULL) return RELAY_TLS_FAILED;
  server->identities = grown;
  if (server->count == 0) {
    if (SSL_CTX_use_cert_and_key(server->context, identity->certificate, identity->key,
                                 identity->chain, 1) != 1) {
      return relay_tls_identity_failure();
    }
    SSL_CTX_set_tlsext_servername_callback(server->context, choose_identity);
    SSL_CTX_set_tlsext_servername_arg(server->context, server);
  }
  server->identities[server->count++] = *identity;
  return 0;
}

int32_t relay_tls_server_add(relay_tls_server *server, const uint8_t *chain, size_t chain_count,
                             const uint8_t *key, size_t key_count) {
  struct relay_tls_identity identity;
  ERR_clear_error();
  int32_t failure = relay_tls_read_identity(&identity, chain, chain_count, key, key_count);
  if (failure == 0) failure = try_identity(server->context, &identity);
  if (failure == 0) failure = keep_identity(server, &identity);
  if (failure != 0) relay_tls_free_identity(&identity);
  ERR_clear_error();
  return failure;
}

static int is_current(const X509 *certificate) {
  return X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0 &&
         X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0;
}

// A ticket holds the certificate that its client has shown. Where that is out of its time by now the
// ticket is none, and a handshake in full tells: the client may have another one meanwhile.
static SSL_TICKET_RETURN judge_ticket(SSL *ssl, SSL_SESSION *session, const unsigned char *name,
                                      size_t name_count, SSL_TICKET_STATUS status, void *data) {
  (void)ssl, (void)name, (void)name_count, (void)data;
  if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) {
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  }
  const X509 *certificate = SSL_SESSION_get0_peer(session);
  if (certificate == NULL || !is_current(certificate)) return SSL_TICKET_RETURN_IGNORE_RENEW;
  return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

int32_t relay_tls_server_require(relay_tls_server *server, const uint8_t *roots,
                                 size_t roots_count) {
  ERR_clear_error();
  STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();
  X509_STORE *store = SSL_CTX_get_cert_store(server->context);
  int added = names == NULL ? 0 : relay_tls_add_roots(store, names, roots, roots_count);
  ERR_clear_error();
  if (added == 0) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return RELAY_TLS_NO_ROOTS;
  }
  // The names are the context's now.
  SSL_CTX_set_client_CA_list(server->context, names);
  // What is named is trusted as it stands, an authority below another as well.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  // A session of the cache is resumed without anybody being asked: clients that take no tickets
  // shake hands in full.
  SSL_CTX_set_session_cache_mode(server->context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_session_ticket_cb(server->context, NULL, judge_ticket, NULL);
  SSL_CTX_set_max_cert_list(server->context, CLIENT_CHAIN_MAX);
  SSL_CTX_set_verify(server->context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  return 0;
}

size_t relay_tls_server_names(relay_tls_server *server, size_t index, uint8_t *text,
                              size_t count) {
  if (index >= server->count) return 0;
  return relay_tls_names_of(server->identities[index].certificate, 0, text, count);
}

// A date that cannot be read is none that a certificate could be valid at.
static int64_t seconds_of(const ASN1_TIME *time) {
  struct tm parts;
  memset(&parts, 0, sizeof parts);
  return ASN1_TIME_to_tm(time, &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

int64_t relay_tls_server_not_before(relay_tls_server *server, size_t index) {
  if (index >= server->count) return 0;
  return seconds_of(X509_get0_notBefore(server->identities[index].certificate));
}

int64_t relay_tls_server_not_after(relay_tls_server *server, size_t index) {
  if (index >= server->count) return 0;
  return seconds_of(X509_get0_notAfter(server->identities[index].certificate));
}

relay_tls_session *relay_tls_server_session(relay_tls_server *server) {
  relay_tls_session *session = relay_tls_make_session(server->context);
  if (session != NULL) SSL_set_accept_state(session->ssl);
  ERR_clear_error();
  return session;
}
