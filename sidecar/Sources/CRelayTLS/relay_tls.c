#include "CRelayTLS.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

// A context is libssl's own, which counts its references and may be shared.
static SSL_CTX *inner(relay_tls_context *context) { return (SSL_CTX *)context; }

struct relay_tls_session {
  SSL *ssl;
  // Owned by `ssl`.
  BIO *in;
  BIO *out;
  int32_t failure;
  char words[160];
};

// A key under a passphrase is refused: the default would ask at the terminal.
static int no_passphrase(char *buffer, int size, int writing, void *data) {
  (void)buffer, (void)size, (void)writing, (void)data;
  return -1;
}

static BIO *memory(const uint8_t *bytes, size_t count) {
  return count == 0 || count > INT_MAX ? NULL : BIO_new_mem_buf(bytes, (int)count);
}

static int add_roots(SSL_CTX *context, const uint8_t *bytes, size_t count) {
  BIO *bio = memory(bytes, count);
  X509_STORE *store = SSL_CTX_get_cert_store(context);
  int added = 0;
  X509 *certificate = NULL;
  while (bio != NULL && (certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL) {
    int result = X509_STORE_add_cert(store, certificate);
    X509_free(certificate);
    if (result != 1) {
      added = 0;
      break;
    }
    added++;
  }
  BIO_free(bio);
  return added > 0;
}

// The first certificate is this side's, those behind it lead to its authority.
static int use_chain(SSL_CTX *context, const uint8_t *bytes, size_t count) {
  BIO *bio = memory(bytes, count);
  X509 *certificate = bio == NULL ? NULL : PEM_read_bio_X509_AUX(bio, NULL, no_passphrase, NULL);
  int result = certificate != NULL && SSL_CTX_use_certificate(context, certificate) == 1;
  X509_free(certificate);
  while (result == 1 && (certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL) {
    // It is the context's when this succeeds.
    if (SSL_CTX_add0_chain_cert(context, certificate) != 1) {
      X509_free(certificate);
      result = 0;
    }
  }
  BIO_free(bio);
  return result;
}

static int use_key(SSL_CTX *context, const uint8_t *bytes, size_t count) {
  BIO *bio = memory(bytes, count);
  EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
  int result = key != NULL && SSL_CTX_use_PrivateKey(context, key) == 1;
  EVP_PKEY_free(key);
  BIO_free(bio);
  return result;
}

// What both sides have in common.
static SSL_CTX *make_context(const SSL_METHOD *method) {
  SSL_CTX *context = SSL_CTX_new(method);
  if (context == NULL) return NULL;
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // An idle connection gives its record buffers back: 34 KiB of each.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  return context;
}

static int32_t set_identity(SSL_CTX *context, const uint8_t *chain, size_t chain_count,
                            const uint8_t *key, size_t key_count) {
  if (!use_chain(context, chain, chain_count)) return RELAY_TLS_BAD_CERTIFICATE;
  // A readable key that is another certificate's is refused by libssl when it is set.
  if (!use_key(context, key, key_count)) {
    int is_other = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
    return is_other ? RELAY_TLS_KEY_MISMATCH : RELAY_TLS_BAD_KEY;
  }
  return SSL_CTX_check_private_key(context) == 1 ? 0 : RELAY_TLS_KEY_MISMATCH;
}

relay_tls_context *relay_tls_client_context(const uint8_t *roots, size_t roots_count,
                                            const uint8_t *chain, size_t chain_count,
                                            const uint8_t *key, size_t key_count,
                                            int32_t *failure) {
  static const uint8_t protocols[] = "\x08http/1.1";
  ERR_clear_error();
  *failure = 0;
  SSL_CTX *context = make_context(TLS_client_method());
  if (context == NULL || SSL_CTX_set_alpn_protos(context, protocols, sizeof protocols - 1) != 0) {
    *failure = RELAY_TLS_FAILED;
  } else if (roots_count == 0 ? SSL_CTX_set_default_verify_paths(context) != 1
                              : !add_roots(context, roots, roots_count)) {
    *failure = RELAY_TLS_NO_ROOTS;
  } else if (chain_count > 0 || key_count > 0) {
    *failure = set_identity(context, chain, chain_count, key, key_count);
  }
  ERR_clear_error();
  if (*failure != 0) {
    SSL_CTX_free(context);
    return NULL;
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  return (relay_tls_context *)context;
}

void relay_tls_context_free(relay_tls_context *context) { SSL_CTX_free(inner(context)); }

static relay_tls_session *make_session(relay_tls_context *context) {
  relay_tls_session *session = calloc(1, sizeof *session);
  if (session == NULL) return NULL;
  session->ssl = SSL_new(inner(context));
  session->in = BIO_new(BIO_s_mem());
  session->out = BIO_new(BIO_s_mem());
  if (session->ssl == NULL || session->in == NULL || session->out == NULL) {
    SSL_free(session->ssl);
    BIO_free(session->in);
    BIO_free(session->out);
    free(session);
    return NULL;
  }
  // Nothing there means: not yet.
  BIO_set_mem_eof_return(session->in, -1);
  BIO_set_mem_eof_return(session->out, -1);
  SSL_set_bio(session->ssl, session->in, session->out);
  return session;
}

relay_tls_session *relay_tls_client_session(relay_tls_context *context, const uint8_t *host,
                                            size_t host_count, int is_address) {
  char name[256];
  if (host_count == 0 || host_count >= sizeof name || memchr(host, 0, host_count) != NULL) {
    return NULL;
  }
  memcpy(name, host, host_count);
  name[host_count] = 0;
  relay_tls_session *session = make_session(context);
  if (session == NULL) return NULL;
  SSL_set_connect_state(session->ssl);
  int result;
  if (is_address) {
    result = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session->ssl), name);
  } else {
    SSL_set_hostflags(session->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    result = SSL_set1_host(session->ssl, name) == 1 &&
             SSL_set_tlsext_host_name(session->ssl, name) == 1;
  }
  ERR_clear_error();
  if (result == 1) return session;
  relay_tls_session_free(session);
  return NULL;
}

void relay_tls_session_free(relay_tls_session *session) {
  if (session == NULL) return;
  SSL_free(session->ssl);
  free(session);
}

int relay_tls_feed(relay_tls_session *session, const uint8_t *bytes, size_t count) {
  size_t written = 0;
  if (count == 0) return 1;
  int result = BIO_write_ex(session->in, bytes, count, &written) == 1 && written == count;
  if (!result) ERR_clear_error();
  return result;
}

void relay_tls_feed_end(relay_tls_session *session) { BIO_set_mem_eof_return(session->in, 0); }

static int32_t failure_of_certificate(long result) {
  switch (result) {
  case X509_V_ERR_CERT_HAS_EXPIRED: return RELAY_TLS_EXPIRED;
  case X509_V_ERR_CERT_NOT_YET_VALID: return RELAY_TLS_NOT_YET_VALID;
  case X509_V_ERR_HOSTNAME_MISMATCH:
  case X509_V_ERR_IP_ADDRESS_MISMATCH: return RELAY_TLS_WRONG_NAME;
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return RELAY_TLS_SELF_SIGNED;
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return RELAY_TLS_UNKNOWN_AUTHORITY;
  case X509_V_ERR_CERT_REVOKED: return RELAY_TLS_REVOKED;
  case X509_V_ERR_EE_KEY_TOO_SMALL:
  case X509_V_ERR_CA_KEY_TOO_SMALL:
  case X509_V_ERR_CA_MD_TOO_WEAK: return RELAY_TLS_WEAK;
  case X509_V_ERR_INVALID_PURPOSE: return RELAY_TLS_WRONG_PURPOSE;
  default: return RELAY_TLS_REFUSED_CERTIFICATE;
  }
}

static int32_t failure_of_error(unsigned long error) {
  int reason = ERR_GET_REASON(error);
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return RELAY_TLS_FAILED;
  // Alerts from the other side have numbers of their own.
  if (reason >= SSL_AD_REASON_OFFSET) {
    return reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION ? RELAY_TLS_NO_COMMON_VERSION
                                                        : RELAY_TLS_ALERT;
  }
  switch (reason) {
  case SSL_R_WRONG_VERSION_NUMBER:
  case SSL_R_HTTP_REQUEST:
  case SSL_R_PACKET_LENGTH_TOO_LONG:
  case SSL_R_RECORD_LENGTH_MISMATCH:
  case SSL_R_BAD_RECORD_TYPE:
  case SSL_R_UNEXPECTED_MESSAGE: return RELAY_TLS_NOT_TLS;
  case SSL_R_UNSUPPORTED_PROTOCOL:
  case SSL_R_NO_PROTOCOLS_AVAILABLE:
  case SSL_R_VERSION_TOO_LOW: return RELAY_TLS_NO_COMMON_VERSION;
  case SSL_R_UNEXPECTED_EOF_WHILE_READING: return RELAY_TLS_TRUNCATED;
  default: return RELAY_TLS_FAILED;
  }
}

// Keeps why it broke, once, and empties the queue.
static int broke(relay_tls_session *session, int kind) {
  unsigned long error = ERR_peek_error();
  if (session->failure == 0) {
    long verified = SSL_get_verify_result(session->ssl);
    int is_refusal = ERR_GET_LIB(error) == ERR_LIB_SSL &&
                     ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED;
    const char *words = NULL;
    if (is_refusal && verified != X509_V_OK) {
      session->failure = failure_of_certificate(verified);
      words = X509_verify_cert_error_string(verified);
    } else if (kind == SSL_ERROR_SYSCALL && error == 0) {
      session->failure = RELAY_TLS_TRUNCATED;
      words = "unexpected eof while reading";
    } else {
      session->failure = failure_of_error(error);
      words = ERR_reason_error_string(error);
    }
    if (words == NULL) words = "no reason given";
    strncpy(session->words, words, sizeof session->words - 1);
  }
  ERR_clear_error();
  return RELAY_TLS_BROKE;
}

static int outcome(relay_tls_session *session, int result) {
  int kind = SSL_get_error(session->ssl, result);
  switch (kind) {
  case SSL_ERROR_WANT_READ:
  case SSL_ERROR_WANT_WRITE: return RELAY_TLS_WAITS;
  case SSL_ERROR_ZERO_RETURN: return RELAY_TLS_ENDED;
  default: return broke(session, kind);
  }
}

int relay_tls_handshake(relay_tls_session *session) {
  if (session->failure != 0) return RELAY_TLS_BROKE;
  ERR_clear_error();
  int result = SSL_do_handshake(session->ssl);
  return result == 1 ? 1 : outcome(session, result);
}

ssize_t relay_tls_read(relay_tls_session *session, uint8_t *bytes, size_t count) {
  size_t done = 0;
  if (session->failure != 0) return RELAY_TLS_BROKE;
  ERR_clear_error();
  int result = SSL_read_ex(session->ssl, bytes, count, &done);
  return result == 1 ? (ssize_t)done : outcome(session, result);
}

ssize_t relay_tls_write(relay_tls_session *session, const uint8_t *bytes, size_t count) {
  size_t done = 0;
  if (count == 0) return 0;
  if (session->failure != 0) return RELAY_TLS_BROKE;
  ERR_clear_error();
  // A memory BIO takes everything, and so a write is whole or has failed.
  int result = SSL_write_ex(session->ssl, bytes, count, &done);
  if (result == 1 && done == count) return (ssize_t)done;
  return broke(session, SSL_ERROR_SSL);
}

void relay_tls_close(relay_tls_session *session) {
  if (session->failure == 0 && SSL_is_init_finished(session->ssl)) SSL_shutdown(session->ssl);
  ERR_clear_error();
}

size_t relay_tls_pending(relay_tls_session *session) { return BIO_ctrl_pending(session->out); }

size_t relay_tls_drain(relay_tls_session *session, uint8_t *bytes, size_t count) {
  size_t done = 0;
  if (count == 0 || BIO_read_ex(session->out, bytes, count, &done) != 1) return 0;
  return done;
}

int32_t relay_tls_failure_of(relay_tls_session *session) { return session->failure; }

size_t relay_tls_words(relay_tls_session *session, uint8_t *text, size_t count) {
  size_t length = strlen(session->words);
  if (length > count) length = count;
  memcpy(text, session->words, length);
  return length;
}
