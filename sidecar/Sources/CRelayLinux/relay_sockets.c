#include "relay_sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

union any_address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  struct sockaddr_un local;
};

static int make_address(union any_address *out, socklen_t *length, int family,
                        const uint8_t *bytes, size_t count, int port, unsigned scope) {
  memset(out, 0, sizeof *out);
  switch (family) {
  case 4:
    if (count != 4) return -EINVAL;
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = htons((uint16_t)port);
    memcpy(&out->v4.sin_addr, bytes, 4);
    *length = sizeof out->v4;
    return 0;
  case 6:
    if (count != 16) return -EINVAL;
    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons((uint16_t)port);
    out->v6.sin6_scope_id = scope;
    memcpy(&out->v6.sin6_addr, bytes, 16);
    *length = sizeof out->v6;
    return 0;
  case 1:
    if (count == 0 || count >= sizeof out->local.sun_path) return -ENAMETOOLONG;
    out->local.sun_family = AF_UNIX;
    memcpy(out->local.sun_path, bytes, count);
    *length = sizeof out->local;
    return 0;
  default:
    return -EAFNOSUPPORT;
  }
}

static int describe(const union any_address *address, uint8_t *out, size_t count) {
  if (count < 19) return -EINVAL;
  memset(out, 0, 19);
  if (address->any.sa_family == AF_INET) {
    memcpy(out, &address->v4.sin_addr, 4);
    memcpy(out + 16, &address->v4.sin_port, 2);
    out[18] = 4;
  } else if (address->any.sa_family == AF_INET6) {
    memcpy(out, &address->v6.sin6_addr, 16);
    memcpy(out + 16, &address->v6.sin6_port, 2);
    out[18] = 6;
  } else {
    out[18] = 1;
  }
  return 0;
}

static int fail_closing(int fd) {
  int error = errno;
  close(fd);
  return -error;
}

/// A socket file that nobody answers on is left over from a killed process.
static void remove_stale(const union any_address *address, socklen_t length) {
  struct stat status;
  if (lstat(address->local.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return;
  int result = connect(probe, &address->any, length);
  if (result != 0 && errno == ECONNREFUSED) unlink(address->local.sun_path);
  close(probe);
}

int relay_listen(int family, const uint8_t *bytes, size_t count, int port, unsigned scope,
                 int port_use, int backlog) {
  union any_address address;
  socklen_t length = 0;
  int result = make_address(&address, &length, family, bytes, count, port, scope);
  if (result != 0) return result;
  int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  int on = 1;
  if (family == 1) {
    remove_stale(&address, length);
    // bind creates the file with the mode of the socket (less the umask): only its owner may
    // connect, from the first moment on. Changing the umask instead would change the mode of
    // whatever another thread creates meanwhile.
    if (fchmod(fd, 0600) != 0) return fail_closing(fd);
  } else {
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (port_use == 2) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (family == 6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  if (bind(fd, &address.any, length) != 0) return fail_closing(fd);
  // Behind bind, which has failed where anybody listens already, whether he shares the port or not.
  if (port_use == 1 && family != 1 &&
      setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
    return fail_closing(fd);
  if (listen(fd, backlog) != 0) return fail_closing(fd);
  return fd;
}

int relay_close_on_exec(int fd) { return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? 0 : -errno; }

/// An option of a socket that is a number.
static int option(int fd, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -errno;
}

int relay_adopt_listener(int fd) {
  int type = option(fd, SO_TYPE);
  if (type < 0) return type;
  if (type != SOCK_STREAM) return -EPROTOTYPE;
  int domain = option(fd, SO_DOMAIN);
  if (domain != AF_INET && domain != AF_INET6 && domain != AF_UNIX) return -EAFNOSUPPORT;
  if (option(fd, SO_ACCEPTCONN) != 1) return -EINVAL;
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return -errno;
  return 0;
}

int relay_duplicate(int fd) {
  int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  return copy < 0 ? -errno : copy;
}

int relay_connect(int family, const uint8_t *bytes, size_t count, int port, unsigned scope,
                  int timeout_ms) {
  union any_address address;
  socklen_t length = 0;
  int result = make_address(&address, &length, family, bytes, count, port, scope);
  if (result != 0) return result;
  int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  if (connect(fd, &address.any, length) != 0) {
    if (errno != EINPROGRESS) return fail_closing(fd);
    struct pollfd waiting = {.fd = fd, .events = POLLOUT};
    result = (int)RELAY_RETRY(poll(&waiting, 1, timeout_ms));
    int error = result == 0 ? ETIMEDOUT : result < 0 ? -result : 0;
    socklen_t size = sizeof error;
    if (error == 0) getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
      errno = error;
      return fail_closing(fd);
    }
  }
  int flags = fcntl(fd, F_GETFL);
  fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
  int on = 1;
  if (family != 1) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  result = relay_set_timeouts(fd, timeout_ms);
  if (result != 0) {
    close(fd);
    return result;
  }
  return fd;
}

int relay_connect_start(int family, const uint8_t *bytes, size_t count, int port, unsigned scope) {
  union any_address address;
  socklen_t length = 0;
  int result = make_address(&address, &length, family, bytes, count, port, scope);
  if (result != 0) return result;
  int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  int on = 1;
  if (family != 1) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // Interrupted, it goes on by itself (connect(2)).
  if (connect(fd, &address.any, length) != 0 && errno != EINPROGRESS && errno != EINTR)
    return fail_closing(fd);
  return fd;
}

int relay_connect_result(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return -errno;
  return -error;
}

int relay_set_timeouts(int fd, int timeout_ms) {
  struct timeval time = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
  if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) != 0) return -errno;
  if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time) != 0) return -errno;
  return 0;
}

