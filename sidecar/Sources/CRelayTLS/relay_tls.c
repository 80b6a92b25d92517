#include "relay_tls_internal.h"

#include <stdlib.h>
#include <string.h>

// What both sides have in common.
SSL_CTX *relay_tls_make_context(const SSL_METHOD *method) {
  SSL_CTX *context = SSL_CTX_new(method);
  if (context == NULL) return NULL;
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // An idle connection gives its record buffers back: 34 KiB of each.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  return context;
}

relay_tls_session *relay_tls_make_session(SSL_CTX *context) {
  relay_tls_session *session = calloc(1, sizeof *session);
  if (session == NULL) return NULL;
  session->ssl = SSL_new(context);
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
  case SSL_R_HTTP_REQUEST: return RELAY_TLS_PLAIN_HTTP;
  case SSL_R_WRONG_VERSION_NUMBER:
  case SSL_R_PACKET_LENGTH_TOO_LONG:
  case SSL_R_RECORD_LENGTH_MISMATCH:
  case SSL_R_BAD_RECORD_TYPE:
  case SSL_R_UNEXPECTED_MESSAGE: return RELAY_TLS_NOT_TLS;
  case SSL_R_UNSUPPORTED_PROTOCOL:
  case SSL_R_UNKNOWN_PROTOCOL:
  case SSL_R_NO_PROTOCOLS_AVAILABLE:
  case SSL_R_VERSION_TOO_LOW: return RELAY_TLS_NO_COMMON_VERSION;
  case SSL_R_NO_SHARED_CIPHER:
  case SSL_R_NO_SUITABLE_KEY_SHARE:
  case SSL_R_NO_SUITABLE_GROUPS:
  case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
  case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS: return RELAY_TLS_NO_COMMON_CIPHER;
  case SSL_R_NO_APPLICATION_PROTOCOL: return RELAY_TLS_NO_COMMON_PROTOCOL;
  case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return RELAY_TLS_NO_CERTIFICATE;
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

int relay_tls_is_mid_record(relay_tls_session *session) {
  // What came of a head or of a body is pending; a head that is whole is no longer, and its body is
  // being read ("RB") before a byte of it has come.
  return BIO_pending(session->in) > 0 || SSL_has_pending(session->ssl) ||
         strcmp(SSL_rstate_string(session->ssl), "RB") == 0;
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

size_t relay_tls_take(relay_tls_session *session, uint8_t *bytes, size_t count) {
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

// A memory BIO keeps what it once needed: up to a whole read of each direction.
static void trim(BIO *bio) {
  BUF_MEM *held = NULL;
  if (BIO_pending(bio) > 0) return;
  BIO_get_mem_ptr(bio, &held);
  if (held == NULL || held->max == 0) return;
  BUF_MEM *empty = BUF_MEM_new();
  if (empty != NULL) BIO_set_mem_buf(bio, empty, BIO_CLOSE);
}

void relay_tls_trim(relay_tls_session *session) {
  trim(session->in);
  trim(session->out);
}

int relay_tls_is_resumed(relay_tls_session *session) { return SSL_session_reused(session->ssl); }

int relay_tls_version(relay_tls_session *session) { return SSL_version(session->ssl); }

size_t relay_tls_peer_names(relay_tls_session *session, uint8_t *text, size_t count) {
  // Of a resumed session it is the certificate of the first handshake, out of the ticket.
  const X509 *certificate = SSL_get0_peer_certificate(session->ssl);
  return certificate == NULL ? 0 : relay_tls_names_of(certificate, 1, text, count);
}
