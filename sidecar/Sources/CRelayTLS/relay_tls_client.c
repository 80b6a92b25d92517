#include "relay_tls_internal.h"

#include <string.h>

static SSL_CTX *inner(relay_tls_context *context) { return (SSL_CTX *)context; }

static int32_t set_identity(SSL_CTX *context, const uint8_t *chain, size_t chain_count,
                            const uint8_t *key, size_t key_count) {
  struct relay_tls_identity identity;
  int32_t failure = relay_tls_read_identity(&identity, chain, chain_count, key, key_count);
  if (failure == 0 && SSL_CTX_use_cert_and_key(context, identity.certificate, identity.key,
                                               identity.chain, 1) != 1) {
    failure = relay_tls_identity_failure();
  }
  relay_tls_free_identity(&identity);
  return failure;
}

relay_tls_context *relay_tls_client_context(const uint8_t *roots, size_t roots_count,
                                            const uint8_t *chain, size_t chain_count,
                                            const uint8_t *key, size_t key_count,
                                            int32_t *failure) {
  static const uint8_t protocols[] = "\x08http/1.1";
  ERR_clear_error();
  *failure = 0;
  SSL_CTX *context = relay_tls_make_context(TLS_client_method());
  if (context == NULL || SSL_CTX_set_alpn_protos(context, protocols, sizeof protocols - 1) != 0) {
    *failure = RELAY_TLS_FAILED;
  } else if (roots_count == 0 ? SSL_CTX_set_default_verify_paths(context) != 1
                              : relay_tls_add_roots(SSL_CTX_get_cert_store(context), NULL, roots,
                                                    roots_count) == 0) {
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

relay_tls_session *relay_tls_client_session(relay_tls_context *context, const uint8_t *host,
                                            size_t host_count, int is_address) {
  char name[256];
  if (host_count == 0 || host_count >= sizeof name || memchr(host, 0, host_count) != NULL) {
    return NULL;
  }
  memcpy(name, host, host_count);
  name[host_count] = 0;
  relay_tls_session *session = relay_tls_make_session(inner(context));
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
