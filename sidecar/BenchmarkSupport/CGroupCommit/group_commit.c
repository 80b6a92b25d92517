#define _GNU_SOURCE
#include "group_commit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
  CLIENTS_MAX = 65536,
  BATCH_MAX = 2048,
  BLOCK = 4096,
  HEADER = 64,
  FILE_BYTES = 256 << 20,
  STEP = 1 << 20,
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int submitted[CLIENTS_MAX], submitted_count;
static int done[CLIENTS_MAX], done_count;
static int writer_sleeps;
static int to_writer, to_clients;
static atomic_int stopping;

static int file;
static size_t record_bytes;
static char *record;

static void fail(const char *what) {
  perror(what);
  exit(70);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t checksum(const char *bytes, size_t count) {
  uint64_t crc = ~0u;
  for (; count >= 8; bytes += 8, count -= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    crc = __builtin_ia32_crc32di(crc, word);
  }
  return (uint32_t)crc;
}
#else
__attribute__((target("crc"))) static uint32_t checksum(const char *bytes, size_t count) {
  uint32_t crc = ~0u;
  for (; count >= 8; bytes += 8, count -= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    crc = __builtin_arm_crc32cd(crc, word);
  }
  return crc;
}
#endif

static void ring(int descriptor) {
  uint64_t one = 1;
  if (write(descriptor, &one, sizeof one) < 0) fail("wake");
}

static void wait_for(int descriptor) {
  uint64_t count;
  if (read(descriptor, &count, sizeof count) < 0 && errno != EINTR) fail("sleep");
}

// Takes what waits; 0 when the writer is to sleep.
static int take(int *mine) {
  pthread_mutex_lock(&lock);
  int count = submitted_count < BATCH_MAX ? submitted_count : BATCH_MAX;
  if (count == 0) writer_sleeps = 1;
  memcpy(mine, submitted, (size_t)count * sizeof *mine);
  submitted_count -= count;
  memmove(submitted, submitted + count, (size_t)submitted_count * sizeof *mine);
  pthread_mutex_unlock(&lock);
  return count;
}

static void *write_batches(void *unused) {
  (void)unused;
  static int mine[BATCH_MAX];
  size_t size = BATCH_MAX * record_bytes + 2 * BLOCK;
  char *buffer = calloc(1, size);
  if (buffer == NULL) fail("memory");
  off_t offset = BLOCK;
  volatile uint32_t sum = 0;
  while (!stopping) {
    int count = take(mine);
    if (count == 0) {
      wait_for(to_writer);
      continue;
    }
    for (int i = 0; i < count; i++) {
      char *place = buffer + HEADER + (size_t)i * record_bytes;
      memcpy(place, record, record_bytes);
      sum += checksum(place, record_bytes);
    }
    size_t bytes = (HEADER + (size_t)count * record_bytes + 7) & ~(size_t)7;
    if (offset + (off_t)bytes > FILE_BYTES) offset = BLOCK;
    if (pwrite(file, buffer, bytes, offset) != (ssize_t)bytes) fail("pwrite");
    if (fdatasync(file) != 0) fail("fdatasync");
    offset += (off_t)bytes;
    pthread_mutex_lock(&lock);
    memcpy(done + done_count, mine, (size_t)count * sizeof *mine);
    done_count += count;
    pthread_mutex_unlock(&lock);
    ring(to_clients);
  }
  free(buffer);
  return NULL;
}

static void make_file(const char *directory) {
  char path[4096];
  snprintf(path, sizeof path, "%s/group-commit.%d", directory, getpid());
  file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0 || unlink(path) != 0) fail(path);
  char *zeros = calloc(1, STEP);
  for (off_t offset = 0; offset < FILE_BYTES; offset += STEP) {
    if (pwrite(file, zeros, STEP, offset) != STEP) fail("zeros");
  }
  if (fsync(file) != 0) fail("fsync");
  free(zeros);
}

static void submit(const int *clients, int count) {
  pthread_mutex_lock(&lock);
  memcpy(submitted + submitted_count, clients, (size_t)count * sizeof *clients);
  submitted_count += count;
  int was_asleep = writer_sleeps;
  writer_sleeps = 0;
  pthread_mutex_unlock(&lock);
  if (was_asleep) ring(to_writer);
}

double group_commit(const char *directory, int clients, int bytes, double seconds) {
  if (clients < 1 || clients > CLIENTS_MAX || bytes < 8 || bytes > 65536) return 0;
  record_bytes = (size_t)bytes;
  record = malloc(record_bytes);
  memset(record, 'x', record_bytes);
  submitted_count = done_count = writer_sleeps = 0;
  stopping = 0;
  make_file(directory);
  to_writer = eventfd(0, EFD_CLOEXEC);
  to_clients = eventfd(0, EFD_CLOEXEC);
  pthread_t writer;
  if (pthread_create(&writer, NULL, write_batches, NULL) != 0) fail("thread");

  static int ready[CLIENTS_MAX];
  int ready_count = clients;
  for (int i = 0; i < clients; i++) ready[i] = i;
  long records = 0;
  double start = now();
  while (now() - start < seconds) {
    if (ready_count > 0) submit(ready, ready_count);
    wait_for(to_clients);
    pthread_mutex_lock(&lock);
    ready_count = done_count;
    memcpy(ready, done, (size_t)done_count * sizeof *ready);
    done_count = 0;
    pthread_mutex_unlock(&lock);
    records += ready_count;
  }
  double elapsed = now() - start;
  stopping = 1;
  ring(to_writer);
  pthread_join(writer, NULL);
  close(to_writer);
  close(to_clients);
  close(file);
  free(record);
  return (double)records / elapsed;
}