int relay_local_address(int fd, uint8_t *out, size_t count) {
  union any_address address;
  socklen_t length = sizeof address;
  if (getsockname(fd, &address.any, &length) != 0) return -errno;
  return describe(&address, out, count);
}

int relay_accept(int listener, uint8_t *peer, size_t count) {
  union any_address address;
  socklen_t length = sizeof address;
  memset(&address, 0, sizeof address);
  int fd = (int)RELAY_RETRY(accept4(listener, &address.any, &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd < 0) return fd;
  int on = 1;
  if (address.any.sa_family == AF_INET || address.any.sa_family == AF_INET6)
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  describe(&address, peer, count);
  return fd;
}

ssize_t relay_receive(int fd, uint8_t *bytes, size_t count) {
  return RELAY_RETRY(recv(fd, bytes, count, 0));
}

ssize_t relay_peek(int fd, uint8_t *bytes, size_t count) {
  return RELAY_RETRY(recv(fd, bytes, count, MSG_PEEK));
}

ssize_t relay_send(int fd, const uint8_t *bytes, size_t count) {
  return RELAY_RETRY(send(fd, bytes, count, MSG_NOSIGNAL));
}

int relay_shutdown_write(int fd) { return shutdown(fd, SHUT_WR) == 0 ? 0 : -errno; }

int relay_epoll_create(void) {
  int fd = epoll_create1(EPOLL_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int relay_epoll_change(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events, .data.u64 = token};
  return epoll_ctl(epoll, operation, fd, &event) == 0 ? 0 : -errno;
}

int relay_epoll_wait(int epoll, uint64_t *tokens, uint32_t *bits, size_t capacity,
                     size_t bits_capacity, int timeout_ms) {
  struct epoll_event events[256];
  size_t most = capacity < bits_capacity ? capacity : bits_capacity;
  if (most > 256) most = 256;
  int count = epoll_wait(epoll, events, (int)most, timeout_ms);
  if (count < 0) return errno == EINTR ? 0 : -errno;
  for (int i = 0; i < count; i++) {
    tokens[i] = events[i].data.u64;
    bits[i] = events[i].events;
  }
  return count;
}

int relay_eventfd(void) {
  int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return fd < 0 ? -errno : fd;
}

int relay_eventfd_ring(int fd) {
  // EAGAIN means that the counter is full: the other side is as awake as it can be.
  return eventfd_write(fd, 1) == 0 || errno == EAGAIN ? 0 : -errno;
}

int relay_eventfd_clear(int fd) {
  eventfd_t value;
  return eventfd_read(fd, &value) == 0 || errno == EAGAIN ? 0 : -errno;
}

static int wait_for(int fd, short events, int timeout_ms) {
  struct pollfd waiting = {.fd = fd, .events = events};
  int result;
  // A signal may end a bounded wait early; a wait without end goes on.
  do result = poll(&waiting, 1, timeout_ms);
  while (result < 0 && errno == EINTR && timeout_ms < 0);
  if (result < 0) return errno == EINTR ? 0 : -errno;
  return result;
}

int relay_wait_readable(int fd, int timeout_ms) { return wait_for(fd, POLLIN, timeout_ms); }

int relay_wait_writable(int fd, int timeout_ms) { return wait_for(fd, POLLOUT, timeout_ms); }

int relay_signalfd(uint64_t mask) {
  sigset_t set;
  sigemptyset(&set);
  for (int number = 1; number <= 64; number++)
    if (mask >> (number - 1) & 1) sigaddset(&set, number);
  int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
  if (error != 0) return -error;
  // A peer that goes away is an error of one write, never of the process.
  signal(SIGPIPE, SIG_IGN);
  int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  return fd < 0 ? -errno : fd;
}

int relay_next_signal(int fd) {
  struct signalfd_siginfo information;
  ssize_t count = RELAY_RETRY(read(fd, &information, sizeof information));
  return count == sizeof information ? (int)information.ssi_signo : 0;
}

int relay_resolve(const uint8_t *host, size_t host_count, uint8_t *out, size_t count) {
  char name[256];
  if (host_count == 0 || host_count >= sizeof name) return EAI_NONAME;
  memcpy(name, host, host_count);
  name[host_count] = 0;
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC};
  struct addrinfo *list = NULL;
  int result = getaddrinfo(name, NULL, &hints, &list);
  if (result != 0) return result < 0 ? result : -result;
  size_t found = 0;
  for (struct addrinfo *entry = list; entry != NULL && (found + 1) * 19 <= count;
       entry = entry->ai_next) {
    union any_address address;
    if (entry->ai_addrlen > sizeof address) continue;
    memcpy(&address, entry->ai_addr, entry->ai_addrlen);
    if (describe(&address, out + found * 19, 19) == 0) found++;
  }
  freeaddrinfo(list);
  return (int)found;
}

void relay_set_thread_name(const uint8_t *bytes, size_t count) {
  char name[16] = {0};
  memcpy(name, bytes, count < 15 ? count : 15);
  pthread_setname_np(pthread_self(), name);
}

int relay_random(uint8_t *bytes, size_t count) {
  size_t done = 0;
  while (done < count) {
    ssize_t got = RELAY_RETRY(getrandom(bytes + done, count - done, 0));
    if (got < 0) return (int)got;
    done += (size_t)got;
  }
  return 0;
}

int64_t relay_raise_descriptor_limit(int64_t wanted) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -errno;
  if ((int64_t)limit.rlim_cur >= wanted) return (int64_t)limit.rlim_cur;
  limit.rlim_cur = (rlim_t)wanted < limit.rlim_max ? (rlim_t)wanted : limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return -errno;
  return (int64_t)limit.rlim_cur;
}

int64_t relay_clock(int kind) {
  static const clockid_t clocks[] = {
    CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME, CLOCK_THREAD_CPUTIME_ID,
  };
  struct timespec time;
  clock_gettime(clocks[kind], &time);
  if (kind == 1) return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}
